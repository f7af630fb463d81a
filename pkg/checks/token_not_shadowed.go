package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A client certificate and a token are both sent, and the API server's x509
// authenticator comes first: a valid certificate decides.
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
			"a client certificate for %q is sent beside the token: where the server accepts it, it never looks at the token", finding.User.Of(cred.Certificate.Leaf.Subject.CommonName))
		if user := diagnose.UserOf(c.Subject().Wire); diagnose.NamesUser(user) {
			switch {
			case !diagnose.Decided(user, cred.Certificate):
				return pass(T("the API server accepted the token, and not the certificate"))
			case len(user.Extra[diagnose.CredentialID]) > 0:
				f = f.Seen("SelfSubjectReview", T("credential-id is the fingerprint of the certificate: the certificate decided"))
			case c.ServerBefore(1, 32):
				f = f.Seen("SelfSubjectReview", T("the user is the one that the certificate names: before Kubernetes 1.32 a server does not say which credential decided"))
			case c.ServerAtLeast(1, 32):
				return pass(T("the API server accepted the token: it does not name the certificate"))
			}
		}
		return report(f.Fix("Use a context without a client certificate for the token.", run("kubectl config get-contexts")))
	},
}
