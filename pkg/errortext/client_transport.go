package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// clientTransport has the reasons why a client got no answer. Here, x509 is about the server's
// certificate. A message of the API server about a client's certificate begins with `verifying
// certificate` or is in an aggregate.
//
// crypto/x509 verify.go, net, net/http; k8s.io/kubectl pkg/cmd/util/helpers.go.
var clientTransport = []pattern{
	{text: `x509: certificate signed by unknown authority (possibly because of {hint:q} while trying to verify candidate authority certificate {candidate:q})`,
		stage: Transport, ids: []finding.ID{finding.ServerCertificateUntrusted}},
	{text: `x509: certificate signed by unknown authority`, stage: Transport, ids: []finding.ID{finding.ServerCertificateUntrusted}},
	// openshift/oc pkg/cli/login.
	{text: `The server uses a certificate signed by an unknown authority`, stage: Transport, ids: []finding.ID{finding.ServerCertificateUntrusted}},
	{text: `The server uses a certificate signed by unknown authority`, stage: Transport, ids: []finding.ID{finding.ServerCertificateUntrusted}},
	// macOS verifies certificates itself, with its own messages.
	{text: `x509: “{subject}” certificate is not trusted`, stage: Transport, ids: []finding.ID{finding.ServerCertificateUntrusted}},
	{text: `x509: “{subject}” certificate is expired`, stage: Transport, ids: []finding.ID{finding.ServerCertificateExpired}},
	{text: `x509: certificate has expired or is not yet valid: current time {now:word} is after {notAfter:word}`, stage: Transport,
		ids: []finding.ID{finding.ServerCertificateExpired}},
	{text: `x509: certificate has expired or is not yet valid: current time {now:word} is before {notBefore:word}`, stage: Transport,
		ids: []finding.ID{finding.ServerCertificateExpired}},
	{text: `x509: certificate has expired or is not yet valid`, stage: Transport, ids: []finding.ID{finding.ServerCertificateExpired}},
	{text: `x509: certificate is valid for {count:word} names, but none matched {name:word}`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: certificate is valid for {count:word} IP SANs, but none matched {name:word}`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: certificate is valid for {names}, not {name:word}`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: certificate is not valid for any names, but wanted to match {name:word}`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: cannot validate certificate for {name:word} because it doesn't contain any IP SANs`, stage: Transport,
		ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: certificate relies on legacy Common Name field, use SANs instead`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},
	{text: `x509: certificate relies on legacy Common Name field, use SANs`, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}},

	{text: `http: server gave HTTP response to HTTPS client`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, key: "answered-in-plain-http"},
	{text: `tls: first record does not look like a TLS handshake`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, key: "answered-in-plain-http"},
	{text: `Client sent an HTTP request to an HTTPS server`, stage: Transport, ids: []finding.ID{finding.PlainHTTPServer}},
	{text: `remote error: tls: {alert...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	// Go before 1.7.
	{text: `remote error: bad certificate`, stage: Transport, until: "old", ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `remote error: unknown certificate authority`, stage: Transport, until: "old", ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `remote error: expired certificate`, stage: Transport, until: "old", ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `remote error: handshake failure`, stage: Transport, until: "old", ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `The connection to the server {server:word} was refused - did you specify the right host or port?`, stage: Transport,
		ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `dial tcp {address}: connect: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	// Go before 1.10.
	{text: `dial tcp {address}: getsockopt: {error...}`, stage: Transport, until: "old", ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `dial tcp {address}: connectex: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `dial tcp: lookup {host:word} on {resolver:word}: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `dial tcp: lookup {host:word}: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `dial tcp {address:word}: i/o timeout`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `lookup {host:word}: no such host`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `connection refused`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `no such host`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `i/o timeout`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `net/http: TLS handshake timeout`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `(Client.Timeout exceeded while awaiting headers)`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	{text: `net/http: request canceled while waiting for connection`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
}

// clientCertificates has the faults of a server's certificate that no other CA mends, and the alerts of
// a server about the client's certificate. An API server judges client certificates after the handshake.
//
// crypto/x509 verify.go, parser.go, root_darwin.go; crypto/tls alert.go, handshake_client.go.
func clientCertificates() []pattern {
	return allOf(
		faulty("server-certificate-usage", Transport, finding.ServerCertificateUntrusted, `x509: certificate specifies an incompatible key usage`,
			`x509: a root or intermediate certificate is not authorized for an extended key usage: {error...}`, `x509: “{subject}” certificate is not permitted for this usage`),
		faulty("server-certificate-issuer", Transport, finding.ServerCertificateUntrusted, `x509: certificate is not authorized to sign other certificates`,
			`x509: a root or intermediate certificate is not authorized to sign for this name: {error...}`, `x509: too many intermediates for path length constraint`,
			`x509: issuer name does not match subject from issuing certificate`, `x509: issuer has name constraints but leaf {error...}`),
		faulty("server-certificate-faulty", Transport, finding.ServerCertificateUntrusted, `x509: negative serial number`, `x509: unhandled critical extension`,
			`tls: failed to parse certificate from server: {error...}`, `x509: cannot verify signature: {error...}`, `x509: “{subject}” certificate is not standards compliant`),
		faulty("certificate-required", Transport, finding.APIServerUnreachable, `remote error: tls: bad certificate`, `remote error: tls: unsupported certificate`, `remote error: tls: revoked certificate`,
			`remote error: tls: expired certificate`, `remote error: tls: unknown certificate authority`, `remote error: tls: unknown certificate`, `remote error: tls: certificate required`,
			`remote error: tls: access denied`),
		faulty("handshake-alert", Transport, finding.APIServerUnreachable, `remote error: tls: handshake failure`, `remote error: tls: protocol version not supported`, `remote error: tls: insufficient security level`,
			`remote error: tls: no application protocol`, `remote error: tls: unrecognized name`, `remote error: tls: illegal parameter`, `remote error: tls: missing extension`, `remote error: tls: encrypted client hello required`),
	)
}
