package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// kubernetesWords are words, in lower case, that show that a client of Kubernetes wrote a text.
var kubernetesWords = []string{
	"kube", "k8s", "openshift", "helm", "argocd", "argo cd", "rancher", "oc login ", "error while proxying request", "azmk8s", ":6443", ":10250", "server api group list", "did you specify the right host or port", "you must be logged in to the server", "unable to connect to the server",
	"/api/v1/namespaces", "/api/v1/nodes", "/api/v1/pods", "/api/v1/services", "/api/v1/configmaps", "/api/v1/secrets", "/api?timeout=", "/apis?timeout=", "/openapi/v2", "/openapi/v3",
	"/apis/apps/", "/apis/batch/", "apiversion",
}

// aboutKubernetes reports whether a text has such a word.
func aboutKubernetes(text string) bool {
	lower := strings.ToLower(text)
	return slices.ContainsFunc(kubernetesWords, func(word string) bool { return strings.Contains(lower, word) })
}

// clientOther has the errors of clients other than client-go.
//
// sun.security, javax.net.ssl, okhttp; fabric8io/kubernetes-client; kubernetes-client/java, python,
// javascript and csharp; CPython ssl, urllib3, requests; Node's tls and net; System.Net.Security;
// kube-rs/kube, rustls; curl, OpenSSL crypto/x509/x509_txt.c, wget.
func clientOther() []pattern {
	return allOf(unconfiguredClients(), unauthorizedClients(), untrustingClients(), misnamedServers(), expiredServers(), alertedClients(), unconnectedClients(),
		// Without a reason, or with another one.
		faulty("untrusted-by-tool", Transport, finding.ServerCertificateUntrusted, `certificate verify failed`))
}

