package checks

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const x509Source = "k8s.io/apiserver pkg/authentication/request/x509/x509.go"

// A certificate that nobody asks for is not sent.
var certificateRequested = Check{
	ID:        "certificate-requested",
	Title:     "the server asks for a client certificate",
	Reference: "k8s.io/apiserver pkg/server/secure_serving.go",
	Finds:     []finding.ID{finding.ClientCertificateNotRequested},
	Applies:   (*Case).HasCertificate,
	Run: func(e *Case) Result {
		h := e.Server.Handshake
		switch {
		case !h.Known():
			return unknown("the TLS handshake was not seen: " + h.Reason())
		case h.Value.RequestsCertificate:
			return pass(fmt.Sprintf("of %d CAs", len(h.Value.AcceptableCAs)))
		}
		f := proved(finding.ClientCertificateNotRequested, "in the TLS handshake the server asks for no client certificate, so that none is sent").
			See("TLS handshake with "+e.Server.URL, "no CertificateRequest")
		switch a := e.Configuration.Authorities; {
		case a.Known() && len(a.Value.Clients) > 0:
			f.Detail += "; the API server does ask for certificates of its client CA, so that something before it ends TLS"
			f = f.See(a.Source, "client-ca-file: "+strings.Join(subjects(a.Value.Clients), "; "))
		case a.Known():
			f.Detail += "; the API server has no CA for client certificates"
			f = f.See(a.Source, "no client-ca-file")
		}
		return report(f.Do("Reach the API server itself: a load balancer that ends TLS cannot pass a client certificate on. On the server, --client-ca-file has to be set.", "kubectl -n kube-system get pod -l component=kube-apiserver -o yaml | grep -e --client-ca-file"))
	},
}
