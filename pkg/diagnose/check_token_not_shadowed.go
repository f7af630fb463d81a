package diagnose

import (
	"fmt"
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
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
			ids, said := user.Extra[credentialID]
			switch {
			case slices.Contains(ids, "X509SHA256="+c.Certificate.Fingerprint()):
				f = f.See("SelfSubjectReview", "credential-id is the fingerprint of the certificate: the certificate decided")
			case said || user.Username != c.Certificate.Leaf.Subject.CommonName:
				return pass("the server does not accept the certificate, and takes the token")
			}
		}
		return report(f.Do("Use a context without a client certificate for the token.", "kubectl authn explain -f TOKEN-FILE"))
	},
}

const credentialID = "authentication.kubernetes.io/credential-id"
