package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A kubeconfig that says `as` has kubectl act as somebody else, in each request.
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
			f = f.Saying(T("%s; the server does, and takes the caller for %q", f.Detail, as)).Seen("SelfSubjectReview as the caller", as)
		case caller.Known():
			// Who may not impersonate is named in the refusal.
			user := finding.User.Of(caller.Value.Username)
			f = f.Saying(T("%s; the server does not let %q do that, and with it refuses everything that kubectl asks for", f.Detail, user)).
				Seen("SelfSubjectReview as the caller", T("refused to %s", user))
		}
		return inState(report(f), T("as %q", finding.User.Of(configured.As)))
	},
}