// unconfiguredClients has the errors of clients that found no configuration, or a wrong one.
func unconfiguredClients() []pattern {
	invalid := func(key Key, texts ...string) []pattern {
		return faulty(key, Client, finding.KubeconfigInvalid, texts...)
	}
	missing := func(texts ...string) []pattern {
		return faulty("no-kubeconfig", Client, finding.NoCredential, texts...)
	}
	return allOf(
		// Python.
		missing(`Invalid kube-config file. No configuration found.`, `Invalid kube-config file. No configuration found`, `Invalid kube-config file. No Configurations found`),
		// The openshift module of Python, whose default address is http://localhost.
		faulty("no-host", Client, finding.NoCredential, `Host value http://localhost should start with https:// when talking to HTTPS endpoint`),
		nearKubernetes(invalid("server-malformed", `Host value {server:word} should start with https:// when talking to HTTPS endpoint`)),
		invalid("context-unknown", `Invalid kube-config file. Expected object with name {context:word} in {file:word}/contexts list`, `Invalid kube-config file. Expected object with name {context:word} in contexts list`),
		invalid("context-not-chosen", `Invalid kube-config file. Expected key current-context in {file:word}`),
		invalid("entry-unknown", `Invalid kube-config file. Expected object with name {name:word} in {list:word} list`, `Invalid kube-config file. Expected object with name {name} in {list:word} list`),
		invalid("kubeconfig-of-other-shape", `Invalid kube-config file. Expected {rest...}`),
		invalid("kubeconfig-invalid", `Invalid kube-config. {file:word} file is empty`, `Invalid kube-config.`),
		faulty("outside-pod", Client, finding.NoCredential, `Service host/port is not set.`, `Service host/port is set but empty.`, `Service host/port is not set`),
		faulty("pod-token-missing", Client, finding.TokenFileUnreadable, `Service token file does not exist.`, `Service token file does not exists.`, `Token file exists but empty.`),
		faulty("pod-authority-missing", Client, finding.ServerCertificateUntrusted, `Service certification file does not exist.`, `Service certification file does not exists.`, `Cert file exists but empty.`),
		nearKubernetes(faulty("no-host", Client, finding.NoCredential, `HTTPConnectionPool(host='localhost', port=80): Max retries exceeded with url: {path:word} {error...}`, `HTTPConnectionPool(host='localhost', port=80): {error...}`)),
		nearKubernetes(missing(`HTTPConnectionPool(host='localhost', port=8080): {error...}`)),
		// kube-rs.
		invalid("context-not-chosen", `failed to determine current context`),
		invalid("context-unknown", `failed to load current context: {context...}`),
		invalid("entry-unknown", `failed to load the cluster of context: {cluster...}`, `failed to find named context: {context...}`, `failed to find named user: {user...}`),
		invalid("kubeconfig-not-yaml", `failed to parse kubeconfig YAML: {error...}`), invalid("kubeconfig-of-other-shape", `the structure of the parsed kubeconfig is invalid: {error...}`),
		invalid("kubeconfig-invalid", `kubeconfigs with mismatching kind cannot be merged`, `kubeconfigs with mismatching api version cannot be merged`),
		missing(`failed to find the path of kubeconfig`, `failed to read kubeconfig from {file...}`),
		// The error about the kubeconfig may follow.
		wrapping(faulty("outside-pod", Client, finding.NoCredential, `failed to read an incluster environment variable: {error...}`)), faulty("outside-pod", Client, finding.NoCredential, `MissingInClusterVariables`),
		wrapping(nearKubernetes(faulty("pod-token-missing", Client, finding.TokenFileUnreadable, `failed to read the default namespace: {error...}`))),
		nearKubernetes(faulty("pod-token-missing", Client, finding.TokenFileUnreadable, `failed to read token file {file:q}: {error...}`, `failed to read token file '{file}': {error...}`)),
		wrapping(nearKubernetes(faulty("pod-authority-missing", Client, finding.ServerCertificateUntrusted, `failed to read a certificate bundle: {error...}`))),
		// Java, JavaScript and C#.
		faulty("pod-token-missing", Client, finding.TokenFileUnreadable, `Error reading service account token from: [{file:word}]`),
		nearKubernetes(missing(`connect ECONNREFUSED 127.0.0.1:8080`, `connect ECONNREFUSED ::1:8080`, `Connection refused (localhost:8080)`, `Connection refused (127.0.0.1:8080)`,
			`Failed to connect to localhost/0:0:0:0:0:0:0:1:8080`, `Failed to connect to localhost/127.0.0.1:8080`, `Failed to connect to localhost/[0:0:0:0:0:0:0:1]:8080`,
			`No active cluster!`, `No active cluster`, `No currently active cluster`)),
		nearKubernetes(faulty("no-host", Client, finding.NoCredential, `connect ECONNREFUSED 127.0.0.1:80`, `connect ECONNREFUSED ::1:80`, `Failed to connect to /127.0.0.1:443`, `Failed to connect to /127.0.0.1:80`, `Connection refused (localhost:80)`, `Failed to connect to localhost/127.0.0.1:80`,
			`Failed to connect to localhost/0:0:0:0:0:0:0:1:80`, `Failed to connect to localhost/[0:0:0:0:0:0:0:1]:443`, `Failed to connect to localhost/0:0:0:0:0:0:0:1:443`, `Failed to connect to localhost/127.0.0.1:443`, `Host url must be set`)),
		faulty("cluster-name-unknown", Transport, finding.APIServerUnreachable, `UnknownHostException: kubernetes.default.svc`, `UnknownHostException: kubernetes.default`,
			`getaddrinfo ENOTFOUND kubernetes.default.svc`, `getaddrinfo ENOTFOUND kubernetes.default`, `getaddrinfo EAI_AGAIN kubernetes.default.svc`, `Could not resolve host: kubernetes.default.svc`, `Could not resolve host: kubernetes.default`),
		[]pattern{
			{text: `The azure auth plugin is not supported; use {url:word} instead`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}, values: map[string]string{"provider": "azure"}},
			{text: `Authentication with provider {provider:word} not supported`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}},
			{text: `auth provider {provider:q} is not supported`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}},
		},
	)
}

