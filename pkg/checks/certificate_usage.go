package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A certificate that lists purposes has to list this one; one that lists none will do.
var certificateUsage = Check{
	ID:        "certificate-usage",
	Title:     "certificate usage",
	Passed:    T("no restriction"),
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateKeyUsage},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		certificate := c.Subject().Credential.Certificate
		usages := certificate.Usages()
		var each []finding.Value
		for _, u := range usages {
			each = append(each, finding.Standard(u))
		}
		purposes := finding.Join(", ", each...)
		if len(usages) == 0 || slices.Contains(usages, "clientAuth") || slices.Contains(usages, "any") {
			return pass(purposes)
		}
		return report(replaceCertificate(c, prove(finding.CertificateKeyUsage, "the certificate is for %s and not for clientAuth", purposes).
			Seen("extended key usage", purposes).
			Step(c.Ask(T("Issue a certificate"+withClientAuth), T("Ask an administrator for a certificate"+withClientAuth), finding.Command{}))))
	},
}

const withClientAuth = " with the extended key usage clientAuth, for example through a CertificateSigningRequest with the signerName kubernetes.io/kube-apiserver-client."
