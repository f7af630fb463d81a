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

// round is what is asked about the credential itself, of all servers at once.
type round struct {
	e *evidence.Evidence
	// servers are the callers at the kubeconfig's address and at the API servers' own; one
	// that is not to be asked is nil.
	servers []*cluster.Caller
	// first are the answers of the first time, those at the kubeconfig's address left out.
	first []evidence.Attempt
}

func asking(e *evidence.Evidence, caller *cluster.Caller, others []*cluster.Caller) *round {
	if len(e.Endpoints) > 0 {
		e.Endpoints[0].Server, e.Endpoints[0].Anonymous, e.Endpoints[0].Issuer = e.Server, e.Anonymous, e.Cluster
	}
	return &round{e: e, servers: append([]*cluster.Caller{caller}, others...), first: make([]evidence.Attempt, 1+len(others))}
}

// others asks all but the server at the kubeconfig's address, which is asked more.
func (r *round) others(ctx context.Context, w *wave) {
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

// unreviewed stands in the place of a TokenReview that would say nothing.
var unreviewed = evidence.Unasked[evidence.ReviewStatus](finding.T("the first TokenReview was of no use"))

func (r *round) ask(ctx context.Context, i int, reviewable bool, out *evidence.Attempt, w *wave) {
	c := r.e.Subjects[0].Credential
	*out = evidence.Attempt{Endpoint: i, Review: unreviewed}
	w.run(func() { out.Wire = send(ctx, r.servers[i], c) })
	if reviewable {
		w.run(func() { out.Review = review(ctx, r.servers[i], c.Token, r.e.Audiences) })
	}
}

// attempts lists the answers, where there is more than one, and asks again as often as it
// is wanted. What could not be asked the first time, or was forbidden, is not asked again.
//
// It has many branches: they are why to go on, to wait, or to stop, and each counts what was asked.
func (r *round) attempts(ctx context.Context, o Options) {
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
			// That another server does not know the caller is worth knowing.
			a.Review = unreviewed
		}
		s.Attempts = append(s.Attempts, a)
	}
	for n := 1; n < o.Repeat; n++ {
		waiting.Round(ctx, n+1, o.Repeat)
		pause := time.NewTimer(o.Interval)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
		var again wave
		answers := make([]evidence.Attempt, len(r.servers))
		for i, at := range r.servers {
			if at != nil {
				// With the connection that is open, it would be the same server that answers.
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

// differ reports whether the server refused the credential at one time and served it at another.
func differ(attempts []evidence.Attempt) bool {
	refused := func(a evidence.Attempt) bool { return a.Wire.Value.Status == http.StatusUnauthorized }
	return slices.ContainsFunc(attempts, refused) &&
		slices.ContainsFunc(attempts, func(a evidence.Attempt) bool { return a.Wire.Known() && !refused(a) })
}
