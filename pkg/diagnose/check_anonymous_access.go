package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Anonymous access decides what a lost credential looks like: 403 or 401.
var anonymousAccess = Check{
	ID:        "anonymous-access",
	Stage:     StageServer,
	Title:     "what the server does with a request without credentials is known",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.AnonymousAccessEnabled},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !e.Anonymous.Known() {
			return unknown("a request without credentials was not answered: " + e.Anonymous.Reason())
		}
		user := e.Anonymous.Value.User
		if user == nil || user.Username != anonymousUser {
			return pass("it is refused")
		}
		return report(proved(finding.AnonymousAccessEnabled, "requests without credentials are served as "+anonymousUser+", so that a credential that gets lost is answered with 403, and one that is refused with 401"))
	},
}