// unauthorizedClients has the messages of clients about a 401 with the body of an API server.
func unauthorizedClients() []pattern {
	ids := []finding.ID{finding.CredentialRejected}
	// Node and others print an object without JSON's quotes.
	table := nearKubernetes([]pattern{
		{text: `message: 'Unauthorized'`, stage: Request, ids: ids},
		{text: `message: "Unauthorized"`, stage: Request, ids: ids},
	})
	for _, api := range []string{`Kubernetes API`, `Kubernetes API server`, `Kubernetes cluster`, `Kubernetes`, `K8s API`, `OpenShift API`} {
		table = append(table, pattern{text: api + `. Unauthorized`, stage: Request, ids: ids})
	}
	return append(table, []pattern{
		// The body is a Status.
		{text: `Message: Unauthorized. Received status: Status(apiVersion=v1, code=401{status...}`, stage: Request, ids: ids},
		{text: `message=Unauthorized, metadata={metadata...}`, stage: Request, ids: ids},
		// Older API servers answered with the word alone.
		{text: `http error 401 {method:word} {url:q}: "Unauthorized{body...}`, stage: Request, ids: ids},
		{text: `ApiError: Unauthorized: Unauthorized`, stage: Request, ids: ids},
		{text: `\"message\":\"Unauthorized\"`, stage: Request, ids: ids},
		// The Kubernetes executor of GitLab's runner, whose advice follows.
		{text: `(system failure): prepare environment: {step}: Unauthorized`, stage: Request, ids: ids},
		// The program names the status, and not its body.
		{text: `Operation returned an invalid status code 'Unauthorized'`, stage: HTTP, ids: []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer, finding.AggregatedAPIRefused}},
	}...)
}

// untrustingClients has the errors of clients that do not trust the server's certificate.
func untrustingClients() []pattern {
	untrusted := func(key Key, texts ...string) []pattern {
		return faulty(key, Transport, finding.ServerCertificateUntrusted, texts...)
	}
	tool := func(texts ...string) []pattern { return untrusted("untrusted-by-tool", texts...) }
	return allOf(
		untrusted("untrusted-by-java",
			`PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target`,
			`PKIX path building failed: {error...}`, `SunCertPathBuilderException: unable to find valid certification path to requested target`,
			`PKIX path validation failed: java.security.cert.CertPathValidatorException: signature check failed`, `PKIX path validation failed: java.security.cert.CertPathValidatorException: Path does not chain with any of the trust anchors`,
			`the trustAnchors parameter must be non-empty`, `CertPathValidatorException: Trust anchor for certification path not found.`),
		untrusted("strict-verification",
			`certificate verify failed: Missing Authority Key Identifier (_ssl.c:{line:word})`, `certificate verify failed: Missing Authority Key Identifier`, `certificate verify failed: Missing Subject Key Identifier`,
			`certificate verify failed: CA cert does not include key usage extension`, `certificate verify failed: Basic Constraints of CA cert not marked critical`, `certificate verify failed: Basic Constraints{error...}`),
		untrusted("untrusted-by-python",
			`certificate verify failed: self signed certificate in certificate chain (_ssl.c:{line:word})`, `certificate verify failed: self-signed certificate in certificate chain (_ssl.c:{line:word})`,
			`certificate verify failed: self signed certificate (_ssl.c:{line:word})`, `certificate verify failed: self-signed certificate (_ssl.c:{line:word})`,
			`certificate verify failed: unable to get local issuer certificate (_ssl.c:{line:word})`, `certificate verify failed (_ssl.c:{line:word})`,
		),
		untrusted("untrusted-by-node", `SELF_SIGNED_CERT_IN_CHAIN`, `DEPTH_ZERO_SELF_SIGNED_CERT`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, `UNABLE_TO_GET_ISSUER_CERT`,
			`Error: self signed certificate in certificate chain`, `Error: self-signed certificate in certificate chain`, `Error: self signed certificate`, `Error: self-signed certificate`, `Error: unable to verify the first certificate`,
			`Error: unable to get local issuer certificate`, `reason: self signed certificate in certificate chain`, `reason: self-signed certificate in certificate chain`, `reason: unable to verify the first certificate`,
			`reason: self-signed certificate`, `reason: self signed certificate`, `reason: unable to get local issuer certificate`),
		untrusted("untrusted-by-dotnet", `The remote certificate is invalid according to the validation procedure: RemoteCertificateChainErrors`, `The remote certificate is invalid because of errors in the certificate chain: PartialChain`,
			`The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot`, `The remote certificate was rejected by the provided RemoteCertificateValidationCallback`,
			// Older releases give no reason.
			`The remote certificate is invalid according to the validation procedure.`),
		untrusted("untrusted-by-rust", `invalid peer certificate: UnknownIssuer`, `code: -67843, message: "The certificate was not trusted."`, `invalid peer certificate contents: invalid peer certificate: UnknownIssuer`, `InvalidCertificate(UnknownIssuer)`, `invalid peer certificate: BadSignature`,
			`invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))`, `invalid peer certificate: Other(CaUsedAsEndEntity)`, `invalid certificate: UnknownIssuer`),
		tool(`SSL certificate problem: self signed certificate in certificate chain`, `SSL certificate problem: self-signed certificate in certificate chain`, `SSL certificate problem: self signed certificate`, `SSL certificate problem: self-signed certificate`,
			`SSL certificate problem: unable to get local issuer certificate`, `SSL certificate problem: unable to get issuer certificate`, `SSL certificate problem: unable to verify the first certificate`,
			`SSL certificate problem: Invalid certificate chain`, `SSL certificate problem: invalid CA certificate`, `SSL certificate problem: EE certificate key too weak`,
			`server certificate verification failed. CAfile: {file:word} CRLfile: {crl:word}`, `server certificate verification failed`, `schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT{error...}`,
			`SSL peer certificate or SSH remote key was not OK`,
			`certificate verify failed (self signed certificate in certificate chain)`, `certificate verify failed (self-signed certificate in certificate chain)`, `certificate verify failed (self signed certificate)`, `certificate verify failed (self-signed certificate)`,
			`certificate verify failed (unable to get local issuer certificate)`, `certificate verify failed: (self-signed certificate in certificate chain)`, `certificate verify failed: (unable to get local issuer certificate)`,
			`Verify return code: 18 ({text})`, `Verify return code: 19 ({text})`, `Verify return code: 20 ({text})`, `Verify return code: 21 ({text})`, `Verify return code: 2 ({text})`,
			`verify error:num=18:{text...}`, `verify error:num=19:{text...}`, `verify error:num=20:{text...}`, `verify error:num=21:{text...}`,
			`ERROR: cannot verify {host:word} certificate, issued by {issuer...}`, `Unable to locally verify the issuer's authority.`, `ERROR: The certificate of ‘{host}’ is not trusted.`, `ERROR: The certificate of ‘{host}’ doesn't have a known issuer.`,
			`The certificate of {host:word} is not trusted.`, `SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED`, `SSL routines:tls_process_server_certificate:certificate verify failed`, `SSL routines::certificate verify failed`),
	)
}

