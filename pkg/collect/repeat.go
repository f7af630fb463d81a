package collect

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// attempts asks all servers about the credential, concurrently.
type attempts struct {
	e *evidence.Evidence
	// servers are the callers at the kubeconfig's address and at the API servers' own; a server
	// that must not be asked is nil.
	servers []*cluster.Caller
	// first are the first attempts, without the one at the kubeconfig's address.
	first []evidence.Attempt
}

func newAttempts(e *evidence.Evidence, caller *cluster.Caller, others []*cluster.Caller) *attempts {
	if len(e.Endpoints) > 0 {
		e.Endpoints[0].Server, e.Endpoints[0].Anonymous, e.Endpoints[0].Issuer = e.Server, e.Anonymous, e.Cluster
	}
	return &attempts{e: e, servers: append([]*cluster.Caller{caller}, others...), first: make([]evidence.Attempt, 1+len(others))}
}

// others asks all servers except the one at the kubeconfig's address, which Collect asks.
func (r *attempts) others(ctx context.Context, w *phase) {
	c := r.e.Subjects[0].Credential
	if !unsendable(c).IsZero() {
		clear(r.servers[1:])
	}
	reviewable := c.Token != nil && c.Certificate == nil && !c.Token.HasProblem(finding.EmptyBearerToken)
	for i, at := range r.servers {
		if i > 0 && at != nil {
			r.ask(ctx, i, reviewable, &r.first[i], w)
		}
	}
}

// unreviewed replaces a TokenReview that would have no answer.
var unreviewed = evidence.Unasked[evidence.ReviewStatus](finding.T("the first TokenReview had no answer"))

func (r *attempts) ask(ctx context.Context, i int, reviewable bool, out *evidence.Attempt, w *phase) {
	c := r.e.Subjects[0].Credential
	*out = evidence.Attempt{Endpoint: i, Review: unreviewed}
	w.run(func() { out.Wire = send(ctx, r.servers[i], c) })
	if reviewable {
		w.run(func() { out.Review = review(ctx, r.servers[i], c.Token, r.e.Audiences) })
	}
}

// collect lists the attempts if there are several servers or repetitions, and repeats them. It
// does not repeat what could not be asked or was forbidden in the first attempt. It has many
// branches: the conditions for another attempt, for waiting and for stopping.
func (r *attempts) collect(ctx context.Context, o Options) {
	s := r.e.Subjects[0]
	if s.Wire.State == evidence.NotLooked || o.Repeat < 2 && len(r.e.Endpoints) == 0 {
		return
	}
	first, _ := s.Review(r.e.Audiences)
	r.first[0] = evidence.Attempt{Wire: s.Wire, Review: first.Answer}
	reviewable := make([]bool, len(r.servers))
	for i, a := range r.first {
		if r.servers[i] == nil {
			continue
		}
		reviewable[i] = a.Review.State != evidence.NotLooked && !a.Review.Failed(evidence.Forbidden) &&
			!a.Review.Failed(evidence.Unauthenticated) && !a.Review.Failed(evidence.Unsupported)
		if !reviewable[i] && (i == 0 || !a.Review.Failed(evidence.Unauthenticated)) {
			// Keep the answer of another server that does not accept the caller.
			a.Review = unreviewed
		}
		s.Attempts = append(s.Attempts, a)
	}
	for n := 1; n < o.Repeat; n++ {
		waiting.Attempt(ctx, n+1, o.Repeat)
		pause := time.NewTimer(o.Interval)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		var again phase
		answers := make([]evidence.Attempt, len(r.servers))
		for i, at := range r.servers {
			if at != nil {
				// An open connection would lead to the same server again.
				at.Disconnect()
				r.ask(ctx, i, reviewable[i], &answers[i], &again)
			}
		}
		again.Wait()
		for i, at := range r.servers {
			if at != nil {
				s.Attempts = append(s.Attempts, answers[i])
			}
		}
	}
	if c := &r.e.Configuration; c.APIServers.State == evidence.NotLooked && differ(s.Attempts) && r.e.Caller.Known() {
		c.APIServers = r.servers[0].APIServers(ctx)
	}
}

// differ reports whether the credential was rejected in one attempt and not in another.
func differ(attempts []evidence.Attempt) bool {
	refused := func(a evidence.Attempt) bool { return a.Wire.Value.Status == http.StatusUnauthorized }
	return slices.ContainsFunc(attempts, refused) &&
		slices.ContainsFunc(attempts, func(a evidence.Attempt) bool { return a.Wire.Known() && !refused(a) })
}
