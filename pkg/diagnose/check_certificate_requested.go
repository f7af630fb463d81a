package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const x509Source = "k8s.io/apiserver pkg/authentication/request/x509/x509.go"

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
