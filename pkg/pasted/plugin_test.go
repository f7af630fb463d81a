package pasted

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// exits is what client-go says after a plugin's own message.
func exits(program, code string) string {
	return `E0203 04:05:06.123456   88421 memcache.go:265] couldn't get current server API group list: Get "https://203.0.113.9:6443/api?timeout=32s": getting credentials: exec: executable ` + program + ` failed with exit code ` + code
}

// ruling are texts in which one message explains the others, line by line.
var ruling = []struct {
	name    string
	lines   []string
	verdict diagnose.Verdict
	cause   finding.ID
	says    []string // in the title, the detail and the fix
}{
	{"an argument that the plugin does not know", []string{"Error: unknown flag: --tenant", exits("/opt/bin/kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed,
		[]string{"exec plugin kubelogin", "does not know an argument", "--tenant", "another program of the same name"}},
	{"an argument in Python", []string{"usage: aws [options]", "aws: error: argument operation: Invalid choice, valid choices are:", exits("aws", "2")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"aws", "too old", "version"}},
	{"an SSO session of AWS", []string{"Error when retrieving token from sso: Token has expired and refresh failed", exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin aws", "SSO", "aws sso login"}},
	{"a profile of AWS", []string{"The config profile (blue) could not be found", exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"profile", "aws configure list-profiles"}},
	{"a role of AWS", []string{"An error occurred (AccessDenied) when calling the AssumeRole operation: User: x is not authorized to perform: sts:AssumeRole on resource: y", exits("aws", "254")}, diagnose.Undecided, finding.ExecPluginFailed,
		[]string{"does not permit", "aws sts get-caller-identity"}},
	{"gcloud", []string{"F0203 04:05:06.1 7 cred.go:150] print credential failed with error: Failed to retrieve access token:: failure while executing gcloud, with args [config config-helper --format=json]: exit status 1 (err: ERROR: (gcloud.config.config-helper) There was a problem refreshing your current auth tokens: invalid_grant: Bad Request",
		exits("gke-gcloud-auth-plugin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"gcloud needs a new login", "gcloud auth login"}},
	{"gcloud without a network", []string{"ERROR: (gcloud.config.config-helper) There was a problem refreshing your current auth tokens: Unable to find the server at www.googleapis.com",
		exits("gke-gcloud-auth-plugin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"gcloud cannot reach Google"}},
	{"an error that nobody knows", []string{"ERROR: the flux is out of balance", exits("doctl", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin doctl", "the flux is out of balance", "doctl auth init"}},
	{"words that nobody knows", []string{"the flux of the keyring is out of balance", exits("doctl", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"the exec plugin doctl failed"}},
	{"a Pod's token at AWS", []string{"An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: Token expired", exits("aws", "254")}, diagnose.Undecided, finding.TokenExpired, []string{"AWS rejected the token"}},
	{"a key of OCI", []string{`    "code": "NotAuthenticated",`, exits("oci", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"OCI CLI is not valid"}},
	{"a variable of client-go", []string{"Error: cannot convert to ExecCredential: unexpected end of JSON input", exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"KUBERNETES_EXEC_INFO"}},
	{"a redirect that Keycloak does not know", []string{"error: get-token: authentication error: authcode-browser error: authentication error: authorization code flow error: oauth2 error: authorization error: authorization error from server: invalid_request Invalid parameter: redirect_uri",
		exits("kubectl", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"redirect URL"}},
	{"an SSO session that is not defined", []string{`The SSO session configuration "lab" referenced in profile "blue" does not exist`, exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"profile"}},
	{"an error before a known one", []string{"Error: nothing works: the region is gone: not logged in", exits("linode-cli", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin linode-cli: the plugin needs a new login"}},
	{"a token in place of its file", []string{"Error: failed to get token: failed to acquire token. open eyJhbGciOiJub25lIn0: file name too long", exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"instead of the name of a file"}},
	{"an argument that is empty", []string{"Error: tenantID cannot be empty", exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"arguments for Azure's kubelogin", "tenantID"}},
	{"a request that was given up", []string{"ERROR: timed out waiting for callback", exits("tsh", "1") + " (Client.Timeout exceeded while awaiting headers)"}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin tsh", "was not finished in time"}},
	{"a session in gRPC's words", []string{"ERROR: rpc error: code = Unauthenticated desc = no such session", exits("yc", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin yc", "needs a new login"}},
	{"gcloud's folder", []string{"ERROR: (gcloud.config.config-helper) Unable to create private file [/.config/gcloud/access_tokens.db]: [Errno 30] Read-only file system", exits("gke-gcloud-auth-plugin", "1")}, diagnose.Undecided, finding.ExecPluginFailed,
		[]string{"configuration folder", "CLOUDSDK_CONFIG"}},
	{"a keyring", []string{"error: get-token: could not get the token from the keyring: no such interface", exits("kubectl", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"keyring", "--token-cache-storage=disk"}},
	{"the AWS CLI and another botocore", []string{"'credentialScope'", exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"too old"}},
	{"a region that is empty", []string{"Invalid endpoint: https://sts..amazonaws.com", exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"region"}},
	{"gcloud that crashes", []string{"ERROR: gcloud crashed (ImportError): no module named _ssl", exits("gke-gcloud-auth-plugin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"gcloud crashed", "gcloud components update"}},
	{"Entra ID, in JSON", []string{"Error: failed to get token: ClientSecretCredential authentication failed.", "RESPONSE 401 Unauthorized", `  "error": "invalid_client",`, `  "error_description": "AADSTS7000222: The provided client secret keys for app 'a' are expired."`,
		exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin kubelogin", "the client secret has expired", "az ad app credential reset"}},
	{"a Conditional Access policy", []string{"AADSTS53000: Device is not in required device state: compliant.", exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"Conditional Access", "-l interactive"}},
	{"no browser", []string{`error: get-token: authentication error: authcode-browser error: could not open the browser: exec: "xdg-open,x-www-browser,www-browser": executable file not found in $PATH`, exits("kubectl", "1")},
		diagnose.Undecided, finding.ExecPluginFailed, []string{"no browser", "--grant-type=device-code"}},
	{"a port in use", []string{"error: get-token: could not start a local server: no available port: listen tcp 127.0.0.1:8000: bind: address already in use", exits("kubectl", "1")},
		diagnose.Undecided, finding.ExecPluginFailed, []string{"--listen-address"}},
	{"an issuer with a private CA", []string{`error: get-token: authentication error: oidc error: oidc discovery error: Get "https://login.corp.example/.well-known/openid-configuration": x509: certificate signed by unknown authority`, exits("kubectl", "1")},
		diagnose.Undecided, finding.IssuerCertificateRejected, []string{"OIDC issuer", "not about your kubeconfig"}},
	{"an issuer that does not answer", []string{`error: get-token: authentication error: oidc error: oidc discovery error: Get "https://login.corp.example/.well-known/openid-configuration": EOF`, exits("kubectl", "1")},
		diagnose.Undecided, finding.ExecPluginFailed, []string{"discovery document", "--certificate-authority=FILE", "not the one to the API server"}},
	{"a connection of the plugin", []string{`Could not connect to the endpoint URL: "https://sts.eu-north-1.amazonaws.com/"`, exits("aws", "255")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"could not connect", "HTTPS_PROXY"}},
	{"a program that the plugin runs", []string{"/bin/bash: line 1: saml2aws: command not found", exits("/home/me/eks.sh", "127")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin eks.sh", "not found", "PATH"}},
	{"a program that a plugin in Go runs", []string{`exec: "az": executable file not found in $PATH`, exits("kubelogin", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"Azure CLI", "PATH"}},
	{"a crash", []string{"Traceback (most recent call last):", "ModuleNotFoundError: No module named 'six'", exits("oci", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin oci", "crashed"}},
	{"the identity provider's 401", []string{"Error: Unauthorized", exits("doctl", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"exec plugin doctl", "new login"}},
	{"a 401 of the API server as well", []string{"The SSO session associated with this profile has expired or is otherwise invalid.", exits("aws", "255"), "error: You must be logged in to the server (Unauthorized)"},
		diagnose.Rejected, finding.ExecPluginFailed, []string{"SSO", "aws sso login"}},
	{"an anonymous request as well", []string{"ERROR: This CLI session has expired, so it cannot currently be used to run commands", exits("oci", "1"), `Error from server (Forbidden): forbidden: User "system:anonymous" cannot get path "/api"`},
		diagnose.Anonymous, finding.ExecPluginFailed, []string{"OCI", "oci session authenticate"}},
	{"a refresh token", []string{"Unable to connect to the server: failed to refresh token: oauth2: cannot fetch token: 400 Bad Request", `Response: {"error":"invalid_grant","error_description":"Token is not active"}`},
		diagnose.Undecided, finding.AuthProviderFailed, []string{"rejected the refresh token", "Log in again"}},
	{"only an exit code", []string{exits("tsh", "1")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"the exec plugin tsh failed", "tsh login"}},
	{"an exit code with a meaning", []string{exits("aws", "253")}, diagnose.Undecided, finding.ExecPluginFailed, []string{"has no credentials"}},
	{"no plugin", []string{`getting credentials: exec: executable gke-gcloud-auth-plugin not found`}, diagnose.Undecided, finding.ExecPluginNotFound, []string{"gcloud components install gke-gcloud-auth-plugin", "PATH"}},
	{"a plugin for another machine", []string{`getting credentials: exec: fork/exec /opt/bin/tool: exec format error`}, diagnose.Undecided, finding.ExecPluginFailed, []string{"another system"}},

	{"the authenticator that judged, and the webhook", []string{`E0203 04:05:06.1 1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account token has expired, Post \"https://hook.example/a\": dial tcp 203.0.113.4:443: i/o timeout]"`},
		diagnose.Rejected, finding.TokenExpired, nil},
	{"the issuer's authenticator, and that of ServiceAccounts", []string{"[invalid bearer token, [crypto/rsa: verification error, oidc: unable to verify JWT signature: no matching keys]]"}, diagnose.Rejected, finding.SignatureInvalid, []string{"no matching keys"}},
	{"a server that asks the API server", []string{`[invalid bearer token, Post "https://10.96.0.1:443/apis/authentication.k8s.io/v1/tokenreviews": x509: certificate signed by unknown authority]`}, diagnose.Rejected, finding.WebhookAuthenticatorFailed,
		[]string{"a server cannot ask the API server", "kubelet"}},
	{"a webhook that answers 401", []string{"[invalid bearer token, the server has asked for the client to provide credentials]"}, diagnose.Rejected, finding.WebhookAuthenticatorFailed, []string{"the token webhook answered 401"}},
	{"a login of Vault", []string{"URL: PUT https://vault.example/v1/auth/blue/login", "Code: 403. Errors:", "* permission denied"}, diagnose.Undecided, finding.AnswerNotFromAPIServer, []string{"Vault rejected the login"}},
	{"a webhook alone", []string{`[invalid bearer token, Post "https://hook.example/a": dial tcp 203.0.113.4:443: i/o timeout]`}, diagnose.Rejected, finding.WebhookAuthenticatorFailed, nil},
	{"the log line, and the answer", []string{`E0203 04:05:06.1 1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, service account UID (a) does not match claim (b)]"`, "error: You must be logged in to the server (Unauthorized)"},
		diagnose.Rejected, finding.ServiceAccountRecreated, nil},
	{"an old certificate error", []string{"E0203 04:05:06.1 1 authentication.go:53] Unable to authenticate the request due to an error: x509: certificate has expired or is not yet valid"}, diagnose.Rejected, finding.CertificateExpired, []string{"has expired or is not yet valid"}},
	{"an old CA error", []string{"E0203 04:05:06.1 1 authentication.go:53] Unable to authenticate the request due to an error: x509: certificate signed by unknown authority"}, diagnose.Rejected, finding.ClientCANotTrusted, nil},

	{"STS and its wrapper", []string{"failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, InvalidIdentityToken: No OpenIDConnect provider found in your account for https://issuer.example/id/1"},
		diagnose.Undecided, finding.IssuerNotTrusted, []string{"AWS does not trust the token's issuer", "aws iam list-open-id-connect-providers"}},
	{"Google's STS and its code", []string{`{"error":"invalid_grant","error_description":"Error connecting to the given credential's issuer."}`}, diagnose.Undecided, finding.DiscoveryUnreachable, []string{"Google cannot read", "kubectl authn discover"}},
	{"Entra ID about a subject", []string{`(invalid_client) AADSTS700213: No matching federated identity record found for presented assertion subject 'system:serviceaccount:red:blue'. Please check`}, diagnose.Undecided, finding.AnswerNotFromAPIServer,
		[]string{"no federated credential in Entra ID has the token's subject", "federated-credential list"}},
	{"Vault's jwt method", []string{"* error validating token: invalid audience (aud) claim: audience claim does not match any expected audience"}, diagnose.Undecided, finding.AudienceMismatch, []string{"Vault's role expects another audience"}},
	{"Envoy", []string{"401 Jwt is expired"}, diagnose.Undecided, finding.TokenExpired, []string{"Envoy (Istio)"}},
	{"EKS Pod Identity", []string{"(AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client"}, diagnose.Undecided, finding.AnswerNotFromAPIServer, []string{"sts:TagSession"}},
	{"no Secret with a token", []string{`could not find secret for service account "red/blue"`}, diagnose.Undecided, finding.NoCredential, []string{"1.24", "kubectl create token"}},
}

func textOf(f finding.Finding) string {
	all := f.Title.String() + "\n" + f.Detail.String()
	for _, e := range f.Evidence {
		all += "\n" + e.Value.String()
	}
	for _, r := range f.Remedy {
		all += "\n" + r.Description.String() + "\n" + r.Command.String()
	}
	return all
}

func TestTheMessageThatExplainsLeads(t *testing.T) {
	for _, c := range ruling {
		d, ok := FromText(strings.Join(c.lines, "\n"))
		if !ok || d.Verdict != c.verdict || d.Cause != c.cause {
			t.Errorf("%s: want %s %s: %+v", c.name, c.verdict, c.cause, d)
			continue
		}
		all := textOf(d.Findings[0])
		for _, want := range c.says {
			if !strings.Contains(all, want) {
				t.Errorf("%s: does not say %q:\n%s", c.name, want, all)
			}
		}
		for _, never := range []string{"certificate-authority-data", "insecure", "..\n", ".. "} {
			if strings.Contains(all, never) {
				t.Errorf("%s: says %q:\n%s", c.name, never, all)
			}
		}
	}
}

// The order of the lines, other times, hosts and process IDs, and lines of others change nothing.
func TestTheMessageThatExplainsLeadsAnywhere(t *testing.T) {
	others := strings.NewReplacer("203.0.113.9:6443", "[2001:db8::7]:443", "0203 04:05:06", "1130 23:59:59", "88421", "7", "memcache.go:265", "proxy_server.go:147", "couldn't get current server API group list: ", "Error while proxying request: ")
	for _, c := range ruling {
		if c.verdict == diagnose.Undecided && len(c.lines) == 2 && c.cause == finding.AuthProviderFailed {
			continue // one message of two lines
		}
		backwards := slices.Clone(c.lines)
		slices.Reverse(backwards)
		for what, text := range map[string]string{
			"backwards": strings.Join(backwards, "\n"), "others": others.Replace(strings.Join(c.lines, "\n")),
			"between other lines": "$ kubectl get pods\n" + strings.Join(c.lines, "\nsome other line\n") + "\nexit status 1", "twice": strings.Join(append(slices.Clone(c.lines), c.lines...), "\n"),
		} {
			if d, ok := FromText(text); !ok || d.Verdict != c.verdict || d.Cause != c.cause {
				t.Errorf("%s, %s: want %s %s: %+v", c.name, what, c.verdict, c.cause, d)
			}
		}
	}
}

// The lines before a client's message may be the plugin's output, unless they are a client's own.
func TestLinesBeforeAPluginFailed(t *testing.T) {
	const said = "may be the output of the plugin: "
	for text, want := range map[string]string{
		"the flux is out of balance\n" + exits("doctl", "1"):                      said + "the flux is out of balance",
		"first\n\n{\n  second\n}\n" + exits("doctl", "1"):                         said + "second",
		"$ kubectl get pods\nthe flux is out of balance\n" + exits("doctl", "1"):  said + "the flux is out of balance",
		"I0203 04:05:06.1 7 loader.go:373] Config loaded\n" + exits("doctl", "1"): "",
		exits("doctl", "1"): "",
	} {
		d, ok := FromText(text)
		if !ok || d.Cause != finding.ExecPluginFailed || !strings.Contains(textOf(d.Findings[0]), want) || want == "" && strings.Contains(textOf(d.Findings[0]), said) {
			t.Errorf("%s: does not say %q: %+v", text, want, d)
		}
	}
}

// A certificate error of the API server's own address is the client's, not the plugin's.
func TestOtherMessagesBesideAPlugin(t *testing.T) {
	for _, c := range []struct {
		text  string
		cause finding.ID
	}{
		{"Unable to connect to the server: x509: certificate signed by unknown authority", finding.ServerCertificateUntrusted},
		{`Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "x"`, finding.AuthorizationDenied},
		{`getting credentials: exec: exec: "aws": executable file not found in $PATH`, finding.ExecPluginNotFound},
	} {
		if d, ok := FromText(c.text); !ok || d.Cause != c.cause {
			t.Errorf("%s: %+v", c.text, d)
		}
	}
}

// Every Key has its headline and its fix, and every headline its Key.
func TestKeysHaveFixes(t *testing.T) {
	keys := append(errortext.Keys(), componentAnonymous)
	for _, key := range keys {
		c, ok := fixes()[key]
		if !ok || c.title.IsZero() && c.before.IsZero() || len(c.fix) == 0 {
			t.Errorf("%s has no headline or no fix", key)
		}
	}
	for key := range fixes() {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is the Key of no message", key)
		}
	}
	for _, key := range slices.Concat(leadingKeys, trailingKeys, proxied) {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is the Key of no message", key)
		}
	}
}

// A headline is one line of a report at 80 columns, with its mark and the ID.
func TestTitlesAreShort(t *testing.T) {
	const longest = 60 // letters
	for key, c := range fixes() {
		if n := len([]rune(c.title.String())); n > longest {
			t.Errorf("the headline of %s has %d letters: %s", key, n, c.title)
		}
	}
	for _, c := range pastedtest.Errors {
		d, ok := FromText(c.Text)
		if !ok {
			continue
		}
		for _, f := range d.Findings {
			if n := len([]rune(f.Title.String())); n > longest {
				t.Errorf("%s: the headline has %d letters: %s", c.Name, n, f.Title)
			}
		}
	}
}

func TestPrecedenceHasReasons(t *testing.T) {
	for i, p := range precedence {
		if p.what == "" || p.because == "" || p.fits == nil {
			t.Error(fmt.Sprint("entry ", i, " of precedence has no reason"))
		}
	}
}
