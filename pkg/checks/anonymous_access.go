package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Anonymous access decides what a lost credential looks like: 403 or 401.
var anonymousAccess = Check{
	ID:        "anonymous-access",
	Title:     "anonymous access",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.AnonymousAccessEnabled},
	Applies:   (*Case).HasServer,
	Run: func(c *Case) Result {
		if !c.Anonymous.Known() {
			return unknown(T("a request without credentials was not answered: %s", c.Anonymous.Reason()))
		}
		a := c.Anonymous.Value
		switch {
		case a.Status == 401 && a.FromAPIServer:
			return pass(T("disabled: a request without credentials is answered with 401"))
		case diagnose.NamesUser(a.User):
			return unknown(T("a request without credentials is served as %q: something on the way adds a credential", finding.User.Of(a.User.Username)))
		case a.User == nil || a.User.Username != anonymousUser:
			return unknown(T("a request without credentials is answered with %s", finding.Count(a.Status)))
		}
		return report(prove(finding.AnonymousAccessEnabled, "requests without credentials are served as "+anonymousUser+", so that a credential that gets lost is answered with 403, and one that is refused with 401"))
	},
}
