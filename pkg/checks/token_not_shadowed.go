package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Clients send both a client certificate and a token, and the API server's x509 authenticator comes first.
var tokenNotShadowed = Check{
	ID:        "token-not-shadowed",
	Title:     "competing credentials",
	Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	Finds:     []finding.ID{finding.TokenShadowedByClientCertificate},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		cred := c.Subject().Credential
		if cred.Token == nil {
			return pass(T("none: only a client certificate is sent"))
		}
		f := prove(finding.TokenShadowedByClientCertificate,
			"the client sends a client certificate for %q together with the token. An API server that accepts the certificate ignores the token", finding.User.Of(cred.Certificate.Leaf.Subject.CommonName))
		if user := diagnose.UserOf(c.Subject().Wire); diagnose.NamesUser(user) {
			switch {
			case !diagnose.Decided(user, cred.Certificate):
				return pass(T("the API server accepted the token, and not the certificate"))
			case len(user.Extra[diagnose.CredentialID]) > 0:
				f = f.Seen("SelfSubjectReview", T("credential-id is the fingerprint of the certificate, so the certificate decided"))
			case c.ServerBefore(1, 32):
				f = f.Seen("SelfSubjectReview", T("the certificate names this user. Before Kubernetes 1.32, an API server does not report which credential decided"))
			case c.ServerAtLeast(1, 32):
				return pass(T("the API server accepted the token: it does not name the certificate"))
			}
		}
		return report(f.Fix("Run the command with a context (--context) whose user has the token and no client certificate. The contexts and their users:", run("kubectl config get-contexts")))
	},
}
