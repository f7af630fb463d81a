package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The server's clock decides, without leeway.
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
			return inState(report(replaceCertificate(c, finding.Found(finding.CertificateExpired, c.CertaintyByClock(false), "the certificate expired at %s (%s ago, %s)",
				finding.Time(leaf.NotAfter), finding.Duration(left), clockUsed(byServer)).
				Seen("notAfter", finding.Time(leaf.NotAfter)).
				Step(c.Ask(T("Renew the certificate. "+runOnControlPlane), T("Ask an administrator to renew the certificate. "+onControlPlane), renewCertificate(c.Subject().Credential.Certificate))))), since(leaf.NotAfter, now))
		case now.Before(leaf.NotBefore):
			return report(finding.Found(finding.CertificateNotYetValid, c.CertaintyByClock(false), "the certificate becomes valid at %s (in %s, %s)",
				finding.Time(leaf.NotBefore), finding.Duration(leaf.NotBefore.Sub(now)), clockUsed(byServer)).
				Seen("notBefore", finding.Time(leaf.NotBefore)).
				Fix("Compare the clock of the API server with the clock of the machine that issued the certificate: run this command on both machines.", run("timedatectl")))
		case left < soon:
			return inState(report(replaceCertificate(c, prove(finding.CertificateExpiresSoon, "the certificate expires at %s (in %s)", finding.Time(leaf.NotAfter), finding.Duration(left)).
				Seen("notAfter", finding.Time(leaf.NotAfter)).
				Step(c.Ask(T("Renew the certificate before that time. "+runOnControlPlane), T("Ask an administrator to renew the certificate before that time. "+onControlPlane), renewCertificate(c.Subject().Credential.Certificate))))), T("expires at %s (in %s)", finding.Time(leaf.NotAfter), finding.Duration(left)))
		}
		return pass(T("valid until %s", finding.Time(leaf.NotAfter)))
	},
}

const (
	onControlPlane    = "With kubeadm, that takes one command on a control-plane node."
	runOnControlPlane = "With kubeadm, run this command on a control-plane node:"
)

// renewCertificate renews a certificate on a kubeadm control-plane node: that of an administrator in its file, that of a user by
// issuing it again.
func renewCertificate(c *credential.Certificate) finding.Command {
	switch c.Leaf.Subject.CommonName {
	case "kubernetes-admin":
		return run("kubeadm certs renew admin.conf").And(run("kubeadm certs check-expiration")).ByOthers()
	case "kubernetes-super-admin":
		return run("kubeadm certs renew super-admin.conf").And(run("kubeadm certs check-expiration")).ByOthers()
	}
	return newKubeconfig(c)
}
