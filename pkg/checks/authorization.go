package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A 403 for a named user is not an authentication problem.
var authorization = Check{
	ID:        "authorization",
	Title:     "SelfSubjectReview permission",
	Passed:    T("not denied"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings",
	Finds:     []finding.ID{finding.AuthorizationDenied},
	Applies: func(c *Case) bool {
		return c.Subject().Wire.Known() && c.Subject().Credential.Type() != credential.TypeNone
	},
	Run: func(c *Case) Result {
		a := c.Subject().Wire.Value
		if a.Status != 403 || a.User == nil || a.User.Username == anonymousUser {
			return pass(noDetail)
		}
		user := finding.User.Of(a.User.Username)
		if strings.Contains(a.Message, " cannot post path ") {
			// No resource is asked for by such a path: the address has one of its own.
			return report(prove(finding.AuthorizationDenied, "authentication worked: the server knows the credential as %q. The path that was asked for is none of its own: the server's address, %s, seems to have a path too many", user, finding.URL.Of(c.Server.URL)).
				Seen("SelfSubjectReview with the credential", finding.Message(a.Message)).
				Fix("Take the path off the server's address in the kubeconfig, unless a proxy there wants it.", run("kubectl config view --minify")))
		}
		return report(prove(finding.AuthorizationDenied, "authentication worked: the server knows the credential as %q, and does not allow it a SelfSubjectReview", user).
			Seen("SelfSubjectReview with the credential", finding.Message(a.Message)).
			Fix("Look at what the user may do.", run("kubectl auth can-i --list").Flag("--as", user)))
	},
}
