package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// An identity that the API server also assigns without the credential says nothing about the credential.
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
		return inState(report(prove(finding.IdentitySuppliedOnTheWay, "the API server answers a request without a credential as %q too. Something between this machine and the API server adds that identity to every request", finding.User.Of(user)).
			Seen("SelfSubjectReview without credentials", finding.User.Of(user)).
			Answered(c.WireText()).
			Fix("Connect to the API server at its own address, without the proxy. The kubeconfig shows the current address.", run("kubectl config view --minify"))), T("%q", finding.User.Of(user)))
	},
}
