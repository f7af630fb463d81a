package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// decisive is the case of the attempt that decides. A credential is Accepted only if every attempt with an answer accepted it,
// so the first rejection decides, preferably one with a reason.
func (c *Case) decisive() *Case {
	return c.Decisive(func(evidence.Attempt) bool { return true })
}

// Decisive is the case that decides among some of the attempts.
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

// accepting is the case of an attempt that accepted the credential.
func (c *Case) accepting() (*Case, bool) {
	for _, view := range c.Attempts() {
		if view.Decision().Verdict == Accepted {
			return view, true
		}
	}
	return c, false
}

// attemptsDisagree reports whether attempts have different verdicts.
func (c *Case) attemptsDisagree() bool {
	seen := map[Verdict]bool{}
	for _, view := range c.Attempts() {
		seen[view.Decision().Verdict] = true
	}
	delete(seen, Undecided)
	return len(seen) > 1
}

// Attempts returns a case for each attempt alone.
func (c *Case) Attempts() []*Case {
	return c.attempts.or(func() []*Case {
		var out []*Case
		for _, a := range c.Subject().Attempts {
			out = append(out, &Case{Evidence: with(c.Evidence, a), signatures: c.signatures})
		}
		return out
	})
}

// with is the case of one attempt alone.
func with(e *evidence.Evidence, a evidence.Attempt) *evidence.Evidence {
	view := *e
	if a.Endpoint < len(e.Endpoints) {
		at := e.Endpoints[a.Endpoint]
		at.Trust = e.Server.Trust
		view.Server, view.Cluster, view.Anonymous = at.Server, at.Issuer, at.Anonymous
		if first := e.Endpoints[0]; !first.Anonymous.Known() {
			// The failure at the kubeconfig's address still needs a finding.
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
			// The answer of one server is not that of another, but a missing permission is missing on all of them.
			r.Answer = evidence.Unasked[evidence.ReviewStatus](finding.T("that server was not asked"))
		}
	}
	view.Subjects[e.Focus] = &s
	return &view
}

// AddressFailure is the failure at the kubeconfig's address if other API servers answered, or nil.
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
