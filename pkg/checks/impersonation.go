package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A kubeconfig that says `as` has kubectl act as somebody else, in each request.
var impersonation = Check{
	ID:        "impersonation",
	Title:     "kubectl acts as the credential's own user",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation",
	Finds:     []finding.ID{finding.ImpersonationConfigured},
	Applies:   func(e *Case) bool { return e.Subject().Credential.AsCaller },
	Run: func(e *Case) Result {
		var configured *credential.Fault
		for _, f := range e.Subject().Credential.Faults {
			if f.ID == finding.ImpersonationConfigured {
				configured = &f
			}
		}
		if configured == nil {
			return pass("")
		}
		f := FromFault(*configured)
		if _, broken := e.Subject().Credential.Fault(credential.Unavailable); broken || e.IsPlainHTTP() {
			return report(f)
		}
		as := ""
		if len(configured.Evidence) > 0 {
			as = configured.Evidence[0].Value
		}
		switch caller := e.Caller; {
		case caller.Known() && caller.Value.Username == as:
			f.Detail += fmt.Sprintf("; the server does, and takes the caller for %s", quote(as))
			f = f.See("SelfSubjectReview as the caller", as)
		case caller.Known():
			// Who may not impersonate is named in the refusal.
			f.Detail += fmt.Sprintf("; the server does not let %s do that, and with it refuses everything that kubectl asks for", quote(caller.Value.Username))
			f = f.See("SelfSubjectReview as the caller", "refused to "+caller.Value.Username)
		}
		return report(f)
	},
}
