package errortext

import (
	"slices"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Servers between a client and a cluster judge credentials of their own.
func TestClientTools(t *testing.T) {
	for _, c := range []struct {
		text string
		key  Key
		id   finding.ID
	}{
		{`FATA[0003] rpc error: code = Unauthenticated desc = invalid session: Token is expired`, "argocd-session-expired", finding.TokenExpired},
		{`time="2026-12-01T08:01:02Z" level=info msg="finished call" error="rpc error: code = Unauthenticated desc = invalid session: oidc: token is expired (Token Expiry: 2026-12-01 07:00:00 +0000 UTC)"`, "argocd-session-expired", finding.TokenExpired},
		{`rpc error: code = Unauthenticated desc = invalid session: token has invalid claims: token is not valid yet`, "argocd-session-clock", finding.TokenNotYetValid},
		{`rpc error: code = Unauthenticated desc = invalid session: token signature is invalid: signature is invalid`, "argocd-session", finding.CredentialRejected},
		{`rpc error: code = Unauthenticated desc = no session information`, "argocd-session", finding.CredentialRejected},
		{`argocd: rpc error: code = Unauthenticated desc = invalid session`, "argocd-session", finding.CredentialRejected},
		{`argocd: rpc error: code = Unauthenticated desc = Invalid username or password`, "argocd-login", finding.CredentialRejected},
		{`error: GitLab Agent Server: Unauthorized: CI job token: HTTP status code: 401 for path /api/v4/job/allowed_agents. Trace ID: 0af7`, "gitlab-agent-credential", finding.CredentialRejected},
		{`error: You must be logged in to the server (GitLab Agent Server: Unauthorized. Trace ID: 0af7)`, "gitlab-agent-credential", finding.CredentialRejected},
		{`Error from server (Forbidden): GitLab Agent Server: Forbidden: agentId is not allowed. Trace ID: 0af7`, "gitlab-agent-access", finding.CredentialRejected},
		{`kube: auth error: exec-plugin response did not contain a status`, "", finding.ExecPluginNoCredential},
		{`kube: auth error: invalid bearer token: failed to parse header value`, "", finding.TokenHasWhitespace},
		{`io.kubernetes.client.openapi.ApiException: javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure`, "tls-handshake", finding.APIServerUnreachable},
		{`"msg": "Failed to get client due to Host value http://localhost should start with https:// when talking to HTTPS endpoint"`, "no-host", finding.NoCredential},
		{`thread 'main' panicked at 'failed to load kubernetes config: ErrorMessage { msg: "Failed to get data/file with base64 format" }`, "", finding.KubeconfigInvalid},
		{`kubectl: failed (502) 502 Bad Gateway: <html>`, "web-page", finding.AnswerNotFromAPIServer},
		{`Unable to connect to the server: http: server gave HTTP response to HTTPS client`, "answered-in-plain-http", finding.APIServerUnreachable},
		{`kube-ansible: Get https://:8443/api?timeout=32s: tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config`, "server-malformed", finding.KubeconfigInvalid},
		{`Error: kubernetes configuration file "/root/.kube/config" does not exist`, "kubeconfig-missing", finding.NoCredential},
		{`kubernetes: Hyper error: invalid certificate: InvalidReferenceName`, "client-without-addresses", finding.ServerCertificateNameMismatch},
		{`error: oidc: failed to query metadata endpoint 404 Not Found: "<html>"`, "provider-discovery", finding.AuthProviderFailed},
	} {
		found := Find(c.text)
		if len(found) == 0 || !slices.ContainsFunc(found, func(r Reason) bool { return r.Key == c.key && slices.Equal(r.IDs, only(c.id)) }) {
			t.Errorf("%s: %+v, want %s %s", c.text, found, c.key, c.id)
		}
	}
}

// Other programs have such words too.
func TestClientToolsNeighbours(t *testing.T) {
	for _, text := range []string{
		`rpc error: code = Unauthenticated desc = transport: per-RPC creds failed`, `rpc error: code = Unauthenticated desc = invalid session`, `rpc error: code = Unauthenticated desc = Invalid username or password`,
		`401: The token provided is invalid or expired`, `shop: invalid session: Token is expired`, `failed to verify token: token is expired`,
		`javax.net.ssl.SSLHandshakeException: Received fatal alert: handshake_failure`, `refreshing credentials: shop is closed`, `ID Token is not a valid JWT`,
	} {
		if found := Find(text); len(found) > 0 {
			t.Errorf("%q: %+v", text, found)
		}
	}
}

// The folders of a path on Windows are no escapes, in whatever way the path is quoted.
func TestPathOfWindows(t *testing.T) {
	const file = `C:\Users\j\.kube\config`
	for _, text := range []string{
		`error: error loading config file "C:\Users\j\.kube\config": yaml: line 3: mapping values are not allowed in this context`,
		`error: error loading config file "C:\\Users\\j\\.kube\\config": yaml: line 3: mapping values are not allowed in this context`,
		`{"msg":"error loading config file \"C:\\Users\\j\\.kube\\config\": yaml: line 3: mapping values are not allowed in this context"}`,
	} {
		if found := Find(text); len(found) != 1 || found[0].Values["file"] != file {
			t.Errorf("%s: %+v", text, found)
		}
	}
}
