package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverHandshake has the log messages about a client that ended the handshake because of the
// server's certificate (today at -v=5). A Go client sends `bad certificate` for every fault, others
// send `unknown certificate`. It is never about the client's certificate, which an API server
// judges after the handshake.
//
// crypto/tls alert.go; k8s.io/apiserver pkg/server/secure_serving.go.
var serverHandshake = []pattern{
	{text: `http: TLS handshake error from {address}: remote error: tls: unknown certificate authority`, stage: Transport, ids: serverCertificateRejected},
	{text: `http: TLS handshake error from {address}: remote error: tls: expired certificate`, stage: Transport, ids: serverCertificateRejected},
	{text: `http: TLS handshake error from {address}: remote error: tls: bad certificate`, stage: Transport, ids: serverCertificateRejected},
	{text: `http: TLS handshake error from {address}: remote error: tls: unknown certificate`, stage: Transport, ids: serverCertificateRejected},
	// Go before 1.8 did not write tls.
	{text: `http: TLS handshake error from {address}: remote error: bad certificate`, stage: Transport, ids: serverCertificateRejected},
	{text: `http: TLS handshake error from {address}: remote error: unknown certificate authority`, stage: Transport, ids: serverCertificateRejected},
	{text: `http: TLS handshake error from {address}: no serving certificate available for the kubelet`, stage: Service, values: service(Kubelet),
		ids: []finding.ID{finding.KubeletServingCertificateMissing}},
	{text: `no serving certificate available for the kubelet`, stage: Service, values: service(Kubelet), ids: []finding.ID{finding.KubeletServingCertificateMissing}},
	{text: `http: TLS handshake error from {address}: client sent an HTTP request to an HTTPS server`, stage: Transport,
		ids: []finding.ID{finding.PlainHTTPServer}},
}

// serverCertificateRejected is the client's judgement; the alert does not tell its reason.
var serverCertificateRejected = []finding.ID{finding.ServerCertificateRejected}
