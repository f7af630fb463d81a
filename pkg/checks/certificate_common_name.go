package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The common name is the user's name, so a certificate without one authenticates no user, even if it is valid.
var certificateCommonName = Check{
	ID:        "certificate-common-name",
	Title:     "certificate common name",
	Reference: x509Source,
	Finds:     []finding.ID{finding.CertificateWithoutCommonName},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		leaf := c.Subject().Credential.Certificate.Leaf
		if leaf.Subject.CommonName != "" {
			return pass(T("%q", finding.User.Of(leaf.Subject.CommonName)))
		}
		return report(replaceCertificate(c, prove(finding.CertificateWithoutCommonName, "the subject of the certificate has no common name, so that the certificate identifies no user. The API server serves the request as anonymous, or rejects it if a front-proxy CA is configured").
			Seen("subject", finding.Subject.Of(leaf.Subject.String()).Whole()).
			Step(c.Ask(T("Issue a certificate with a common name, which becomes the user name. Organizations become groups."),
				T("Ask an administrator for a certificate with a common name, which becomes the user name. Organizations become groups."), finding.Command{}))))
	},
}
