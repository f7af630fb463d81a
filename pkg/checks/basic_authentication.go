package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// No API server since 1.19 reads a user name and a password.
var basicAuthentication = Check{
	ID:        "basic-authentication",
	Title:     "the credential is of a kind that API servers read",
	Reference: "https://github.com/kubernetes/kubernetes/pull/89069",
	Finds:     []finding.ID{finding.BasicAuthUnsupported},
	Applies:   func(e *Case) bool { return e.Subject().Credential.Type() != credential.TypeNone },
	Run: func(e *Case) Result {
		c := e.Subject().Credential
		if c.Basic == nil || c.Certificate != nil || c.Token != nil || e.Authenticated() {
			return pass(T("%s", finding.Standard(e.Subject().Credential.Type())))
		}
		return report(prove(finding.BasicAuthUnsupported, "a user name and a password are sent, which no API server since 1.19 looks at: the request is anonymous").
			Seen("Authorization", T("Basic (user name and password)")).
			Fix("Use a token, a client certificate or an exec plugin in place of username and password.", run("kubectl config view --minify")))
	},
}
