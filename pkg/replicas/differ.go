package replicas

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
)

// Difference is how far the answers of several servers differ.
type Difference int

const (
	NoDifference Difference = iota
	// OnTheWay: at the kubeconfig's address the answer is another one, and what stands
	// before the servers can be the reason: it may lose a credential.
	OnTheWay
	// Certain: two API servers answered differently.
	Certain
)

// Differ says whether the servers gave different answers.
func Differ(c *diagnose.Case) Difference {
	found := NoDifference
	servers := Asked(c)
	for _, question := range []string{OnTheWire, InReview} {
		for n, i := range servers {
			for _, j := range servers[n+1:] {
				if !apart(Replies(c, i, question), Replies(c, j, question)) {
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

// apart reports whether no answer of one server is one of the other's.
func apart(a, b []Reply) bool {
	a, b = spoken(a), spoken(b)
	same := func(x Reply) bool { return slices.ContainsFunc(b, func(y Reply) bool { return x.Key == y.Key }) }
	return len(a) > 0 && len(b) > 0 && !slices.ContainsFunc(a, same)
}

// acceptedAt reports whether the server accepted the credential on the wire, and not
// because something on the way supplied another one.
func acceptedAt(c *diagnose.Case, server int) bool {
	for i, view := range c.Attempts() {
		if a := c.Subject().Attempts[i]; a.Endpoint == server && wireSaying(a.Wire).Opinion == Accepts && !view.IdentitySuppliedOnTheWay() {
			return true
		}
	}
	return false
}
