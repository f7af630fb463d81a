package pastedtest

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func init() { Errors = append(Errors, Joining...) }

// Joining are errors of programs that add nodes, of programs that decide about tokens, and of kube-apiserver's start. Name is a
// part of the headline.
var Joining = []Error{
	{"anonymous requests", `error execution phase preflight: couldn't validate the identity of the API Server: Unauthorized`, diagnose.Undecided, finding.AnonymousRequest, nil},
	{"anonymous requests", `I0102 03:04:05.600000  812 token.go:223] [discovery] Retrying due to error: failed to request the cluster-info ConfigMap: Unauthorized`, diagnose.Undecided, finding.AnonymousRequest, nil},
	{"pinned hash", `error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "sha256:0a1b2c" are pinned`, diagnose.Undecided, finding.ClusterCAMismatch, nil},
	{"uploaded certificates", `error execution phase control-plane-prepare/download-certs: error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. This Secret might have expired.`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"certificate key", `error downloading certs: error decoding secret data with provided key: cipher: message authentication failed`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"bootstrap credential", `Jan 02 03:04:05 n7 kubelet[812]: E0102 03:04:05.600000     812 run.go:72] "command failed" err="failed to run Kubelet: cannot create certificate signing request: Unauthorized"`, diagnose.Undecided, finding.CredentialRejected, nil},
	{"client certificate has expired", `E0102 03:04:05.600000     812 bootstrap.go:266] part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2025-12-31 00:00:00 +0000 UTC`, diagnose.Undecided, finding.CertificateExpired, nil},
	{"bootstrap kubeconfig", `err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"`, diagnose.Undecided, finding.KubeconfigInvalid, nil},
	{"another cluster CA", `time="2026-01-02T03:04:05Z" level=fatal msg="starting kubernetes: preparing server: failed to validate token: token CA hash does not match the Cluster CA certificate hash: 0a1b != 2c3d"`, diagnose.Undecided, finding.ClusterCAMismatch, nil},
	{"password", `level=info msg="Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag"`, diagnose.Undecided, finding.NodePasswordRejected, nil},
	{"another token", `level=fatal msg="failed to bootstrap cluster data: bootstrap data already found and encrypted with different token"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"malformed", `level=error msg="failed to validate token: invalid token format"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"aggregated API rejects", `error: unable to retrieve the complete list of server APIs: external.metrics.k8s.io/v1beta1: the server has asked for the client to provide credentials`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"kubelet rejects", `unable to fetch metrics from node n7: request failed - "401 Unauthorized", response: "Unauthorized"`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"kubelet denies", `unable to fetch metrics from node n7: request failed - "403 Forbidden"`, diagnose.Undecided, finding.AggregatedAPIRefused, nil},
	{"bootstrap token of kubeadm join", `error execution phase preflight: unable to fetch the kubeadm-config ConfigMap: failed to get config map: Unauthorized`, diagnose.Undecided, finding.CredentialRejected, nil},
	{"does not permit", `level=fatal msg="starting kubernetes: preparing server: https://192.0.2.7:9345/v1-rke2/server-bootstrap: 403 Forbidden"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"token of the node", `level=error msg="token is not valid: https://127.0.0.1:6444/apis: 401 Unauthorized"`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"tunnel", `Error from server: error dialing backend: proxy error from 127.0.0.1:6443 while dialing 192.0.2.9:10250, code 502: 502 Bad Gateway`, diagnose.Undecided, finding.OtherServerUnreachable, nil},
	{"microk8s join", "Contacting cluster at 192.0.2.5\nConnection failed. Invalid token (500).", diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"token for joining", `failed to join k8sd cluster as worker: Failed to run post-bootstrap actions: HTTP request for worker node info failed: invalid token`, diagnose.Undecided, finding.AnswerNotFromAPIServer, nil},
	{"not mapped", `time="2026-01-02T03:04:05Z" level=warning msg="access denied" arn="arn:aws:iam::000000000000:user/jane" client="127.0.0.1:1" error="ARN is not mapped" method=POST path=/authenticate`, diagnose.Undecided, finding.WebhookRejected, nil},
	{"expired", `level=warning msg="access denied" client="127.0.0.1:1" error="input token was not properly formatted: X-Amz-Date parameter is expired (15 minute expiration) 2025-12-31 00:00:00 +0000 UTC" method=POST`, diagnose.Undecided, finding.AWSIAMTokenExpired, nil},
	{"signature", `level=warning msg="access denied" client="127.0.0.1:1" error="sts getCallerIdentity failed: error from AWS (expected 200, got 403). Body: {\"Error\":{\"Code\":\"SignatureDoesNotMatch\"}}" method=POST`, diagnose.Undecided, finding.WebhookRejected, nil},
	{"Rancher", `level=error msg="auth expired at 2025-12-31T00:00:00Z"`, diagnose.Undecided, finding.TokenExpired, nil},
	{"exclude", `E0102 03:04:05.600000       1 run.go:72] "command failed" err="authentication-config file and oidc-* flags are mutually exclusive"`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"AuthenticationConfiguration is invalid", `"command failed" err="invalid authentication config: jwt[1].issuer.audiences: Required value: at least one jwt[1].issuer.audiences is required"`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"--oidc-", `Error: oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"ServiceAccount tokens", `"command failed" err="service-account-issuer is a required flag, --service-account-signing-key-file and --service-account-issuer are required flags"`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"client certificates", `err="unable to load client CA file: open /etc/kubernetes/pki/extra.crt: no such file or directory"`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"removed the flag", `Error: unknown flag: --basic-auth-file`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"--token-auth-file", `kube-apiserver[812]: invalid authentication config: line 3, column 17: extraneous " in field`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
	{"not an object", `error: resource mapping not found for name: "" namespace: "" from "a.yaml": no matches for kind "AuthenticationConfiguration" in version "apiserver.config.k8s.io/v1"`, diagnose.Undecided, finding.AuthenticationConfigInvalid, nil},
}
