package pastedtest

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func init() { Errors = append(Errors, Components...) }

// Components are errors of the connections between components of a cluster, by their kind, with
// their near neighbours.
var Components = []Error{
	{"kubelet, own CA", `Error from server: Get "https://n7.lab.example:10250/containerLogs/web/api-0/main": tls: failed to verify certificate: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.KubeletCertificateUntrusted, nil},
	{"kubelet, by path alone", `Get https://gateway.example/exec/web/api-0/main?command=sh: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.KubeletCertificateUntrusted, nil},
	{"kubelet, client certificate", "error: error upgrading connection: error dialing backend: x509: certificate specifies an incompatible key usage", diagnose.Undecided, finding.KubeletCertificateUntrusted, nil},
	{"kubelet, no IP", `E0102 03:04:05.6 1 scraper.go:140] "Failed to scrape node" err="Get \"https://192.0.2.20:10250/metrics/resource\": x509: cannot validate certificate for 192.0.2.20 because it doesn't contain any IP SANs" node="n7"`, diagnose.Undecided, finding.KubeletCertificateNameMismatch, nil},
	{"kubelet, expired", "Error from server: error dialing backend: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z", diagnose.Undecided, finding.KubeletCertificateExpired, nil},
	{"kubelet, no certificate", "Error from server: error dialing backend: remote error: tls: internal error", diagnose.Undecided, finding.KubeletServingCertificateMissing, nil},
	{"kubelet, its own log", "I0102 03:04:05.6    812 log.go:245] http: TLS handshake error from 192.0.2.10:40112: no serving certificate available for the kubelet", diagnose.Undecided, finding.KubeletServingCertificateMissing, nil},
	{"kubelet, unreachable", "Error from server: error dialing backend: dial tcp 192.0.2.20:10250: i/o timeout", diagnose.Undecided, finding.OtherServerUnreachable, nil},
	{"an API server at the port of a kubelet's neighbour", `Unable to connect to the server: dial tcp 192.0.2.20:6443: i/o timeout`, diagnose.Undecided, finding.APIServerUnreachable, nil},

	{"admission webhook", `Error from server (InternalError): error when creating "x.yaml": Internal error occurred: failed calling webhook "check.lab.example": failed to call webhook: Post "https://checker.policy.svc:8443/check?timeout=5s": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.WebhookCertificateRejected, nil},
	{"admission webhook, by URL alone", `Post "https://checker.policy.svc:8443/check?timeout=5s": x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z`, diagnose.Undecided, finding.WebhookCertificateRejected, nil},
	{"conversion webhook", `conversion webhook for lab.example/v1, Kind=Thing failed: Post "https://things.lab.svc:443/convert?timeout=30s": x509: certificate is valid for things, not things.lab.svc`, diagnose.Undecided, finding.WebhookCertificateRejected, nil},
	{"webhook, unreachable", `failed calling webhook "check.lab.example": failed to call webhook: Post "https://checker.policy.svc:443/check?timeout=5s": dial tcp 203.0.113.9:443: connect: connection refused`, diagnose.Undecided, finding.OtherServerUnreachable, nil},

	{"aggregated API", `failing or missing response from https://203.0.113.9:443/apis/metrics.k8s.io/v1beta1: Get "https://203.0.113.9:443/apis/metrics.k8s.io/v1beta1": tls: failed to verify certificate: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.AggregatedAPICertificateRejected, nil},
	{"the same path at an API server", `Get "https://203.0.113.9:6443/apis/metrics.k8s.io/v1beta1": tls: failed to verify certificate: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.ServerCertificateUntrusted, nil},

	{"etcd", `{"level":"warn","msg":"retrying of unary invoker failed","target":"etcd-endpoints://0xc0/127.0.0.1:2379","error":"rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = \"transport: authentication handshake failed: x509: certificate signed by unknown authority\""}`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},
	{"etcd, the client's certificate", `W0102 03:04:05.6 1 clientconn.go:1331] [core] grpc: addrConn.createTransport failed to connect to {192.0.2.10:2379 192.0.2.10 <nil> 0 <nil>}. Err: connection error: desc = "transport: authentication handshake failed: remote error: tls: bad certificate". Reconnecting...`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},

	{"issuer", `E0102 03:04:05.6 1 oidc.go:335] oidc authenticator: failed to fetch keys: Get "https://login.lab.example/oauth2/v1/keys": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.IssuerCertificateRejected, nil},
	{"issuer, asked by a login program", `error: get-token: authentication error: oidc error: oidc discovery error: Get "https://login.lab.example/.well-known/openid-configuration": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.IssuerCertificateRejected, nil},

	{"registry", `Warning  Failed  3s  kubelet  Failed to pull image "images.lab.example/web:2": failed to resolve reference: failed to do request: Head "https://images.lab.example/v2/web/manifests/2": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OtherServerCertificateRejected, nil},
	{"Git", `Get "https://git.lab.example/team/app/info/refs?service=git-upload-pack": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OtherServerCertificateRejected, nil},
	{"Vault", `Error making API request. URL: PUT https://vault.lab.example:8200/v1/auth/kubernetes/login: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OtherServerCertificateRejected, nil},

	{"registry, pulled by Docker", `error pulling image configuration: download failed after attempts=6: tls: failed to verify certificate: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OtherServerCertificateRejected, nil},
	{"scheduler's own port", `Get "https://192.0.2.10:10259/metrics": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OtherServerCertificateRejected, nil},
	{"etcd's own log", `Jan 02 03:04:05 n7 etcd[812]: rejected connection from "192.0.2.30:41234" (error "remote error: tls: bad certificate", ServerName "")`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},
	{"kubelet through a proxy", `Error from server: Get "https://192.0.2.20:10250/containerLogs/web/api-0/main": Forbidden`, diagnose.Undecided, finding.OtherServerUnreachable, nil},
	{"kubelet, its client's certificate", `Jan 02 03:04:05 n7 kubelet[812]: E0102 03:04:05.6 812 server.go:310] "Unable to authenticate the request due to an error" err="verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority"`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"a client at the server's log", `I0102 03:04:05.6 1 log.go:245] http: TLS handshake error from 192.0.2.30:51234: remote error: tls: bad certificate`, diagnose.Undecided, finding.ServerCertificateRejected, nil},

	{"front proxy, its CA", LogLine(`[x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "lab-request-header-ca"), verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority]`), diagnose.Undecided, finding.FrontProxyCertificateUntrusted, nil},
	{"a client's CA", LogLine(`[x509: certificate signed by unknown authority, verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "lab-ca")]`), diagnose.Rejected, finding.ClientCARebuilt, nil},
	{"a client's CA, unknown", LogLine(`[x509: certificate signed by unknown authority, verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority]`), diagnose.Rejected, finding.ClientCANotTrusted, nil},
	{"front proxy, its name", LogLine(`x509: subject with cn=lab-proxy is not in the allowed list`), diagnose.Undecided, finding.FrontProxyNameNotAllowed, nil},
	{"front proxy, no CA", "W0102 03:04:05.6 1 authentication.go:296] Cluster doesn't provide requestheader-client-ca-file in configmap/extension-apiserver-authentication in kube-system, so request-header client certificate authentication won't work.", diagnose.Undecided, finding.FrontProxyNotConfigured, nil},
	{"front proxy, no permission", "W0102 03:04:05.6 1 requestheader_controller.go:204] Unable to get configmap/extension-apiserver-authentication in kube-system.  Usually fixed by 'kubectl create rolebinding -n kube-system ROLEBINDING_NAME --role=extension-apiserver-authentication-reader --serviceaccount=YOUR_NS:YOUR_SA'", diagnose.Undecided, finding.FrontProxyNotConfigured, nil},
	{"front proxy, as the user", `Error from server (Forbidden): pods.metrics.k8s.io is forbidden: User "front-proxy-client" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "web"`, diagnose.Undecided, finding.FrontProxyHeadersIgnored, nil},
	{"anonymous at an aggregated API", `Error from server (Forbidden): nodes.metrics.k8s.io is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope`, diagnose.Undecided, finding.FrontProxyHeadersIgnored, nil},
	{"anonymous at a custom resource", `Error from server (Forbidden): things.lab.example is forbidden: User "system:anonymous" cannot list resource "things" in API group "lab.example" at the cluster scope`, diagnose.Anonymous, finding.AnonymousRequest, nil},
	{"a person at an aggregated API", `Error from server (Forbidden): nodes.metrics.k8s.io is forbidden: User "jane" cannot list resource "nodes" in API group "metrics.k8s.io" at the cluster scope`, diagnose.Undecided, finding.AuthorizationDenied, nil},

	{"an aggregated API, at discovery", `E0102 03:04:05.600000   812 memcache.go:287] couldn't get resource list for custom.metrics.k8s.io/v1beta2: Unauthorized`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"an aggregated API, its own credential", `an error on the server ("Internal Server Error: \"/apis/metrics.k8s.io/v1beta1/nodes\": Unauthorized") has prevented the request from succeeding (get nodes.metrics.k8s.io)`, diagnose.Undecided, finding.CredentialRejected, nil},
	{"K3s, its tunnel", `Get "https://192.0.2.9:10250/containerLogs/a/b/c": proxy error from 127.0.0.1:6443 while dialing 192.0.2.9:10250, code 401: 401 Unauthorized`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"K3s, another server at its address", `level=error msg="failed to get CA certs: https://127.0.0.1:6444/cacerts: 401 Unauthorized"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"K3s, its CA", `level=error msg="server https://192.0.2.9:6443/cacerts is not trusted: Get https://192.0.2.9:6443/cacerts: x509: certificate signed by unknown authority"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},

	{"aggregated API, checked by the API server", `failing or missing response from https://203.0.113.9:443/apis/lab.example/v1: bad status from https://203.0.113.9:443/apis/lab.example/v1: 403`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"metrics API, asked by a controller", `unable to get metrics for resource memory: unable to fetch metrics from resource metrics API: Unauthorized`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"aggregated API, through the proxy of an API server", "Error: 'x509: certificate is valid for things, not things.lab.svc'\nTrying to reach: 'https://203.0.113.9:443/apis/lab.example/v1'", diagnose.Undecided, finding.AggregatedAPICertificateRejected, nil},
	{"kubelet, through the proxy of an API server", "Error: 'x509: certificate signed by unknown authority'\nTrying to reach: 'https://192.0.2.20:10250/metrics'", diagnose.Undecided, finding.KubeletCertificateUntrusted, nil},
	{"OpenAPI of an aggregated API", `loading OpenAPI spec for "v1.lab.example" failed with: failed to retrieve openAPI spec, http error: ResponseCode: 503, Body: error trying to reach service: x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z`, diagnose.Undecided, finding.AggregatedAPICertificateRejected, nil},
	{"front proxy, its name before 1.14", LogLine(`[x509: subject with cn=lab-proxy is not allowed, x509: certificate signed by unknown authority]`), diagnose.Undecided, finding.FrontProxyNameNotAllowed, nil},
	{"aggregated API before 1.12", `Error: cluster doesn't provide client-ca-file`, diagnose.Undecided, finding.FrontProxyNotConfigured, nil},
	{"kube-controller-manager's own port", "$ curl https://192.0.2.10:10257/metrics\n{\"kind\": \"Status\", \"message\": \"forbidden: User \\\"system:anonymous\\\" cannot get path \\\"/metrics\\\"\", \"code\": 403}", diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"the same at an API server", "$ curl https://192.0.2.10:6443/metrics\n{\"kind\": \"Status\", \"message\": \"forbidden: User \\\"system:anonymous\\\" cannot get path \\\"/metrics\\\"\", \"code\": 403}", diagnose.Anonymous, finding.AnonymousRequest, nil},

	{"API server, not yet valid", `Unable to connect to the server: x509: certificate has expired or is not yet valid: current time 2025-12-31T00:00:00Z is before 2026-01-02T03:04:05Z`, diagnose.Undecided, finding.ServerCertificateExpired, nil},
	{"kubelet, not yet valid", `error dialing backend: x509: certificate has expired or is not yet valid: current time 2025-12-31T00:00:00Z is before 2026-01-02T03:04:05Z`, diagnose.Undecided, finding.KubeletCertificateExpired, nil},
	{"etcd, not yet valid", `etcdclient: dial 192.0.2.10:2379: x509: certificate has expired or is not yet valid: current time 2025-12-31T00:00:00Z is before 2026-01-02T03:04:05Z`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},

	{"webhook, watched by an operator", `W0102 03:04:05.6 1 degraded_webhook.go:147] failed to connect to webhook "check.lab.example" via service "checker.policy.svc:443": tls: failed to verify certificate: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.WebhookCertificateRejected, nil},
	{"kubelet, 401 to a scraper", `E0102 03:04:05.6 1 scraper.go:140] "Failed to scrape node" err="GET \"https://192.0.2.20:10250/stats/summary?only_cpu_and_memory=true\": bad status code \"401 Unauthorized\"" node="n7"`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"etcd, a peer", `health check for peer ec2a7add58746895 could not connect: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},
	{"etcd, an old client's certificate", `etcd-0 Unhealthy Get https://192.0.2.10:2379/health: remote error: bad certificate`, diagnose.Undecided, finding.EtcdCertificateRejected, nil},
	{"aggregated API, checked by an old release", `E0102 03:04:05.6 1 available_controller.go:311] v1.lab.example failed with: Get https://203.0.113.9:443: x509: certificate signed by unknown authority`, diagnose.Undecided, finding.AggregatedAPICertificateRejected, nil},
	{"a server with a credential of its own", `an error on the server ("unable to create the account: error setting up jane: Unauthorized") has prevented the request from succeeding`, diagnose.Undecided, finding.CredentialRejected, nil},
	{"kube-rbac-proxy, a scraper", `server returned HTTP status 403 Forbidden: Forbidden (user=system:serviceaccount:lab:scraper, verb=get, resource=namespaces, subresource=metrics)`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"front proxy, its name in the handshake", `2026/01/02 03:04:05 http: TLS handshake error from 192.0.2.30:51234: no valid subject specified`, diagnose.Undecided, finding.FrontProxyNameNotAllowed, nil},
}
