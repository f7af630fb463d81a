package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// API servers have ignored basic authentication since Kubernetes 1.19.
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
		return report(prove(finding.BasicAuthUnsupported, "the client sends a user name and a password. API servers have ignored both since Kubernetes 1.19, so the request is anonymous").
			Seen("Authorization", T("Basic (user name and password)")).
			Fix("Replace user name and password in the kubeconfig by a token, a client certificate or an exec plugin. The user's entry is in the output of:", run("kubectl config view --minify")))
	},
}
