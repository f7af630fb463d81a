package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Expiry is looked at by the server's clock, without leeway.
var certificateValidity = Check{
	ID:        "certificate-validity",
	Title:     "the certificate is within its validity",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateExpired, finding.CertificateNotYetValid, finding.CertificateExpiresSoon},
	Applies:   (*Case).HasCertificate,
	Run: func(e *Case) Result {
		leaf := e.Subject().Credential.Certificate.Leaf
		now, byServer := e.ServerNow()
		left := leaf.NotAfter.Sub(now)
		soon := min(leaf.NotAfter.Sub(leaf.NotBefore)/10, 30*24*hour)
		switch {
		case now.After(leaf.NotAfter):
			return report(finding.New(finding.CertificateExpired, e.CertaintyByClock(false), fmt.Sprintf("the certificate ended on %s, %s ago%s", stamp(leaf.NotAfter), span(left), clockWords(byServer))).
				See("notAfter", stamp(leaf.NotAfter)).
				Do("Renew the certificate. "+onControlPlane, renewal(e.Subject().Credential.Certificate)))
		case now.Before(leaf.NotBefore):
			return report(finding.New(finding.CertificateNotYetValid, e.CertaintyByClock(false), fmt.Sprintf("the certificate begins on %s, in %s%s", stamp(leaf.NotBefore), span(leaf.NotBefore.Sub(now)), clockWords(byServer))).
				See("notBefore", stamp(leaf.NotBefore)).
				Do("Compare the clocks of the server and of whoever issued the certificate.", "timedatectl"))
		case left < soon:
			return report(proved(finding.CertificateExpiresSoon, fmt.Sprintf("the certificate ends on %s, in %s", stamp(leaf.NotAfter), span(left))).
				See("notAfter", stamp(leaf.NotAfter)).
				Do("Renew the certificate in time. "+onControlPlane, renewal(e.Subject().Credential.Certificate)))
		}
		return pass("until " + stamp(leaf.NotAfter))
	},
}

const onControlPlane = "On a kubeadm control plane:"

// renewal is how a kubeadm control plane renews a certificate: its administrator's own by
// themselves, a user's by issuing it anew.
func renewal(c *credential.Certificate) string {
	switch c.Leaf.Subject.CommonName {
	case "kubernetes-admin", "kubernetes-super-admin":
		return "kubeadm certs renew all && kubeadm certs check-expiration"
	}
	return newKubeconfig(c)
}
