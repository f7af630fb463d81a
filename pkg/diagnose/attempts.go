package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// decisive is the evidence with the answers of the attempt that decides in the place of
// the first: a credential is Accepted only if it was accepted each time that a server
// gave an answer, so the first refusal decides, with its reason rather than without.
func (c *Case) decisive() *Case {
	return c.Decisive(func(evidence.Attempt) bool { return true })
}

// Decisive is the same with some of the attempts.
func (c *Case) Decisive(counts func(evidence.Attempt) bool) *Case {
	best, highest := c, -1
	for i, view := range c.Attempts() {
		if !counts(c.Subject().Attempts[i]) {
			continue
		}
		verdict := view.Decision().Verdict
		rank := map[Verdict]int{Undecided: 0, Accepted: 1, Anonymous: 2, Rejected: 3}[verdict]
		if verdict == Rejected && view.DecidingText() != "" {
			rank = 4
		}
		if rank > highest {
			best, highest = view, rank
		}
	}
	return best
}

// accepting is the evidence with the answers of an attempt that was accepted.
func (c *Case) accepting() (*Case, bool) {
	for _, view := range c.Attempts() {
		if view.Decision().Verdict == Accepted {
			return view, true
		}
	}
	return c, false
}

// divided reports whether some attempts end in another verdict than others.
func (c *Case) divided() bool {
	seen := map[Verdict]bool{}
	for _, view := range c.Attempts() {
		seen[view.Decision().Verdict] = true
	}
	delete(seen, Undecided)
	return len(seen) > 1
}

// Attempts are a case for each attempt, as if it had been the only one that counts.
func (c *Case) Attempts() []*Case {
	return c.attempts.or(func() []*Case {
		var out []*Case
		for _, a := range c.Subject().Attempts {
			out = append(out, &Case{Evidence: with(c.Evidence, a), signatures: c.signatures})
		}
		return out
	})
}

// with is the evidence with the answers of one attempt alone.
func with(e *evidence.Evidence, a evidence.Attempt) *evidence.Evidence {
	view := *e
	if a.Endpoint < len(e.Endpoints) {
		at := e.Endpoints[a.Endpoint]
		at.Trust = e.Server.Trust
		view.Server, view.Cluster, view.Anonymous = at.Server, at.Issuer, at.Anonymous
		if first := e.Endpoints[0]; !first.Anonymous.Known() {
			// That nothing answers at the kubeconfig's address remains to be said.
			view.Server, view.Anonymous = first.Server, first.Anonymous
		}
	}
	view.Subjects = slices.Clone(e.Subjects)
	s := *e.Subject()
	s.Wire, s.Reviews = a.Wire, slices.Clone(s.Reviews)
	for i := range s.Reviews {
		r := &s.Reviews[i]
		switch asked := slices.Equal(r.Audiences, e.Audiences); {
		case asked && a.Review.State != evidence.NotLooked:
			r.Answer = a.Review
		case a.Endpoint > 0 && r.Answer.Known():
			// One server's word is not another's. A right that is missing is missing at all.
			r.Answer = evidence.Unasked[evidence.ReviewStatus](finding.T("that server was not asked"))
		}
	}
	view.Subjects[e.Focus] = &s
	return &view
}

// AddressFailure is why nothing is known to answer at the kubeconfig's address, where others were
// asked that do; nil where something does.
func (c *Case) AddressFailure() *evidence.Failure {
	if len(c.Endpoints) == 0 || !c.Endpoints[0].Anonymous.Failed(evidence.Unreachable) {
		return nil
	}
	for _, a := range c.Subject().Attempts {
		if a.Endpoint == 0 && a.Wire.Known() {
			return nil
		}
	}
	return c.Endpoints[0].Anonymous.Failure
}
