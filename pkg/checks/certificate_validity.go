package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Expiry is looked at by the server's clock, without leeway.
var certificateValidity = Check{
	ID:        "certificate-validity",
	Title:     "certificate validity period",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateExpired, finding.CertificateNotYetValid, finding.CertificateExpiresSoon},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		leaf := c.Subject().Credential.Certificate.Leaf
		now, byServer := c.ServerNow()
		left := leaf.NotAfter.Sub(now)
		soon := min(leaf.NotAfter.Sub(leaf.NotBefore)/10, 30*24*hour)
		switch {
		case now.After(leaf.NotAfter):
			return inState(report(finding.Found(finding.CertificateExpired, c.CertaintyByClock(false), "the certificate ended on %s, %s ago%s",
				finding.Time(leaf.NotAfter), finding.Duration(left), byClock(byServer)).
				Seen("notAfter", finding.Time(leaf.NotAfter)).
				Fix("Renew the certificate. "+onControlPlane, renewal(c.Subject().Credential.Certificate))), since(leaf.NotAfter, now))
		case now.Before(leaf.NotBefore):
			return report(finding.Found(finding.CertificateNotYetValid, c.CertaintyByClock(false), "the certificate begins on %s, in %s%s",
				finding.Time(leaf.NotBefore), finding.Duration(leaf.NotBefore.Sub(now)), byClock(byServer)).
				Seen("notBefore", finding.Time(leaf.NotBefore)).
				Fix("Compare the clocks of the server and of whoever issued the certificate.", run("timedatectl")))
		case left < soon:
			return inState(report(prove(finding.CertificateExpiresSoon, "the certificate ends on %s, in %s", finding.Time(leaf.NotAfter), finding.Duration(left)).
				Seen("notAfter", finding.Time(leaf.NotAfter)).
				Fix("Renew the certificate in time. "+onControlPlane, renewal(c.Subject().Credential.Certificate))), T("expires at %s (in %s)", finding.Time(leaf.NotAfter), finding.Duration(left)))
		}
		return pass(T("valid until %s", finding.Time(leaf.NotAfter)))
	},
}

const onControlPlane = "On a kubeadm control plane:"

// renewal is how a kubeadm control plane renews a certificate: its administrator's own by
// themselves, a user's by issuing it anew.
func renewal(c *credential.Certificate) finding.Command {
	switch c.Leaf.Subject.CommonName {
	case "kubernetes-admin", "kubernetes-super-admin":
		return run("kubeadm certs renew all").And(run("kubeadm certs check-expiration"))
	}
	return newKubeconfig(c)
}
