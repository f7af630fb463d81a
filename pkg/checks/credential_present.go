package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A request without any credential is anonymous by right; the question is only
// whether that was meant.
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
			f := prove(finding.NoCredential, "nothing in %s identifies a user; requests are sent without a credential", cred.Source)
			for _, fault := range cred.Faults {
				if fault.ID == finding.NoCredential {
					f = FromFault(cred, fault)
				}
			}
			if len(f.Remedy) > 0 {
				return report(f)
			}
			return report(f.Fix("Give the context a user who has a credential, or choose another context.", run("kubectl config get-contexts")))
		case cred.IsToken() && cred.Token.HasProblem(finding.EmptyBearerToken):
			return report(prove(finding.EmptyBearerToken, "%s", problemText(c, finding.EmptyBearerToken)).
				Seen("bytes of the token", T("%s, none of them part of a token", finding.Count(cred.Token.Raw.Len()))).
				Fix("Look where the token should have come from: an unset shell variable, an empty file, a Secret that the token controller has not filled.", finding.Command{}))
		}
		return pass(T("present: %s", finding.Standard(cred.Type())))
	},
}