// misnamedServers has the errors of clients about a certificate for another name.
func misnamedServers() []pattern {
	var table []pattern
	for _, text := range []string{
		`No subject alternative DNS name matching {name:word} found.`, `No subject alternative DNS name matching {name:word} found`, `No subject alternative names matching IP address {name:word} found`, `No subject alternative names present`,
		`No name matching {name:word} found`, `Hostname {name:word} not verified`, `Certificate for <{name}> doesn't match {names...}`,
		`certificate verify failed: Hostname mismatch, certificate is not valid for '{name}'.`, `certificate verify failed: IP address mismatch, certificate is not valid for '{name}'.`,
		`certificate verify failed: Hostname mismatch{error...}`, `certificate verify failed: IP address mismatch{error...}`, `CertificateError: hostname '{name}' doesn't match {names...}`, `hostname '{name}' doesn't match {names...}`,
		`ERR_TLS_CERT_ALTNAME_INVALID`, `Hostname/IP does not match certificate's altnames: {error...}`, `Hostname/IP doesn't match certificate's altnames: {error...}`,
		`The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch`,
		`invalid peer certificate: NotValidForName`, `invalid peer certificate: CertNotValidForName`, `invalid peer certificate: certificate not valid for name {name:q}{error...}`, `InvalidCertificate(NotValidForName)`,
		`SSL: no alternative certificate subject name matches target host name '{name}'`, `SSL: no alternative certificate subject name matches target ipv4 address '{name}'`, `SSL: certificate subject name '{subject}' does not match target host name '{name}'`,
		`SSL: unable to obtain common name from peer certificate`, `schannel: SNI or certificate check failed: SEC_E_WRONG_PRINCIPAL{error...}`,
		`Verify return code: 62 ({text})`, `Verify return code: 64 ({text})`, `ERROR: no certificate subject alternative name matches{error...}`, `ERROR: certificate common name ‘{subject}’ doesn't match requested host name ‘{name}’.`,
		`hostname {name:q} does not match the server certificate`,
	} {
		table = append(table, pattern{text: text, stage: Transport, ids: []finding.ID{finding.ServerCertificateNameMismatch}})
	}
	// rustls before 0.21, which compares a certificate only with DNS names.
	client := func(texts ...string) []pattern {
		return faulty("client-without-addresses", Transport, finding.ServerCertificateNameMismatch, texts...)
	}
	return allOf(table, client(`Hyper error: invalid certificate: InvalidReferenceName`), nearKubernetes(client(`invalid certificate: InvalidReferenceName`, `invalid dns name`, `InvalidDNSNameError`)))
}

