package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Whoever is served without a credential is not served for its sake.
var ownIdentity = Check{
	ID:        "own-identity",
	Title:     "identity from a proxy",
	Passed:    T("none"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy",
	Finds:     []finding.ID{finding.IdentitySuppliedOnTheWay},
	Applies:   func(c *Case) bool { return c.Subject().Wire.Known() && c.Anonymous.Known() },
	Run: func(c *Case) Result {
		if !c.IdentitySuppliedOnTheWay() {
			return pass(noDetail)
		}
		user := diagnose.UserOf(c.Anonymous).Username
		return inState(report(prove(finding.IdentitySuppliedOnTheWay, "a request without any credential is answered for %q too: something between here and the API server puts that identity into every request", finding.User.Of(user)).
			Seen("SelfSubjectReview without credentials", finding.User.Of(user)).
			Seen("SelfSubjectReview with the credential", c.WireText()).
			Fix("Ask the API server itself, at its own address.", run("kubectl config view --minify"))), T("%q", finding.User.Of(user)))
	},
}
