package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// joining are errors of programs that add nodes, of token webhooks, and of kube-apiserver's start, with a part of the headline.
var joining = []struct {
	text  string
	cause finding.ID
	title string
}{
	{`error execution phase preflight: couldn't validate the identity of the API Server: Unauthorized`, finding.AnonymousRequest, "anonymous requests"},
	{`I0102 03:04:05.600000  812 token.go:223] [discovery] Retrying due to error: failed to request the cluster-info ConfigMap: Unauthorized`, finding.AnonymousRequest, "anonymous requests"},
	{`error execution phase preflight: couldn't validate the identity of the API Server: cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "sha256:0a1b2c" are pinned`,
		finding.ClusterCAMismatch, "pinned hash"},
	{`error execution phase control-plane-prepare/download-certs: error downloading certs: error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. This Secret might have expired.`,
		finding.AnswerNotFromAPIServer, "uploaded certificates"},
	{`error downloading certs: error decoding secret data with provided key: cipher: message authentication failed`, finding.AnswerNotFromAPIServer, "certificate key"},
	{`Jan 02 03:04:05 n7 kubelet[812]: E0102 03:04:05.600000     812 run.go:72] "command failed" err="failed to run Kubelet: cannot create certificate signing request: Unauthorized"`, finding.CredentialRejected, "bootstrap credential"},
	{`E0102 03:04:05.600000     812 bootstrap.go:266] part of the existing bootstrap client certificate in /etc/kubernetes/kubelet.conf is expired: 2025-12-31 00:00:00 +0000 UTC`, finding.CertificateExpired, "client certificate has expired"},
	{`err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"`, finding.KubeconfigInvalid, "bootstrap kubeconfig"},
	{`time="2026-01-02T03:04:05Z" level=fatal msg="starting kubernetes: preparing server: failed to validate token: token CA hash does not match the Cluster CA certificate hash: 0a1b != 2c3d"`, finding.ClusterCAMismatch, "another cluster CA"},
	{`level=info msg="Waiting to retrieve agent configuration; server is not ready: Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag"`,
		finding.NodePasswordRejected, "password"},
	{`level=fatal msg="failed to bootstrap cluster data: bootstrap data already found and encrypted with different token"`, finding.AnswerNotFromAPIServer, "another token"},
	{`level=error msg="failed to validate token: invalid token format"`, finding.AnswerNotFromAPIServer, "malformed"},

	{`time="2026-01-02T03:04:05Z" level=warning msg="access denied" arn="arn:aws:iam::000000000000:user/jane" client="127.0.0.1:1" error="ARN is not mapped" method=POST path=/authenticate`, finding.WebhookRejected, "not mapped"},
	{`level=warning msg="access denied" client="127.0.0.1:1" error="input token was not properly formatted: X-Amz-Date parameter is expired (15 minute expiration) 2025-12-31 00:00:00 +0000 UTC" method=POST`, finding.AWSIAMTokenExpired, "expired"},
	{`level=warning msg="access denied" client="127.0.0.1:1" error="sts getCallerIdentity failed: error from AWS (expected 200, got 403). Body: {\"Error\":{\"Code\":\"SignatureDoesNotMatch\"}}" method=POST`, finding.WebhookRejected, "signature"},
	{`level=error msg="auth expired at 2025-12-31T00:00:00Z"`, finding.TokenExpired, "Rancher"},

	{`E0102 03:04:05.600000       1 run.go:72] "command failed" err="authentication-config file and oidc-* flags are mutually exclusive"`, finding.AuthenticationConfigInvalid, "exclude"},
	{`"command failed" err="invalid authentication config: jwt[1].issuer.audiences: Required value: at least one jwt[1].issuer.audiences is required"`, finding.AuthenticationConfigInvalid, "AuthenticationConfiguration is invalid"},
	{`Error: oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set`, finding.AuthenticationConfigInvalid, "--oidc-"},
	{`"command failed" err="service-account-issuer is a required flag, --service-account-signing-key-file and --service-account-issuer are required flags"`, finding.AuthenticationConfigInvalid, "ServiceAccount tokens"},
	{`err="unable to load client CA file: open /etc/kubernetes/pki/extra.crt: no such file or directory"`, finding.AuthenticationConfigInvalid, "client certificates"},
	{`Error: unknown flag: --basic-auth-file`, finding.AuthenticationConfigInvalid, "removed the flag"},
	{`error: resource mapping not found for name: "" namespace: "" from "a.yaml": no matches for kind "AuthenticationConfiguration" in version "apiserver.config.k8s.io/v1"`, finding.AuthenticationConfigInvalid, "not an object"},
}

// TestJoining: the cause follows from the message, whatever names, times and loggers are around it.
func TestJoining(t *testing.T) {
	swaps := append([]*strings.Replacer{strings.NewReplacer(), strings.NewReplacer("n7", "edge-3", "812", "7", "a.yaml", "b.yaml", "0a1b", "ffee", "extra.crt", "ca.crt", "jane", "maria", "000000000000", "123123123123")}, swaps...)
	for _, c := range joining {
		for i, swap := range swaps {
			text := swap.Replace(c.text)
			d, ok := FromText(text)
			if !ok || d.Cause != c.cause {
				t.Errorf("after swap %d, not %s but %+v: %s", i, c.cause, d, text)
				continue
			}
			f := d.Findings[0]
			if !strings.Contains(f.Title.String(), c.title) {
				t.Errorf("the title of %s does not contain %q: %s", c.text, c.title, f.Title)
			}
			if len(f.Remedy) == 0 {
				t.Errorf("no fix for %s", c.text)
			}
			if d.Verdict != diagnose.Undecided {
				t.Errorf("the verdict is %s, although the text has no API server's judgement of a user's credential: %s", d.Verdict, c.text)
			}
		}
	}
}

// TestNeighboursOfJoining: the words of other programs that resemble these messages.
func TestNeighboursOfJoining(t *testing.T) {
	for _, text := range []string{
		`error: unknown flag: --authentication`,
		`error: no matches for kind "Widget" in version "shop.example/v1"`,
		`level=error msg="access denied" user=jane path=/admin`,
		`level=error msg="auth server started at 2025-12-31T00:00:00Z"`,
		`ERROR: password rejected for user jane`,
		`level=info msg="node password verified"`,
		`Error: service-account is a required flag`,
		`the public keys are pinned`,
		`cannot create certificate: disk full`,
		`invalid configuration: jwt[0] is empty`,
		`mapper: Role not found`,
		`kubeadm-certs was renewed`,
	} {
		if got := causeOf(text); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}
