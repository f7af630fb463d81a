package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The common name is the user's name; a valid certificate without one is nobody's.
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
		return report(prove(finding.CertificateWithoutCommonName, "the certificate's subject has no common name, which would be the user's name: even where it is valid, the request is anonymous, or refused with 401 by a server that has a front-proxy CA").
			Seen("subject", finding.Subject.Of(leaf.Subject.String()).Whole()).
			Fix("Issue the certificate with a common name; organizations become groups.", finding.Command{}))
	},
}
