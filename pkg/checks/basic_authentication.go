package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// No API server since 1.19 reads a user name and a password.
var basicAuthentication = Check{
	ID:        "basic-authentication",
	Title:     "credential type",
	Reference: "https://github.com/kubernetes/kubernetes/pull/89069",
	Finds:     []finding.ID{finding.BasicAuthUnsupported},
	Applies:   func(c *Case) bool { return c.Subject().Credential.Type() != credential.TypeNone },
	Run: func(c *Case) Result {
		cred := c.Subject().Credential
		if cred.Basic == nil || cred.Certificate != nil || cred.Token != nil || c.Authenticated() {
			return pass(T("%s", finding.Standard(c.Subject().Credential.Type())))
		}
		return report(prove(finding.BasicAuthUnsupported, "a user name and a password are sent, which no API server since 1.19 looks at: the request is anonymous").
			Seen("Authorization", T("Basic (user name and password)")).
			Fix("Use a token, a client certificate or an exec plugin in place of username and password.", run("kubectl config view --minify")))
	},
}
