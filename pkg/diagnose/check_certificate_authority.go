package diagnose

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The names of the CAs that a server asks for are readable in the handshake by
// anybody; they are those of --client-ca-file and --requestheader-client-ca-file.
var certificateAuthority = Check{
	ID:        "certificate-authority",
	Stage:     StageCertificate,
	Title:     "the server trusts the certificate's issuer",
	Reference: x509Source,
	Finds:     []finding.ID{finding.ClientCANotTrusted, finding.ClientCARebuilt},
	Applies: func(e *evidence.Evidence) bool {
		// Whoever asks for no certificate trusts no CA, and distrusts none.
		return certificate(e) && (!e.Server.Handshake.Known() || e.Server.Handshake.Value.RequestsCertificate)
	},
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential.Certificate
		h := e.Server.Handshake
		if u := served(e.Subject().Wire); u != nil && slices.Contains(u.Extra[credentialID], "X509SHA256="+c.Fingerprint()) {
			return pass("the server accepts the certificate")
		}
		if authenticated(e) && e.Subject().Credential.Token == nil {
			// Servers before 1.32 do not say by which certificate.
			return pass("the server accepts the certificate")
		}
		if !h.Known() {
			return unknown("the CAs that the server asks for were not seen: "+h.Reason(), finding.ClientCANotTrusted, finding.ClientCARebuilt)
		}
		if len(h.Value.AcceptableCAs) == 0 {
			return unknown("the server does not name the CAs it takes certificates of", finding.ClientCANotTrusted, finding.ClientCARebuilt)
		}
		for _, cert := range append([]*x509.Certificate{c.Leaf}, c.Chain...) {
			if slices.ContainsFunc(h.Value.AcceptableCAs, func(ca []byte) bool { return bytes.Equal(ca, cert.RawIssuer) }) {
				if !refused(e) {
					return pass("")
				}
				f := finding.New(finding.ClientCARebuilt, finding.Possible, fmt.Sprintf("the server asks for certificates of a CA named %q, as the issuer of this one is; if it refuses this one for its signature, that CA has another key", cert.Issuer)).
					See("issuer of the certificate", cert.Issuer.String()).
					Do("Fetch the cluster's present kubeconfig: this one is of the cluster before its CA was made anew.", newKubeconfig(c))
				if len(cert.AuthorityKeyId) > 0 {
					f = f.See("authority key identifier of the certificate", fmt.Sprintf("%X", cert.AuthorityKeyId))
				}
				return report(f)
			}
		}
		f := proved(finding.ClientCANotTrusted, fmt.Sprintf("the certificate was issued by %q, and the server asks for certificates of other CAs only", c.Leaf.Issuer)).
			See("issuer of the certificate", c.Leaf.Issuer.String()).
			See("CAs that the server asks for (TLS handshake)", strings.Join(names(h.Value.AcceptableCAs), "; "))
		return report(f.Do("Use a certificate of one of these CAs; a kubeconfig of another cluster, or of this one before it was rebuilt, does not have one.", "kubectl config get-contexts"))
	},
}

// newKubeconfig is how a kubeadm control plane issues the certificate anew.
func newKubeconfig(c *credential.Certificate) string {
	command := "kubeadm kubeconfig user --client-name " + word(c.Leaf.Subject.CommonName)
	for _, o := range c.Leaf.Subject.Organization {
		command += " --org " + word(o)
	}
	return command
}
