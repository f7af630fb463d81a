package diagnose

import (
	"fmt"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// A client certificate and a token are both sent, and the API server's x509
// authenticator comes first: a valid certificate decides.
var tokenNotShadowed = Check{
	ID:        "token-not-shadowed",
	Stage:     StageClient,
	Title:     "one credential is sent, not two",
	Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go",
	Finds:     []finding.ID{finding.TokenShadowedByClientCertificate},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential
		if c.Token == nil {
			return pass("a client certificate alone")
		}
		f := proved(finding.TokenShadowedByClientCertificate,
			fmt.Sprintf("a client certificate for %q is sent beside the token: where the server accepts it, it never looks at the token", c.Certificate.Leaf.Subject.CommonName))
		if user := served(e.Subject().Wire); somebody(user) {
			switch {
			case !Decided(user, c.Certificate):
				return pass("the server does not accept the certificate, and takes the token")
			case len(user.Extra[credentialID]) > 0:
				f = f.See("SelfSubjectReview", "credential-id is the fingerprint of the certificate: the certificate decided")
			case before(e, 1, 32):
				f = f.See("SelfSubjectReview", "the user is the one that the certificate names: before Kubernetes 1.32 a server does not say which credential decided")
			case atLeast(e, 1, 32):
				return pass("the server would name the certificate, had it decided")
			}
		}
		return report(f.Do("Use a context without a client certificate for the token.", "kubectl config get-contexts"))
	},
}

const credentialID = "authentication.kubernetes.io/credential-id"

// Decided reports whether the server took the user from this certificate: by the
// fingerprint that it names, or, before Kubernetes 1.32, by the name.
func Decided(user *token.Identity, c *credential.Certificate) bool {
	ids, said := user.Extra[credentialID]
	if !said {
		return user.Username == c.Leaf.Subject.CommonName
	}
	return slices.Contains(ids, "X509SHA256="+c.Fingerprint())
}
