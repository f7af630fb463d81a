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

const x509Source = "k8s.io/apiserver pkg/authentication/request/x509/x509.go"

const renewal = "kubeadm certs renew all && kubeadm certs check-expiration"

// A certificate that nobody asks for is not sent.
var certificateRequested = Check{
	ID:        "certificate-requested",
	Stage:     StageCertificate,
	Title:     "the server asks for a client certificate",
	Reference: "k8s.io/apiserver pkg/server/secure_serving.go",
	Finds:     []finding.ID{finding.ClientCertificateNotRequested},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		h := e.Server.Handshake
		switch {
		case !h.Known():
			return unknown("the TLS handshake was not seen: " + h.Reason())
		case h.Value.RequestsCertificate:
			return pass(fmt.Sprintf("of %d CAs", len(h.Value.AcceptableCAs)))
		}
		return report(proved(finding.ClientCertificateNotRequested, "in the TLS handshake the server asks for no client certificate, so that none is sent").
			See("TLS handshake with "+e.Server.URL, "no CertificateRequest").
			Do("Reach the API server itself: a load balancer that ends TLS cannot pass a client certificate on. On the server, --client-ca-file has to be set.", "kubectl -n kube-system get pod -l component=kube-apiserver -o yaml | grep client-ca-file"))
	},
}

// The names of the CAs that a server asks for are readable in the handshake by
// anybody; they are those of --client-ca-file and --requestheader-client-ca-file.
var certificateAuthority = Check{
	ID:        "certificate-authority",
	Stage:     StageCertificate,
	Title:     "the server trusts the certificate's issuer",
	Reference: x509Source,
	Finds:     []finding.ID{finding.ClientCANotTrusted, finding.ClientCARebuilt},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential.Certificate
		h := e.Server.Handshake
		if u := served(e.Subject().Wire); u != nil && slices.Contains(u.Extra[credentialID], "X509SHA256="+c.Fingerprint()) {
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

// Expiry is looked at by the server's clock, without leeway.
var certificateValidity = Check{
	ID:        "certificate-validity",
	Stage:     StageCertificate,
	Title:     "the certificate is within its validity",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateExpired, finding.CertificateNotYetValid, finding.CertificateExpiresSoon},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		leaf := e.Subject().Credential.Certificate.Leaf
		now, byServer := e.ServerNow()
		left := leaf.NotAfter.Sub(now)
		soon := min(leaf.NotAfter.Sub(leaf.NotBefore)/10, 30*24*hour)
		switch {
		case now.After(leaf.NotAfter):
			return report(proved(finding.CertificateExpired, fmt.Sprintf("the certificate ended on %s, %s ago%s", stamp(leaf.NotAfter), span(left), clockWords(byServer))).
				See("notAfter", stamp(leaf.NotAfter)).
				Do("Renew the certificate. On a kubeadm control plane, then copy the new admin.conf:", renewal))
		case now.Before(leaf.NotBefore):
			return report(proved(finding.CertificateNotYetValid, fmt.Sprintf("the certificate begins on %s, in %s%s", stamp(leaf.NotBefore), span(leaf.NotBefore.Sub(now)), clockWords(byServer))).
				See("notBefore", stamp(leaf.NotBefore)).
				Do("Compare the clocks of the server and of whoever issued the certificate.", "timedatectl"))
		case left < soon:
			return report(proved(finding.CertificateExpiresSoon, fmt.Sprintf("the certificate ends on %s, in %s", stamp(leaf.NotAfter), span(left))).
				See("notAfter", stamp(leaf.NotAfter)).
				Do("Renew the certificate in time. On a kubeadm control plane:", renewal))
		}
		return pass("until " + stamp(leaf.NotAfter))
	},
}

// A certificate that lists purposes has to list this one; one that lists none will do.
var certificateUsage = Check{
	ID:        "certificate-usage",
	Stage:     StageCertificate,
	Title:     "the certificate may be used by a client",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateKeyUsage},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		c := e.Subject().Credential.Certificate
		usages := c.Usages()
		if len(usages) == 0 || slices.Contains(usages, "clientAuth") || slices.Contains(usages, "any") {
			return pass(strings.Join(usages, ", "))
		}
		return report(proved(finding.CertificateKeyUsage, "the certificate is for "+strings.Join(usages, ", ")+" and not for clientAuth").
			See("extended key usage", strings.Join(usages, ", ")).
			Do("Issue a certificate with the extended key usage clientAuth, for example through a CertificateSigningRequest with signerName kubernetes.io/kube-apiserver-client.", "kubectl explain certificatesigningrequest.spec.usages"))
	},
}

// The common name is the user's name; a valid certificate without one is nobody's.
var certificateCommonName = Check{
	ID:        "certificate-common-name",
	Stage:     StageCertificate,
	Title:     "the certificate names a user",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateWithoutCommonName},
	Applies:   certificate,
	Run: func(e *evidence.Evidence) Result {
		leaf := e.Subject().Credential.Certificate.Leaf
		if leaf.Subject.CommonName != "" {
			return pass(fmt.Sprintf("%q", leaf.Subject.CommonName))
		}
		return report(proved(finding.CertificateWithoutCommonName, "the certificate's subject has no common name, which would be the user's name: even where it is valid, the request is anonymous").
			See("subject", leaf.Subject.String()).
			Do("Issue the certificate with a common name; organizations become groups.", ""))
	},
}
