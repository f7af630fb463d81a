package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverHandshake has the log messages about a client that ended the handshake because of the
// server's certificate (today at -v=5). A Go client sends `bad certificate` for every fault, others
// send `unknown certificate`. It is never about the client's certificate, which an API server
// judges after the handshake.
//
// crypto/tls alert.go; k8s.io/apiserver pkg/server/secure_serving.go.
var serverHandshake = []pattern{
	{text: `http: TLS handshake error from {address}: remote error: tls: unknown certificate authority`, stage: Transport,
		ids: []finding.ID{finding.ServerCertificateUntrusted}},
	{text: `http: TLS handshake error from {address}: remote error: tls: expired certificate`, stage: Transport,
		ids: []finding.ID{finding.ServerCertificateExpired}},
	{text: `http: TLS handshake error from {address}: remote error: tls: bad certificate`, stage: Transport, ids: serverCertificateRefused},
	{text: `http: TLS handshake error from {address}: remote error: tls: unknown certificate`, stage: Transport, ids: serverCertificateRefused},
	{text: `http: TLS handshake error from {address}: client sent an HTTP request to an HTTPS server`, stage: Transport,
		ids: []finding.ID{finding.PlainHTTPServer}},
}

var serverCertificateRefused = []finding.ID{
	finding.APIServerUnreachable, finding.ServerCertificateUntrusted, finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired,
}
