package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A request without a credential is anonymous, which may or may not be intended.
var credentialPresent = Check{
	ID:        "credential-present",
	Title:     "credential",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.NoCredential, finding.EmptyBearerToken},
	Applies: func(c *Case) bool {
		cred := c.Subject().Credential
		_, broken := cred.Fault(credential.Unavailable)
		dropped, _ := cred.Fault(credential.Dropped)
		return !broken && (cred.Projected == nil || cred.Token != nil) && dropped.ID != finding.PlainHTTPServer && dropped.ID != finding.KubeconfigInvalid
	},
	Run: func(c *Case) Result {
		cred := c.Subject().Credential
		switch {
		case cred.Type() == credential.TypeNone:
			f := prove(finding.NoCredential, "%s contains no credential, so requests are sent without one", cred.Source)
			for _, fault := range cred.Faults {
				if fault.ID == finding.NoCredential {
					f = FromFault(cred, fault)
				}
			}
			if len(f.Remedy) > 0 {
				return report(f)
			}
			return report(f.Fix("Choose a context whose user has a credential (`kubectl config use-context`), or add a credential to the user (`kubectl config set-credentials`). The contexts and their users:", run("kubectl config get-contexts")))
		case cred.IsToken() && cred.Token.HasProblem(finding.EmptyBearerToken):
			return report(prove(finding.EmptyBearerToken, "%s", problemText(c, finding.EmptyBearerToken)).
				Seen("bytes of the token", T("%s, all of them white space", finding.Count(cred.Token.Raw.Len()))).
				Fix("Check the source of the token: a shell variable may be unset, a file empty, or a Secret not yet filled by the token controller. Then run the command again.", finding.Command{}))
		}
		return pass(T("present: %s", finding.Standard(cred.Type())))
	},
}