// expiredServers has the errors of clients about a certificate that is not valid now.
func expiredServers() []pattern {
	var table []pattern
	for _, text := range []string{
		`PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed`, `CertificateExpiredException: NotAfter: {notAfter...}`, `CertificateNotYetValidException: NotBefore: {notBefore...}`,
		`certificate verify failed: certificate has expired (_ssl.c:{line:word})`, `certificate verify failed: certificate has expired`, `certificate verify failed: certificate is not yet valid`, `certificate verify failed (certificate has expired)`,
		`certificate verify failed: (certificate has expired)`, `CERT_HAS_EXPIRED`, `CERT_NOT_YET_VALID`, `Error: certificate has expired`, `reason: certificate has expired`,
		`The remote certificate is invalid because of errors in the certificate chain: NotTimeValid`, `invalid peer certificate: Expired`, `invalid peer certificate: NotValidYet`, `invalid peer certificate: certificate expired: {error...}`,
		`InvalidCertificate(Expired)`, `InvalidCertificate(NotValidYet)`, `SSL certificate problem: certificate has expired`, `SSL certificate problem: certificate is not yet valid`, `schannel: next InitializeSecurityContext failed: SEC_E_CERT_EXPIRED{error...}`,
		`Verify return code: 9 ({text})`, `Verify return code: 10 ({text})`, `verify error:num=10:certificate has expired`, `verify error:num=9:certificate is not yet valid`,
		`Issued certificate has expired.`, `Issued certificate not yet valid.`, `ERROR: The certificate of ‘{host}’ has expired.`,
	} {
		table = append(table, pattern{text: text, stage: Transport, ids: []finding.ID{finding.ServerCertificateExpired}})
	}
	return table
}

