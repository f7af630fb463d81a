package errortext

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientErrors are errors of clients before and after a request, in our own words, and what each
// settles.
var clientErrors = []struct {
	text string
	key  Key
	id   finding.ID
}{
	{"The connection to the server localhost:8080 was refused - did you specify the right host or port?", "no-kubeconfig", finding.NoCredential},
	{`E1201 08:01:02.345678 77 memcache.go:265] "Unhandled Error" err="couldn't get current server API group list: Get \"http://localhost:8080/api?timeout=32s\": dial tcp 127.0.0.1:8080: connect: connection refused"`, "no-kubeconfig", finding.NoCredential},
	{`Unable to connect to the server: dial tcp [::1]:8080: connectex: No connection could be made because the target machine actively refused it.`, "no-kubeconfig", finding.NoCredential},
	{`Error: Kubernetes cluster unreachable: Get "http://localhost:8080/version": dial tcp [::1]:8080: connect: connection refused`, "no-kubeconfig", finding.NoCredential},
	{`Get http://localhost:8080/api/v1/namespaces/shop/pods: dial tcp [::1]:8080: getsockopt: connection refused`, "no-kubeconfig", finding.NoCredential},
	{`panic: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable`, "no-kubeconfig", finding.NoCredential},
	{`error: Missing or incomplete configuration info.  Please point to an existing, complete config file:`, "no-kubeconfig", finding.NoCredential},
	{`Error: Post "http://localhost/api/v1/namespaces": dial tcp [::1]:80: connect: connection refused`, "no-host", finding.NoCredential},
	{`Error: Patch "http://localhost/apis/apps/v1/namespaces/shop/deployments/web": dial tcp 127.0.0.1:80: connectex: No connection could be made because the target machine actively refused it.`, "no-host", finding.NoCredential},
	{`setup: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined`, "outside-pod", finding.NoCredential},
	{`error: stat /srv/ci/shop.kubeconfig: no such file or directory`, "kubeconfig-missing", finding.NoCredential},
	{`failed to load admin kubeconfig: open /root/.kube/config: no such file or directory`, "kubeconfig-missing", finding.NoCredential},
	{`error: CreateFile C:\Users\Jane Doe\.kube\config: The system cannot find the file specified.`, "kubeconfig-missing", finding.NoCredential},
	{`error: error loading config file "/etc/rancher/k3s/k3s.yaml": open /etc/rancher/k3s/k3s.yaml: permission denied`, "kubeconfig-unreadable", finding.KubeconfigInvalid},
	{`error: error loading config file "/kube/config": read /kube/config: is a directory`, "kubeconfig-is-folder", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": yaml: line 7: could not find expected ':'`, "kubeconfig-not-yaml", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": error converting YAML to JSON: yaml: line 12: mapping values are not allowed in this context`, "kubeconfig-not-yaml", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\"" }`, "kubeconfig-of-other-kind", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": no kind "Pod" is registered for version "v1" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`, "kubeconfig-of-other-kind", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": json: cannot unmarshal object into Go struct field Config.clusters of type []v1.NamedCluster`, "kubeconfig-of-other-shape", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": illegal base64 data at input byte 1296`, "not-base64", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": v1.Config.AuthInfos: []v1.NamedAuthInfo: v1.AuthInfo.ClientKeyData: decode base64: illegal base64 data at input byte 16, error found in #10 byte of ...|0tCg=="}}]|...`, "not-base64", finding.KubeconfigInvalid},
	{`FileNotFoundError: [Errno 2] No such file or directory: '/x/.kube/config'`, "kubeconfig-missing", finding.NoCredential},
	{`Error: ENOENT: no such file or directory, open '/x/kubeconfig.yaml'`, "kubeconfig-missing", finding.NoCredential},
	{`java.io.FileNotFoundException: /x/.kube/config (Permission denied)`, "kubeconfig-unreadable", finding.KubeconfigInvalid},
	{`error: error loading config file "/x/config": something new`, "kubeconfig-invalid", finding.KubeconfigInvalid},
	{`Error in configuration: context was not found for specified context: shop-admin`, "context-unknown", finding.KubeconfigInvalid},
	{`error: no context exists with the name: "shop"`, "context-unknown", finding.KubeconfigInvalid},
	{`Error: Kubernetes cluster unreachable: context "shop" does not exist`, "context-unknown", finding.KubeconfigInvalid},
	{`error: current-context is not set`, "context-not-chosen", finding.KubeconfigInvalid},
	{`invalid configuration: [context was not found for specified context: shop, cluster has no server defined]`, "context-unknown", finding.KubeconfigInvalid},
	{`error: invalid configuration: cluster "shop" was not found for context "shop-admin"`, "entry-unknown", finding.KubeconfigInvalid},
	{`invalid configuration: [unable to read client-cert /x/c for jane due to open /x/c: no such file or directory, context was not found for specified context: shop]`, "certificate-unreadable", finding.ClientCertificateUnusable},
	{`unable to create the k8s client: could not locate a kubeconfig`, "no-kubeconfig", finding.NoCredential},
	{`error: current-context must exist in order to minify`, "context-not-chosen", finding.KubeconfigInvalid},
	{`Unable to connect to the server: dial tcp: address https://api.example:6443: too many colons in address`, "server-malformed", finding.KubeconfigInvalid},
	{`error: auth info "jane" does not exist`, "entry-unknown", finding.KubeconfigInvalid},
	{`invalid configuration: no server found for cluster "shop"`, "server-missing", finding.KubeconfigInvalid},
	{`error: host must be a URL or a host:port pair: "https:///api.example"`, "server-malformed", finding.KubeconfigInvalid},
	{`couldn't get current server API group list: Get "api.example:6443/api?timeout=32s": unsupported protocol scheme ""`, "server-malformed", finding.KubeconfigInvalid},
	{`error: unable to read certificate-authority /x/ca.crt for shop due to open /x/ca.crt: no such file or directory`, "authority-unreadable", finding.KubeconfigInvalid},
	{`error: unable to load root certificates: unable to parse bytes as PEM block`, "authority-not-pem", finding.KubeconfigInvalid},
	{`specifying a root certificates file with the insecure flag is not allowed`, "authority-and-insecure", finding.KubeconfigInvalid},
	{`certificate-authority-data and certificate-authority are both specified for shop. certificate-authority-data will override.`, "data-and-file", finding.KubeconfigInvalid},
	{`invalid configuration: more than one authentication method found for jane; found [token basicAuth], only one is allowed`, "token-and-password", finding.KubeconfigInvalid},
	{`error: username and password or bearer token may be set, but not both`, "token-and-password", finding.KubeconfigInvalid},
	{`invalid configuration: interactiveMode must be specified for jane to use exec authentication plugin`, "plugin-incomplete", finding.KubeconfigInvalid},
	{`execProvider and authProvider cannot be used in combination`, "plugin-incomplete", finding.KubeconfigInvalid},
	{`requesting uid, groups or user-extra for jane without impersonating a user`, "impersonates-nobody", finding.KubeconfigInvalid},
	{`invalid configuration: invalid 'proxy-url' "ftp://proxy.example:3128" for cluster "shop": unsupported scheme "ftp", must be http, https, or socks5`, "proxy-malformed", finding.KubeconfigInvalid},
	{`error: unable to read client-cert /x/client.crt for jane due to open /x/client.crt: no such file or directory`, "certificate-unreadable", finding.ClientCertificateUnusable},
	{`error: unable to read client-key /x/client.key for jane due to open /x/client.key: permission denied`, "certificate-unreadable", finding.ClientCertificateUnusable},
	{`error: client-key-data or client-key must be specified for jane to use the clientCert authentication method.`, "key-missing", finding.CertificateWithoutKey},
	{`error: tls: failed to find any PEM data in certificate input`, "certificate-not-pem", finding.ClientCertificateUnusable},
	{`error: tls: failed to find any PEM data in key input`, "key-not-pem", finding.ClientCertificateUnusable},
	{`tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched`, "certificate-and-key-swapped", finding.ClientCertificateUnusable},
	{`tls: private key does not match public key`, "key-of-another", finding.ClientCertificateUnusable},
	{`E1201 08:01:02.345678 1 config.go:565] Expected to load root CA config from /var/run/secrets/kubernetes.io/serviceaccount/ca.crt, but got err: error creating pool from x`, "pod-authority-missing", finding.ServerCertificateUntrusted},

	{`Unable to connect to the server: Service Unavailable`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Error: Kubernetes cluster unreachable: Get "https://api.example:6443/version": Forbidden`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Get https://192.0.2.9:8443/api/v1/nodes: Bad Gateway`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Unable to connect to the server: Moved Temporarily`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Unable to connect to the server: Unauthorized`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Error from server (Forbidden): unknown`, "no-status", finding.AnswerNotFromAPIServer},
	{`Error from server (BadRequest): the server rejected our request for an unknown reason`, "no-status", finding.AnswerNotFromAPIServer},
	{`<html><head><title>401 Authorization Required</title></head>`, "web-page", finding.AnswerNotFromAPIServer},
	{`Unable to connect to the server: Proxy Authentication Required`, "proxy-login", finding.AnswerNotFromAPIServer},
	{`curl: (56) Received HTTP code 407 from proxy after CONNECT`, "proxy-login", finding.AnswerNotFromAPIServer},
	{`curl: (56) CONNECT tunnel failed, response 403`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`(Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden')))`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`java.io.IOException: Unable to tunnel through proxy. Proxy returns "HTTP/1.1 503 Service Unavailable"`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`Unable to connect to the server: proxyconnect tcp: dial tcp 192.0.2.3:3128: connect: connection refused`, "proxy-unreachable", finding.APIServerUnreachable},
	{`Unable to connect to the server: proxyconnect tcp: dial tcp: lookup proxy.example on 192.0.2.53:53: no such host`, "proxy-unreachable", finding.APIServerUnreachable},
	{`Unable to connect to the server: socks connect tcp 127.0.0.1:1080->api.example:6443: dial tcp 127.0.0.1:1080: connect: connection refused`, "proxy-unreachable", finding.APIServerUnreachable},
	{`Unable to connect to the server: proxyconnect tcp: tls: first record does not look like a TLS handshake`, "proxy-scheme", finding.APIServerUnreachable},
	{`error: unable to parse the server version: invalid character '<' looking for beginning of value`, "web-page", finding.AnswerNotFromAPIServer},
	{`couldn't get current server API group list: invalid character '<' looking for beginning of value`, "web-page", finding.AnswerNotFromAPIServer},
	{`Error from server (Forbidden): <!DOCTYPE html><html><head><title>Sign in</title></head></html>`, "web-page", finding.AnswerNotFromAPIServer},
	{`Error from server (InternalError): an error on the server ("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>") has prevented the request from succeeding`, "web-page", finding.AnswerNotFromAPIServer},
	{`error: unable to parse the server version: invalid character 'p' looking for beginning of value`, "not-json", finding.AnswerNotFromAPIServer},
	{`Error from server: upstream connect error or disconnect/reset before headers. reset reason: connection termination`, "gateway", finding.AnswerNotFromAPIServer},
	{`no healthy upstream`, "gateway", finding.AnswerNotFromAPIServer},
	{`kubernetes.config.config_exception.ConfigException: Invalid kube-config file. No configuration found.`, "no-kubeconfig", finding.NoCredential},
	{`kubernetes.config.config_exception.ConfigException: Invalid kube-config file. Expected key current-context in /x/config`, "context-not-chosen", finding.KubeconfigInvalid},
	{`kubernetes.config.config_exception.ConfigException: Service token file does not exist.`, "pod-token-missing", finding.TokenFileUnreadable},
	{`urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='localhost', port=80): Max retries exceeded with url: /api/v1/namespaces/shop/pods (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f01>: Failed to establish a new connection: [Errno 111] Connection refused'))`, "no-host", finding.NoCredential},
	{`Error: failed to infer config: in-cluster: (failed to read an incluster environment variable: environment variable not found), kubeconfig: (failed to determine current context)`, "outside-pod", finding.NoCredential},
	{`Error: InferConfig(InferConfigError { in_cluster: MissingInClusterVariables { host: "x" }, kubeconfig: Kubeconfig(LoadContext { context_name: "shop" }) })`, "outside-pod", finding.NoCredential},
	{`io.fabric8.kubernetes.client.KubernetesClientException: Operation: [list] failed. Caused by: java.net.UnknownHostException: kubernetes.default.svc: Name or service not known`, "cluster-name-unknown", finding.APIServerUnreachable},
	{`io.kubernetes.client.openapi.ApiException: java.net.ConnectException: Failed to connect to localhost/127.0.0.1:8080`, "no-kubeconfig", finding.NoCredential},
	{`k8s: Error: connect ECONNREFUSED 127.0.0.1:8080`, "no-kubeconfig", finding.NoCredential},
	{`javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target`, "untrusted-by-java", finding.ServerCertificateUntrusted},
	{`(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1006)')))`, "untrusted-by-python", finding.ServerCertificateUntrusted},
	{`ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Missing Authority Key Identifier (_ssl.c:1032)`, "strict-verification", finding.ServerCertificateUntrusted},
	{`FetchError: request to https://api.example:6443/api failed, reason: unable to verify the first certificate`, "untrusted-by-node", finding.ServerCertificateUntrusted},
	{`System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: PartialChain`, "untrusted-by-dotnet", finding.ServerCertificateUntrusted},
	{`error trying to connect: invalid peer certificate: UnknownIssuer`, "untrusted-by-rust", finding.ServerCertificateUntrusted},
	{`curl: (60) SSL certificate problem: self-signed certificate in certificate chain`, "untrusted-by-tool", finding.ServerCertificateUntrusted},
	{`    Verify return code: 20 (unable to get local issuer certificate)`, "untrusted-by-tool", finding.ServerCertificateUntrusted},
	{`OpenSSL::SSL::SSLError: SSL_connect returned=1 errno=0 peeraddr=192.0.2.4:6443 state=error: certificate verify failed (unable to get local issuer certificate)`, "untrusted-by-tool", finding.ServerCertificateUntrusted},
	{`kubernetes: javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate`, "certificate-required", finding.APIServerUnreachable},
	{`kube: requests.exceptions.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)`, "answered-in-plain-http", finding.APIServerUnreachable},
	{`Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03\x01\x00\x02\x02"`, "tls-port", finding.PlainHTTPServer},
	{`Unable to connect to the server: net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH_9.6"`, "other-protocol", finding.AnswerNotFromAPIServer},

	{`error: No configuration file found, please login or point to an existing file:`, "no-kubeconfig", finding.NoCredential},
	{`E1201 08:01:02.345678 77 proxy_server.go:147] Error while proxying request: Gateway Timeout`, "proxy-refused", finding.AnswerNotFromAPIServer},
	{`2026/12/01 08:01:02 http: proxy error: Proxy Authentication Required`, "proxy-login", finding.AnswerNotFromAPIServer},
	{`Error: failed to load client key: failed to decode base64 data: Invalid symbol 45, offset 0.`, "not-base64", finding.KubeconfigInvalid},
	{`kube: Kubeconfig(LoadCertificateAuthority(DecodeBase64(InvalidByte(7, 10))))`, "not-base64", finding.KubeconfigInvalid},
	{`kube: Kubeconfig(LoadClientKey(ReadFile(Os { code: 2, kind: NotFound, message: "No such file or directory" }, "/x/client.key")))`, "certificate-unreadable", finding.ClientCertificateUnusable},
	{`kube: InferConfig(InferConfigError { in_cluster: ReadDefaultNamespace(Os { code: 2, kind: NotFound }), kubeconfig: MissingClusterUrl })`, "server-missing", finding.KubeconfigInvalid},
	{`couldn't get current server API group list: parse "https://https://api .example:6443": invalid character " " in host name`, "server-malformed", finding.KubeconfigInvalid},
	{`kubectl: parse "http://{{ server }}/api?timeout=32s": invalid character "{" in host name`, "server-malformed", finding.KubeconfigInvalid},
	{`error converting *[]NamedContext into *map[string]*api.Context: duplicate name "shop" in list: [{shop {}}]`, "kubeconfig-invalid", finding.KubeconfigInvalid},
	{`invalid configuration: namespace "Shop_1" for context "jane" does not conform to the kubernetes DNS_LABEL rules`, "kubeconfig-invalid", finding.KubeconfigInvalid},
	{`kubectl: cannot locate user jane`, "entry-unknown", finding.KubeconfigInvalid},
	{`unable to parse the server version: json: cannot unmarshal string into Go value of type version.Info`, "no-status", finding.AnswerNotFromAPIServer},
}

func TestClientErrors(t *testing.T) {
	for _, c := range clientErrors {
		// The same error in other places of a text has the same cause.
		for _, form := range []string{c.text, "some program: " + c.text + "\nexit status 1", "$ kubectl get pods\n" + c.text} {
			found := Find(form)
			if len(found) == 0 || found[0].Key != c.key || len(found[0].IDs) != 1 || found[0].IDs[0] != c.id {
				t.Errorf("%s: %+v, want %s %s", form, found, c.key, c.id)
				break
			}
			if found[0].Stage.Refuses() {
				t.Errorf("%s: is a rejection by the API server", form)
			}
		}
	}
}

// The cause depends neither on addresses and names nor on times.
func TestClientErrorsSwapped(t *testing.T) {
	swap := strings.NewReplacer("api.example", "k8s.prod.internal", "192.0.2.", "198.51.100.", "/x/", "/opt/deploy/conf/", "jane", "ops@corp.example", "shop", "warehouse-7", "proxy.example", "px.corp.example", ":3128", ":9090", "E1201 08:01:02.345678", "W0203 23:59:59.000001")
	for _, c := range clientErrors {
		text := swap.Replace(c.text)
		if found := Find(text); len(found) == 0 || found[0].Key != c.key {
			t.Errorf("%s: %+v, want %s", text, found, c.key)
		}
	}
}

// Neighbours have the same words and another meaning.
func TestClientErrorsNeighbours(t *testing.T) {
	for _, text := range []string{
		`FileNotFoundError: [Errno 2] No such file or directory: '/x/orders.csv'`,
		`    Verify return code: 0 (ok)`,
		`Error: connect ECONNREFUSED 127.0.0.1:8080`,
		`Invalid configuration file. No configuration found.`,
		`Service desk host/port is not yet set`,
		`E1201 nginx: SSL_do_handshake() failed (SSL: error:0A000412:SSL routines::sslv3 alert bad certificate:SSL alert number 42)`,
		`Get "http://localhost:8080/orders": dial tcp 127.0.0.1:8080: i/o timeout while calling the shop`,
		`open /home/jane/.kube/cache/discovery/api.example_6443/servergroups.json: permission denied`,
		`no kubeconfig found, using in-cluster config`, `No kubeconfig found. Falling back to the environment of the Pod`, `could not find kubernetes configmap orders`,
		`POST https://shop.example/orders.OrderService/Create failed with status code 403`, `GET /shop/clusters/c-7/version HTTP/1.1" 401 62`,
		`error: open /home/jane/.kube/config.lock: permission denied`,
		`stat /etc/app/config.yaml: no such file or directory`,
		`open /srv/data/orders.csv: permission denied`,
		`read /srv/uploads: is a directory`,
		`illegal base64 data at input byte 4`, `k8s app: illegal base64 data at input byte 4`, `k8s app: Get "https://shop.example/orders": Forbidden`,
		`invalid character '<' looking for beginning of value`,
		`parse "x:y": first path segment in URL cannot contain colon`,
		`helm: parse "redis://cache shop:6379": invalid character " " in host name`, `kube-app: parse "postgres://jane:x@db:port/orders": invalid port ":port" after host`,
		`helm: parse "https://charts.example /stable/index.yaml": invalid character " " in host name`,
		`web: Error while proxying the request: Not Found`, `nginx: http: proxy error: context canceled`, `failed to decode base64 data: Invalid symbol 45, offset 0.`,
		`context "desktop-linux" does not exist`,
		`Get "https://api.example/v1/orders": Payment Required`,
		`Get "https://api.example/v1/orders": Forbidden by policy 7`,
		`<title>Orders</title>`, `<html><body>Orders</body></html>`, "Unable to connect to the server: EOF", `kubelet: Readiness probe failed: <html><title>502 Bad Gateway</title></html>`, "Unable to connect to the server: x509: certificate signed by unknown authority",
		`Error from server (Forbidden): unknown user jane`,
		`unexpected content-type "text/plain"`,
		`I1201 08:01:02.345678 1 client_config.go:659] Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.`,
		`WARNING: Kubernetes configuration file is group-readable. This is insecure. Location: /home/jane/.kube/config`,
	} {
		for _, r := range Find(text) {
			if r.Key != "" {
				t.Errorf("%s: %s %v", text, r.Key, r.IDs)
			}
		}
	}
}
