// Package pastedtest has errors as people paste them, for tests.
package pastedtest

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// LogLine is a line of an API server's log.
func LogLine(err string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(err)
	return `E0524 19:10:28.123456       1 authentication.go:73] "Unable to authenticate the request" err="` + quoted + `"`
}

// Error is a pasted error and what it settles.
type Error struct {
	Name, Text string
	Verdict    diagnose.Verdict
	Cause      finding.ID
	Also       []finding.ID // beside the cause, certain or possible
}

// Errors are the entries of failures in the wild that are pasted errors, by their
// number and thread, and their near neighbours.
var Errors = []Error{
	{"1 vault-plugin-auth-kubernetes#121", "login unauthorized due to: lookup failed: [invalid bearer token, Token has been invalidated]", diagnose.Rejected, finding.BoundObjectGone, []finding.ID{finding.LegacyTokenSecretDeleted, finding.BoundPodDeleted}},
	{"1 a bound token", LogLine("[invalid bearer token, service account token has been invalidated]"), diagnose.Rejected, finding.BoundObjectGone, []finding.ID{finding.BoundPodDeleted}},
	{"2 kubernetes#106049", "[invalid bearer token, ServiceAccount UID (a) does not match claim (b)]", diagnose.Rejected, finding.ServiceAccountRecreated, nil},
	{"2 kubernetes#132802", LogLine("[invalid bearer token, service account UID (a) does not match claim (b)]"), diagnose.Rejected, finding.ServiceAccountRecreated, nil},
	{"3 kubernetes#77651", LogLine("[invalid bearer token, service account token has expired]"), diagnose.Rejected, finding.TokenExpired, nil},
	{"3 k3s#7198", `time="2023-04-03T08:00:00Z" level=error msg="x"` + "\n" + `E0403 08:00:00.1 1 authentication.go:63] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired]"`, diagnose.Rejected, finding.TokenExpired, nil},
	{"3 the old wording", "E0101 00:00:00.1 1 authentication.go:53] Unable to authenticate the request due to an error: [invalid bearer token, Token has expired.]", diagnose.Rejected, finding.TokenExpired, nil},
	{"5 kubernetes#110035", LogLine("[invalid bearer token, square/go-jose: error in cryptographic primitive]"), diagnose.Rejected, finding.CredentialRejected, []finding.ID{finding.SignatureInvalid, finding.SigningKeyUnknown}},
	{"6 kubernetes#120682", "the token in secret ci/robot-token for service account ci/robot has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the 'kubernetes.io/legacy-token-invalid-since' label from the secret to temporarily allow use of this token", diagnose.Rejected, finding.LegacyTokenMarkedInvalid, nil},
	{"7 vault-plugin-auth-jwt#206", `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc"]]`, diagnose.Rejected, finding.AudienceMismatch, nil},
	{"8 vault#15430", "2022-05-16T04:05:01.135Z [ERROR] auth.kubernetes.auth_kubernetes_34eb080c: login unauthorized due to: lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new token", diagnose.Undecided, finding.CredentialRejected, []finding.ID{finding.ServiceAccountDeleted, finding.ServiceAccountRecreated}},
	{"8 vault#11953", "error: login unauthorized due to: service account unauthorized; this could mean it has been deleted or recreated with a new token", diagnose.Undecided, finding.CredentialRejected, []finding.ID{finding.ServiceAccountDeleted}},
	{"9 argocd-vault-plugin#102", `tokenreviews.authentication.k8s.io is forbidden: User "system:serviceaccount:vault:default" cannot create resource "tokenreviews" in API group "authentication.k8s.io" at the cluster scope`, diagnose.Undecided, finding.ReviewNotPermitted, nil},
	{"11 azwi known issues", "open /var/run/secrets/azure/tokens/azure-identity-token: permission denied", diagnose.Undecided, finding.TokenFileUnreadable, nil},
	{"12 kubernetes#139046", `serviceaccounts "robot" is forbidden: audience "x" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience`, diagnose.Undecided, finding.AuthorizationDenied, nil},
	{"12 kubernetes#130485", `failed to fetch token: serviceaccounts "csi" is forbidden: audience "https://vault.example" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience`, diagnose.Undecided, finding.AuthorizationDenied, nil},
	{"13 kubernetes#58291", `Error from server (Forbidden): pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"`, diagnose.Anonymous, finding.AnonymousRequest, nil},
	{"13 as a Status", `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"","reason":"Forbidden","details":{"kind":"pods"},"code":403}`, diagnose.Anonymous, finding.AnonymousRequest, nil},
	{"13 a named user", `Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"`, diagnose.Undecided, finding.AuthorizationDenied, nil},
	{"14 extra space", "Warning: the provided Authorization header contains extra space before the bearer token, and is ignored", diagnose.Undecided, finding.TokenHasWhitespace, nil},
	{"14 with its answer", "Warning: the provided Authorization header contains extra space before the bearer token, and is ignored\n" + `Error from server (Forbidden): forbidden: User "system:anonymous" cannot get path "/api"`, diagnose.Anonymous, finding.TokenHasWhitespace, []finding.ID{finding.AnonymousRequest}},
	{"15 kubernetes#52919", `Unable to connect to the server: net/http: invalid header field value "Bearer s3cr3tOpaqueToken\n" for key Authorization`, diagnose.Undecided, finding.TokenHasWhitespace, nil},
	{"15 since Go 1.16", `Get "https://10.0.0.1:6443/api": net/http: invalid header field value for "Authorization"`, diagnose.Undecided, finding.TokenHasWhitespace, nil},
	{"15 another header", `net/http: invalid header field value for "User-Agent"` + "\nUnauthorized", diagnose.Rejected, finding.CredentialRejected, nil},
	{"20 kubeadm#2852", "Unable to connect to the server: x509: certificate has expired or is not yet valid: current time 2023-04-05T11:00:00Z is after 2023-04-05T10:00:00Z", diagnose.Undecided, finding.ServerCertificateExpired, nil},
	{"20 of a client, in the log", LogLine("[x509: certificate has expired or is not yet valid: current time 2023-04-05T11:00:00Z is after 2023-04-05T10:00:00Z, verifying certificate SN=1, SKID=, AKID=50:7F failed: x509: certificate has expired or is not yet valid: current time 2023-04-05T11:00:00Z is after 2023-04-05T10:00:00Z]"), diagnose.Rejected, finding.CertificateExpired, nil},
	{"21 kubernetes#48378", `Unable to connect to the server: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")`, diagnose.Undecided, finding.ServerCertificateUntrusted, nil},
	{"21 of a client, in the log", `[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "kubernetes")]`, diagnose.Rejected, finding.ClientCARebuilt, nil},
	{"22 kubelogin#1049", "Unable to connect to the server: getting credentials: exec plugin is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/v1beta1", diagnose.Undecided, finding.ExecPluginVersionMismatch, nil},
	{"22 no ExecCredential at all", "Unable to connect to the server: getting credentials: exec plugin is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/__internal", diagnose.Undecided, finding.ExecPluginFailed, nil},
	{"23 runner-images#6778", "Unable to connect to the server: getting credentials: exec: executable gke-gcloud-auth-plugin not found\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.", diagnose.Undecided, finding.ExecPluginNotFound, nil},
	{"23 of old", `Unable to connect to the server: getting credentials: exec: exec: "aws-iam-authenticator": executable file not found in $PATH`, diagnose.Undecided, finding.ExecPluginNotFound, nil},
	{"23 it is there and fails", "error: getting credentials: exec: executable aws failed with exit code 255", diagnose.Undecided, finding.ExecPluginFailed, nil},
	{"a session of AWS", "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token included in the request is expired", diagnose.Undecided, finding.LoginFailed, nil},
	{"a session of AWS, behind a plugin", "The SSO session associated with this profile has expired or is otherwise invalid.\nE0524 19:10:28.1 7 memcache.go:265] couldn't get current server API group list: Get \"https://10.0.0.1/api\": getting credentials: exec: executable aws failed with exit code 255", diagnose.Undecided, finding.ExecPluginFailed, nil},
	{"24 kubernetes#136887", LogLine("[invalid bearer token, oidc: email not verified]"), diagnose.Rejected, finding.OIDCEmailNotVerified, nil},
	{"24 vcluster#3930", "oidc: email not verified", diagnose.Rejected, finding.OIDCEmailNotVerified, nil},
	{"25 headlamp#670", `[invalid bearer token, oidc: verify token: oidc: expected audience "kubernetes" got ["headlamp"]]`, diagnose.Rejected, finding.AudienceMismatch, []finding.ID{finding.OIDCAccessToken}},
	{"25 oauth2-proxy#1617", "audience from claim aud with value [account] does not match with any of allowed audiences map[oauth2-proxy:{}]", diagnose.Undecided, finding.AudienceMismatch, nil},
	{"the signature of an outside issuer's token", LogLine("[invalid bearer token, oidc: verify token: failed to verify signature: failed to verify id token signature]"), diagnose.Rejected, finding.SignatureInvalid, nil},
	{"26 k3s#5278", LogLine("[invalid bearer token, oidc: authenticator not initialized]"), diagnose.Rejected, finding.OIDCNotInitialized, nil},
	{"26 its cause in the log", `E0308 10:00:00.1 1 oidc.go:335] oidc authenticator: initializing plugin: Get "https://idp.example/.well-known/openid-configuration": x509: certificate signed by unknown authority`, diagnose.Undecided, finding.OIDCNotInitialized, nil},
	{"27 kubelogin#1210", `error: get-token: authentication error: could not verify the ID token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES384"`, diagnose.Undecided, finding.AlgorithmNotAccepted, nil},
	{"27 by the API server", LogLine(`[invalid bearer token, oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES384"]`), diagnose.Rejected, finding.AlgorithmNotAccepted, nil},
	{"28 oauth2-proxy#2668", `oidc: id token issued by a different provider, expected "https://a/" got "https://a"`, diagnose.Undecided, finding.IssuerNotTrusted, nil},
	{"30 kubernetes#65785", LogLine("[invalid bearer token, oidc: authenticator not initialized]") + "\nerror: You must be logged in to the server (Unauthorized)", diagnose.Rejected, finding.OIDCNotInitialized, nil},
	{"32 JWKS refused to anonymous", `forbidden: User "system:anonymous" cannot get path "/openid/v1/jwks"`, diagnose.Anonymous, finding.AnonymousRequest, []finding.ID{finding.DiscoveryForbidden}},
	{"33 aws-load-balancer-controller#1226", "WebIdentityErr: failed to retrieve credentials\ncaused by: InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/ABC\n\tstatus code: 400, request id: x", diagnose.Undecided, finding.IssuerNotTrusted, nil},
	{"33 amazon-eks-irsa-cfn#18", "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token audience", diagnose.Undecided, finding.AudienceMismatch, nil},
	{"33 the trust policy", "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"34 azwi AADSTS70021", `{"error":"invalid_request","error_description":"AADSTS70021: No matching federated identity record found for presented assertion. Assertion Issuer: 'https://oidc.example/x'. Assertion Subject: 'system:serviceaccount:a:b'.\r\nTrace ID: b0f62116"}`, diagnose.Undecided, finding.AnswerNotFromAPIServer, []finding.ID{finding.IssuerNotTrusted, finding.AudienceMismatch}},
	{"34 azure-workload-identity#1200", "(invalid_client) AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://oidc.example/x/'.", diagnose.Undecided, finding.IssuerNotTrusted, nil},
	{"34 azwi AADSTS90061", "AADSTS90061: Request to External OIDC endpoint failed.", diagnose.Undecided, finding.DiscoveryUnreachable, nil},
	{"34 another fault of the directory", "AADSTS700016: Application with identifier 'x' was not found in the directory 'y'.", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"35 rancher#57218", LogLine("[invalid bearer token, the server has asked for the client to provide credentials]"), diagnose.Rejected, finding.WebhookAuthenticatorFailed, nil},
	{"36 kubeadm#668", `[discovery] Failed to connect to API Server "10.0.0.1:6443": token id "abcdef" is invalid for this cluster or it has expired. Use "kubeadm token create" on the control-plane node to create a new valid token`, diagnose.Undecided, finding.BootstrapTokenNotFound, []finding.ID{finding.BootstrapTokenExpired}},
	{"36 kubeadm#630", `there is no JWS signed token in the cluster-info ConfigMap. This token id "c33826" is invalid for this cluster, can't connect`, diagnose.Undecided, finding.BootstrapTokenNotFound, nil},
	{"36 the other half is wrong", "failed to verify JWS signature of received cluster info object, can't trust this API Server", diagnose.Undecided, finding.BootstrapTokenSecretMismatch, nil},

	// Behind the API server.
	{"the kubelet refuses the API server", "error: unable to upgrade connection: Unauthorized", diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"the kubelet refuses the API server's log request", "error: You must be logged in to the server (the server has asked for the client to provide credentials ( pods/log web-1))", diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"the kubelet takes the API server for nobody", "Error from server (Forbidden): Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource=proxy) ( pods/log web)", diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"the kubelet knows the API server, and its rights do not suffice", "Error from server (Forbidden): Forbidden (user=kube-apiserver-kubelet-client, verb=get, resource=nodes, subresource=proxy) ( pods/log web)", diagnose.Undecided, finding.AuthorizationDenied, nil},
	{"the kubelet refuses metrics-server", `E0524 19:10:28.1 1 scraper.go:149] "Failed to scrape node" err="request failed, status: \"401 Unauthorized\"" node="n1"`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"an aggregated API refuses the API server", "failing or missing response from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: bad status from https://10.96.1.2:443/apis/metrics.k8s.io/v1beta1: 401", diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"an aggregated API that is not there", "Error from server (ServiceUnavailable): the server is currently unable to handle the request (get nodes.metrics.k8s.io)", diagnose.Undecided, finding.APIServerError, []finding.ID{finding.AggregatedAPIRefused}},
	{"an aggregated API that may not ask", `Error from server (InternalError): an error on the server ("Internal Server Error: \"/apis/metrics.k8s.io/v1beta1\": subjectaccessreviews.authorization.k8s.io is forbidden: User \"system:serviceaccount:kube-system:metrics-server\" cannot create resource \"subjectaccessreviews\" in API group \"authorization.k8s.io\" at the cluster scope") has prevented the request from succeeding`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"an aggregated API that may not review", `"Failed to make webhook authenticator request: tokenreviews.authentication.k8s.io is forbidden: User \"system:serviceaccount:kube-system:metrics-server\" cannot create resource \"tokenreviews\" in API group \"authentication.k8s.io\" at the cluster scope"`, diagnose.Undecided, finding.ReviewNotPermitted, []finding.ID{finding.AggregatedAPIRefused}},
	{"an aggregated API that may not read whom to believe", `unable to load configmap based request-header-client-ca-file: configmaps "extension-apiserver-authentication" is forbidden: User "system:serviceaccount:kube-system:metrics-server" cannot get resource "configmaps" in API group "" in the namespace "kube-system"`, diagnose.Undecided, finding.AuthorizationDenied, nil},

	// What everybody sees.
	{"a 401 of kubectl", "error: You must be logged in to the server (Unauthorized)", diagnose.Rejected, finding.CredentialRejected, nil},
	{"a 401 in discovery", "E0524 19:10:28.1 99 memcache.go:265] couldn't get current server API group list: the server has asked for the client to provide credentials\nerror: You must be logged in to the server (the server has asked for the client to provide credentials)", diagnose.Rejected, finding.CredentialRejected, []finding.ID{finding.AnswerNotFromAPIServer}},
	{"a 401 of client-go", `reflector.go:125] Failed to list *v1.Pod: Unauthorized`, diagnose.Rejected, finding.CredentialRejected, nil},
	{"a 401 as a Status", `{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`, diagnose.Rejected, finding.CredentialRejected, nil},
	{"a 401 and the log", "error: You must be logged in to the server (Unauthorized)\n" + LogLine("[invalid bearer token, service account token has expired]"), diagnose.Rejected, finding.TokenExpired, nil},
	{"a 401 in the audit log", `{"kind":"Event","responseStatus":{"metadata":{},"status":"Failure","message":"Authentication failed, attempted: bearer","reason":"Unauthorized","code":401}}`, diagnose.Rejected, finding.CredentialRejected, nil},
	{"nothing was sent, in the audit log", "Authentication failed, no credentials provided", diagnose.Rejected, finding.AnonymousRequest, []finding.ID{finding.NoCredential}},
	{"nobody had a word", "invalid bearer token", diagnose.Rejected, finding.CredentialRejected, []finding.ID{finding.IssuerNotTrusted}},
	{"a webhook's own words", "[invalid bearer token, no such user, sorry]", diagnose.Rejected, finding.CredentialRejected, []finding.ID{finding.WebhookRejected}},
	{"a webhook that is down", LogLine(`[invalid bearer token, Post "https://hook:8443/authenticate?timeout=30s": dial tcp 192.0.2.1:8443: connect: connection refused]`), diagnose.Rejected, finding.WebhookAuthenticatorFailed, nil},
	{"the same words of a client", `Post "https://api:6443/apis": dial tcp 192.0.2.1:6443: connect: connection refused`, diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"TokenReview as YAML", "status:\n  error: '[invalid bearer token, [invalid bearer token, service account token has expired]]'\n  user: {}", diagnose.Rejected, finding.TokenExpired, nil},
	{"TokenReview as JSON", `"error": "[invalid bearer token, oidc: verify token: oidc: expected audience \"a\" got [\"b\"]]",`, diagnose.Rejected, finding.AudienceMismatch, nil},
	{"a log in JSON", `{"ts":1,"caller":"filters/authentication.go:73","msg":"Unable to authenticate the request","err":"[invalid bearer token, invalid signature, no keys found]"}`, diagnose.Rejected, finding.SigningKeyUnknown, nil},
	{"a log of several lines", "\"Unable to authenticate the request\" err=<\n\t[invalid bearer token, service account token\n\t has expired]\n >", diagnose.Rejected, finding.TokenExpired, nil},
	{"a 401 and no more", "401 Unauthorized", diagnose.Undecided, finding.CredentialRejected, []finding.ID{finding.AnswerNotFromAPIServer}},
	{"a 401 of curl", "curl: (22) The requested URL returned error: 401", diagnose.Undecided, finding.CredentialRejected, nil},
	{"a 401 in curl's headers", "* Connected\n< HTTP/2 401 \n< audit-id: x", diagnose.Undecided, finding.CredentialRejected, nil},
	{"a 401 and its words", "HTTP/2 401 Unauthorized", diagnose.Undecided, finding.CredentialRejected, nil},
	{"a 401 with an address", "error: got 401 from https://api.example:6443/api", diagnose.Undecided, finding.CredentialRejected, nil},
	{"a 401 of fabric8", "Failure executing: GET at: https://10.0.0.1/api/v1/pods. Message: Unauthorized! Token may have expired! Please log-in again. Unauthorized.", diagnose.Undecided, finding.CredentialRejected, nil},
	{"a 401 and the server's own body", "HTTP/2 401\n" + `{"kind":"Status","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`, diagnose.Rejected, finding.CredentialRejected, nil},
	{"whoami is not there", "error: the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it", diagnose.Undecided, finding.APIServerError, []finding.ID{finding.AnonymousRequest}},
	{"another name", "x509: certificate is valid for 10.96.0.1, 192.168.0.1, not 203.0.113.7", diagnose.Undecided, finding.ServerCertificateNameMismatch, nil},
	{"http answered", "http: server gave HTTP response to HTTPS client", diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"http asked", "Error from server (BadRequest): Client sent an HTTP request to an HTTPS server.", diagnose.Undecided, finding.PlainHTTPServer, nil},
	{"refused", "The connection to the server localhost:8080 was refused - did you specify the right host or port?", diagnose.Undecided, finding.NoCredential, nil},
	{"refused elsewhere", "The connection to the server 192.0.2.7:6443 was refused - did you specify the right host or port?", diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"no name", "dial tcp: lookup api.example on 10.0.0.53:53: no such host", diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"no answer", "dial tcp 192.0.2.1:6443: i/o timeout", diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"a session of Argo CD", "FATA[0003] rpc error: code = Unauthenticated desc = invalid session: token has invalid claims: token is expired", diagnose.Undecided, finding.TokenExpired, nil},
	{"another session of Argo CD", "rpc error: code = Unauthenticated desc = invalid session: account password has changed since token issued", diagnose.Undecided, finding.CredentialRejected, nil},
	{"GitLab's agent server", "error: You must be logged in to the server (GitLab Agent Server: Unauthorized: CI job token: HTTP status code: 401)", diagnose.Undecided, finding.CredentialRejected, nil},
	{"oc login", "error: The token provided is invalid or expired.", diagnose.Rejected, finding.CredentialRejected, nil},
	{"TLS of a Java client", "io.kubernetes.client.openapi.ApiException: javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure", diagnose.Undecided, finding.APIServerUnreachable, nil},
	{"a key of kube-rs", "Error: kube: failed to load client key: failed to decode base64 data: Invalid symbol 45, offset 0.", diagnose.Undecided, finding.KubeconfigInvalid, nil},
	{"a proxy behind kubectl proxy", "E0524 19:10:28.1 99 proxy_server.go:147] Error while proxying request: Service Unavailable", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"an auth provider", "error: The gcp auth plugin has been removed.\nPlease use the \"gke-gcloud-auth-plugin\" kubectl/client-go credential plugin instead.", diagnose.Undecided, finding.AuthProviderRemoved, nil},
	{"a token file", `failed to read token file "/x/token": open /x/token: no such file or directory`, diagnose.Undecided, finding.TokenFileUnreadable, nil},
	{"Vault denies", "Error writing data to auth/kubernetes/login: Error making API request.\nCode: 403. Errors:\n\n* permission denied", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Rancher's proxy", `{"type":"error","status":"401","message":"must authenticate"}`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Rancher's proxy, in words", "Unauthorized 401: must authenticate", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Rancher without an agent", "Error from server (ServiceUnavailable): ClusterUnavailable 503: cluster agent is away", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"a gateway without the cluster", `Error from server (InternalError): an error on the server ("cluster not found") has prevented the request from succeeding`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Teleport without groups", "Error from server (Forbidden): Your user's Teleport role does not allow Kubernetes access. Please ask cluster administrator to ensure your role has appropriate kubernetes_groups and kubernetes_users set.", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Teleport without the cluster", `Error from server (Forbidden): kubernetes cluster "things" not found`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"tsh without the cluster", `ERROR: Kubernetes cluster "things" is not registered in this Teleport cluster; you can list registered Kubernetes clusters using 'tsh kube ls'.`, diagnose.Undecided, finding.LoginFailed, nil},
	{"Tailscale's proxy", `Error from server (InternalError): an error on the server ("failed to authenticate caller") has prevented the request from succeeding`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Google's gateway", `Error from server (Forbidden): Permission 'gkehub.gateway.list' denied on resource "projects/812/locations/global/memberships/things" (or it may not exist)`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"Google's clusters", `ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "projects/lab/zones/z/clusters/things".`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"a proxy that may not impersonate", `Error from server (Forbidden): users "jane" is forbidden: User "system:serviceaccount:web:gateway" cannot impersonate resource "users" in API group "" at the cluster scope`, diagnose.Undecided, finding.AuthorizationDenied, nil},
	{"oc's password", "Login failed (401 Unauthorized)\nVerify you have provided correct credentials.", diagnose.Undecided, finding.LoginFailed, nil},
	{"oc's token page", "You must obtain an API token by visiting https://oauth.lab.example/oauth/token/request", diagnose.Undecided, finding.LoginFailed, nil},
	{"Boundary's own token", "Error from controller when performing authorize-session action against given target\n\nError information:\n  Kind:                Unauthenticated\n  Message:             Unauthenticated, or invalid token.\n  Status:              401", diagnose.Undecided, finding.LoginFailed, nil},
	{"Azure Arc's proxy", "Failed to post access token to client proxyAudience 812/.default is not a supported MSI token audience.", diagnose.Undecided, finding.LoginFailed, nil},
	{"the secret in Entra ID's old words", "AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided.", diagnose.Undecided, finding.LoginFailed, nil},
	{"the certificate in Entra ID's old words", "AADSTS50012: Client assertion contains an invalid signature. [Reason - The key used is expired.", diagnose.Undecided, finding.LoginFailed, nil},
	{"Google's audience", "The audience in ID Token [sts.googleapis.com] does not match the expected audience.", diagnose.Undecided, finding.AudienceMismatch, nil},
}
