package collect

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// repeat asks again what was asked of the credential, o.Repeat times in all. What could
// not be asked the first time, or was forbidden, is not asked again.
func repeat(ctx context.Context, caller *cluster.Caller, e *evidence.Evidence, o Options) {
	s := e.Subjects[0]
	if o.Repeat < 2 || s.Wire.State == evidence.NotLooked {
		return
	}
	first, _ := s.Review(e.Audiences)
	reviewable := first.Answer.State != evidence.NotLooked && !first.Answer.Failed(evidence.Forbidden) &&
		!first.Answer.Failed(evidence.Unauthenticated) && !first.Answer.Failed(evidence.Unsupported)
	unasked := evidence.Unasked[evidence.ReviewStatus]("the first TokenReview was of no use")
	if !reviewable {
		first.Answer = unasked
	}
	s.Attempts = []evidence.Attempt{{Wire: s.Wire, Review: first.Answer}}
	for n := 1; n < o.Repeat; n++ {
		pause := time.NewTimer(o.Interval)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		// With the connection that is open, it would be the same server that answers.
		caller.Disconnect()
		var again wave
		attempt := evidence.Attempt{Review: unasked}
		again.run(func() { attempt.Wire = send(ctx, caller, s.Credential) })
		if reviewable {
			again.run(func() { attempt.Review = review(ctx, caller, s.Credential.Token, e.Audiences) })
		}
		again.Wait()
		s.Attempts = append(s.Attempts, attempt)
	}
	if c := &e.Configuration; c.APIServers.State == evidence.NotLooked && differ(s.Attempts) && !e.Caller.Failed(evidence.Unauthenticated) {
		c.APIServers = caller.APIServers(ctx)
	}
}

// differ reports whether the server refused the credential at one time and served it at another.
func differ(attempts []evidence.Attempt) bool {
	refused := func(a evidence.Attempt) bool { return a.Wire.Value.Status == http.StatusUnauthorized }
	return slices.ContainsFunc(attempts, refused) &&
		slices.ContainsFunc(attempts, func(a evidence.Attempt) bool { return a.Wire.Known() && !refused(a) })
}