// alertedClients has the errors of clients about a TLS alert, or about a server without TLS.
func alertedClients() []pattern {
	table := nearKubernetes(faulty("certificate-required", Transport, finding.APIServerUnreachable,
		`Received fatal alert: bad_certificate`, `Received fatal alert: certificate_required`, `Received fatal alert: certificate_unknown`, `Received fatal alert: unknown_ca`, `Received fatal alert: certificate_expired`,
		`alert bad certificate`, `alert certificate required`, `alert unknown ca`, `alert certificate expired`, `alert certificate unknown`,
		`SSLV3_ALERT_BAD_CERTIFICATE`, `TLSV13_ALERT_CERTIFICATE_REQUIRED`, `TLSV1_ALERT_UNKNOWN_CA`, `SSLV3_ALERT_CERTIFICATE_EXPIRED`, `SSLV3_ALERT_CERTIFICATE_UNKNOWN`,
		`received fatal alert: BadCertificate`, `received fatal alert: CertificateRequired`, `received fatal alert: UnknownCA`, `received fatal alert: CertificateExpired`, `received fatal alert: CertificateUnknown`))
	table = append(table, nearKubernetes(faulty("answered-in-plain-http", Transport, finding.APIServerUnreachable,
		`Unsupported or unrecognized SSL message`, `Unrecognized SSL message, plaintext connection?`, `WRONG_VERSION_NUMBER] wrong version number{error...}`, `SSL routines:ssl3_get_record:wrong version number`, `SSL routines::wrong version number`,
		`SSL routines:ST_CONNECT:tlsv1 alert protocol version`, `EPROTO {error...}`, `received corrupt message of type InvalidContentType`,
		`The SSL connection could not be established, see inner exception. ---> System.IO.IOException: Cannot determine the frame size or a corrupted frame was received.`, `Cannot determine the frame size or a corrupted frame was received.`))...)
	for _, text := range []string{
		`Received fatal alert: {alert:word}`, `Remote host terminated the handshake`, `Failed to create SSL connection`,
		`SSLHandshakeException: extension ({number:word}) should not be presented in {part:word}`, `SSLHandshakeException: Couldn't kickstart handshaking`, `SSLHandshakeException: no cipher suites in common`,
		`The server selected protocol version {version:word} is not accepted by client preferences{list...}`, `Server chose {version:word}, but that protocol version is not enabled or not supported by the client`,
		`UNSUPPORTED_PROTOCOL] unsupported protocol{error...}`, `NO_PROTOCOLS_AVAILABLE] no protocols available{error...}`, `DH_KEY_TOO_SMALL] dh key too small{error...}`, `TLSV1_ALERT_PROTOCOL_VERSION`, `TLSV1_ALERT_INTERNAL_ERROR`,
		`Remote host closed connection during handshake`, `No appropriate protocol (protocol is disabled or cipher suites are inappropriate)`,
		`SSLV3_ALERT_HANDSHAKE_FAILURE`, `alert handshake failure`, `OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to {host:word}`, `OpenSSL SSL_connect: Connection reset by peer in connection to {host:word}`, `UNEXPECTED_EOF_WHILE_READING] {error...}`,
		`EOF occurred in violation of protocol (_ssl.c:{line:word})`, `Client network socket disconnected before secure TLS connection was established`, `received fatal alert: {alert:word}`,
	} {
		table = append(table, pattern{text: text, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, kube: true, key: "tls-handshake"})
	}
	return table
}

// unconnectedClients has the errors of clients without a connection. Many programs have them.
func unconnectedClients() []pattern {
	var table []pattern
	for _, text := range []string{
		`connect ECONNREFUSED {address:word}`, `connect ETIMEDOUT {address:word}`, `connect EHOSTUNREACH {address:word}`, `connect ENETUNREACH {address:word}`, `getaddrinfo ENOTFOUND {host:word}`, `getaddrinfo EAI_AGAIN {host:word}`, `read ECONNRESET`, `socket hang up`,
		`UnknownHostException: {host:word}`, `Failed to connect to {host:word}/{address:word}`, `ConnectException: Connection refused`, `SocketTimeoutException: connect timed out`, `SocketTimeoutException: Connect timed out`, `SocketTimeoutException: timeout`, `SocketTimeoutException: Read timed out`,
		`NoRouteToHostException: {error...}`, `Failed to establish a new connection: [Errno {number:word}] {error...}`, `Connection refused ({address:word})`, `No connection could be made because the target machine actively refused it.`,
		`tcp connect error: {error...}`, `error trying to connect: dns error: {error...}`, `Failed to connect to {host:word} port {port:word} {error...}`, `Could not resolve host: {host:word}`, `Empty reply from server`, `http2: client connection lost`, `http2: server sent GOAWAY and closed the connection{error...}`,
	} {
		table = append(table, pattern{text: text, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, kube: true})
	}
	for _, method := range []string{`Get`, `Post`, `Put`, `Patch`, `Delete`} {
		for _, url := range []string{` {url:q}`, ` {url:word}`} {
			timeout := pattern{text: method + url + `: context deadline exceeded`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, kube: true}
			timeout.suits = func(values map[string]string) bool { return apiURL().MatchString(values["url"]) }
			table = append(table, timeout)
		}
	}
	return append(table,
		pattern{text: `Unable to connect to the server: EOF`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: unexpected EOF`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: context deadline exceeded`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: read tcp {connection}: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: write tcp {connection}: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: http2: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
		pattern{text: `Unable to connect to the server: stream error: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}},
	)
}
