package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const x509Source = "k8s.io/apiserver pkg/authentication/request/x509/x509.go"

// A client does not send a certificate that the server does not request.
var certificateRequested = Check{
	ID:        "certificate-requested",
	Title:     "client certificate request",
	Reference: "k8s.io/apiserver pkg/server/secure_serving.go",
	Finds:     []finding.ID{finding.ClientCertificateNotRequested},
	Applies:   (*Case).HasCertificate,
	Run: func(c *Case) Result {
		h := c.Server.Handshake
		switch {
		case !h.Known():
			return unknown(T("the TLS handshake was not seen: %s", h.Reason()))
		case h.Value.RequestsCertificate:
			return pass(T("sent by the server, CAs named: %s", finding.Count(len(h.Value.AcceptableCAs))))
		}
		f := prove(finding.ClientCertificateNotRequested, "the server does not request a client certificate in the TLS handshake, so that clients send none").
			SeenAt(T("TLS handshake with %s", finding.URL.Of(c.Server.URL)), T("no CertificateRequest"))
		switch a := c.Configuration.Authorities; {
		case a.Known() && len(a.Value.Clients) > 0:
			f = f.Saying(T("%s. The API server requests certificates of its client CA, so that something in front of it terminates TLS", f.Detail)).
				SeenAt(a.Source, T("client-ca-file: %s", subjects(a.Value.Clients)))
		case a.Known():
			f = f.Saying(T("%s. The API server has no CA for client certificates", f.Detail)).
				SeenAt(a.Source, T("no client-ca-file"))
		}
		return report(f.Fix("Connect to the API server directly. A load balancer that terminates TLS cannot forward a client certificate.", finding.Command{}).
			Step(c.Ask(T("Check whether the API server has `--client-ca-file`."), T("Ask an administrator whether the API server has `--client-ca-file`."),
				run("kubectl -n kube-system get pod -l component=kube-apiserver -o yaml").Pipe(run("grep -e --client-ca-file")).ByOthers())))
	},
}
