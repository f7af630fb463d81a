package checks

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A certificate that lists purposes has to list this one; one that lists none will do.
var certificateUsage = Check{
	ID:        "certificate-usage",
	Title:     "the certificate may be used by a client",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateKeyUsage},
	Applies:   (*Case).HasCertificate,
	Run: func(e *Case) Result {
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
