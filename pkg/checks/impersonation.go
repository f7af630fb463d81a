package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A kubeconfig with `as` makes kubectl act as another user in each request.
var impersonation = Check{
	ID:        "impersonation",
	Title:     "impersonation",
	Passed:    T("not configured"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation",
	Finds:     []finding.ID{finding.ImpersonationConfigured},
	Applies:   func(c *Case) bool { return c.Subject().Credential.AsCaller },
	Run: func(c *Case) Result {
		var configured *credential.Fault
		for _, f := range c.Subject().Credential.Faults {
			if f.ID == finding.ImpersonationConfigured {
				configured = &f
			}
		}
		if configured == nil {
			return pass(noDetail)
		}
		f := FromFault(c.Subject().Credential, *configured)
		if _, broken := c.Subject().Credential.Fault(credential.Unavailable); broken || c.IsPlainHTTP() {
			return inState(report(f), T("as %q", finding.User.Of(configured.As)))
		}
		as := finding.User.Of(configured.As)
		switch caller := c.Caller; {
		case caller.Known() && caller.Value.Username == as.Value:
			f = f.Saying(T("%s. The API server allows this and identifies the caller as %q", f.Detail, as)).Seen("SelfSubjectReview as the caller", as)
		case caller.Known():
			// The rejection names the user without the permission to impersonate.
			user := finding.User.Of(caller.Value.Username)
			f = f.Saying(T("%s. The API server rejects each of these requests, because %q has no permission to impersonate that user", f.Detail, user)).
				Seen("SelfSubjectReview as the caller", T("forbidden for %s", user))
		}
		return inState(report(f), T("as %q", finding.User.Of(configured.As)))
	},
}
