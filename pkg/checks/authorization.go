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
			return report(prove(finding.AuthorizationDenied, "authentication succeeded: the API server identifies the credential as %q. The address %s has a path that the API server does not know", user, finding.URL.Of(c.Server.URL)).
				Answered(finding.Message(a.Message)).
				Fix("Remove the path from the server's address in the kubeconfig, unless a proxy at that address needs the path.", run("kubectl config view --minify")))
		}
		return report(prove(finding.AuthorizationDenied, "authentication succeeded: the API server identifies the credential as %q but does not permit a SelfSubjectReview", user).
			Answered(finding.Message(a.Message)).
			Step(c.Ask(T("List the permissions of the user."), T("Ask an administrator to list the permissions of the user."), run("kubectl auth can-i --list").Flag("--as", user))))
	},
}
