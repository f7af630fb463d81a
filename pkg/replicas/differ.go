package replicas

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
)

// Difference is how certain it is that several servers answer differently.
type Difference int

const (
	NoDifference Difference = iota
	// OnTheWay means that only the answer at the kubeconfig's address differs, which a proxy or
	// load balancer that drops the credential can explain.
	OnTheWay
	// Certain means that two API servers answered differently.
	Certain
)

// Differ returns whether the servers gave different answers.
func Differ(c *diagnose.Case) Difference {
	found := NoDifference
	servers := Asked(c)
	for _, question := range []string{OnTheWire, InReview} {
		for n, i := range servers {
			for _, j := range servers[n+1:] {
				if !isDisjoint(Replies(c, i, question), Replies(c, j, question)) {
					continue
				}
				if i == 0 && question == OnTheWire && !acceptedAt(c, 0) {
					found = max(found, OnTheWay)
				} else {
					found = Certain
				}
			}
		}
	}
	return found
}

// isDisjoint reports whether the servers have no answer in common.
func isDisjoint(a, b []Reply) bool {
	a, b = withOpinion(a), withOpinion(b)
	same := func(x Reply) bool { return slices.ContainsFunc(b, func(y Reply) bool { return x.Key == y.Key }) }
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, same)
}

// acceptedAt reports whether the server accepted the credential on the wire, and not another
// one that a proxy supplied.
func acceptedAt(c *diagnose.Case, server int) bool {
	for i, view := range c.Attempts() {
		if a := c.Subject().Attempts[i]; a.Endpoint == server && wireReply(a.Wire).Opinion == Accepts && !view.IdentitySuppliedOnTheWay() {
			return true
		}
	}
	return false
}
