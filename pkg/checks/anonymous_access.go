package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Anonymous access decides whether a lost credential looks like 403 or 401.
var anonymousAccess = Check{
	ID:        "anonymous-access",
	Title:     "anonymous access",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.AnonymousAccessEnabled},
	Applies:   (*Case).HasServer,
	Run: func(c *Case) Result {
		if !c.Anonymous.Known() {
			return unknown(T("a request without credentials got no answer: %s", c.Anonymous.Reason()))
		}
		a := c.Anonymous.Value
		switch {
		case a.Status == 401 && a.FromAPIServer:
			return pass(T("disabled: a request without credentials is answered with 401"))
		case diagnose.NamesUser(a.User):
			return unknown(T("a request without credentials is served as %q, because a proxy adds a credential", finding.User.Of(a.User.Username)))
		case a.User == nil || a.User.Username != anonymousUser:
			return unknown(T("a request without credentials is answered with status %s", finding.Count(a.Status)))
		}
		return report(prove(finding.AnonymousAccessEnabled, "requests without credentials are served as "+anonymousUser+". A lost credential therefore leads to 403, and a rejected credential to 401"))
	},
}
