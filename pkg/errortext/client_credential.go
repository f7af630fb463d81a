package errortext

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientAnswer has the messages of clients about an answer of the API server.
//
// k8s.io/kubectl pkg/cmd/util/helpers.go, pkg/cmd/auth/whoami.go; k8s.io/apimachinery
// pkg/api/errors/errors.go.
var clientAnswer = []pattern{
	// The Status of an API server, whose message is one word. The Status of an aggregated API has
	// the same message.
	{text: `You must be logged in to the server (Unauthorized)`, stage: Request, ids: []finding.ID{finding.CredentialRejected, finding.AggregatedAPIRefused}},
	// A 401 whose body was not read, as in discovery, or was no Status.
	{text: `You must be logged in to the server (the server has asked for the client to provide credentials)`, stage: Request,
		ids: []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer}},
	{text: `You must be logged in to the server (the server has asked for the client to provide credentials {request...}`, stage: Request,
		ids: []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer}},
	{text: `the server has asked for the client to provide credentials`, stage: Request,
		ids: []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer}},
	{text: `Unauthorized`, stage: Request, ids: []finding.ID{finding.CredentialRejected}},
	// An API server before 1.28 or, far more often, an anonymous request.
	{text: `the selfsubjectreviews API is not enabled in the cluster`, stage: Client,
		ids: []finding.ID{finding.APIServerError, finding.AnonymousRequest}},
	{text: `User {user:q} cannot {request...}`, stage: Authorization, ids: []finding.ID{finding.AuthorizationDenied}, suits: isRequest},
	// kubectl asks for a password if the kubeconfig has no credential.
	{text: `Please enter Username:`, stage: Client, ids: []finding.ID{finding.NoCredential}},
}

// isRequest reports whether a user lacks a permission of Kubernetes, and not of another program.
func isRequest(values map[string]string) bool {
	request := values["request"]
	return strings.HasPrefix(values["user"], "system:") || strings.Contains(request, "in the namespace") || strings.Contains(request, "at the cluster scope") ||
		strings.Contains(request, " resource \"") || strings.Contains(request, " path \"")
}

// clientCredential has the reasons why a client has no credential to send.
//
// k8s.io/client-go plugin/pkg/client/auth, transport/token_source.go,
// rest/plugin.go; crypto/tls; golang.org/x/net/http/httpguts.
var clientCredential = []pattern{
	{text: `exec: executable {command:word} not found`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: {command:q}: executable file not found in {path:word}`, stage: Client, until: "old", ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: {command:q}: file does not exist`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: {command:q}: no such file or directory`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: {command:q}: cannot run executable found relative to current directory`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: fork/exec {command:word}: no such file or directory`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: fork/exec {command:word}: permission denied`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-permission"},
	{text: `exec: {command:q}: permission denied`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-permission"},
	{text: `exec: fork/exec {command:word}: exec format error`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-format"},
	{text: `exec: fork/exec {command:word}: bad CPU type in executable`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-format"},
	{text: `exec: fork/exec {command:word}: %1 is not a valid Win32 application.`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-format"},
	{text: `exec: fork/exec {command:word}: Access is denied.`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-permission"},
	{text: `exec: fork/exec {command:word}: operation not permitted`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-permission"},
	{text: `exec: fork/exec {command:word}: The system cannot find the file specified.`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound}},
	{text: `exec: fork/exec {command:word}: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}},
	{text: `exec: executable {command:word} failed with exit code {code:word}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}},
	{text: `exec: exit status {code:word}`, stage: Client, until: "old", ids: []finding.ID{finding.ExecPluginFailed}},
	{text: `getting credentials: decoding stdout: no kind "ExecCredential" is registered for version {version:q} {scheme...}`, stage: Client, ids: []finding.ID{finding.ExecPluginVersionMismatch}},
	{text: `getting credentials: decoding stdout: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-output"},
	// An output that is no ExecCredential decodes to the internal version.
	{text: `exec plugin is configured to use API version {want:word}, plugin returned version client.authentication.k8s.io/__internal`, stage: Client,
		ids: []finding.ID{finding.ExecPluginFailed}, key: "plugin-output"},
	{text: `exec plugin is configured to use API version {want:word}, plugin returned version {got:word}`, stage: Client,
		ids: []finding.ID{finding.ExecPluginVersionMismatch}},
	{text: `exec plugin: invalid apiVersion {version:q}`, stage: Client, ids: []finding.ID{finding.ExecPluginVersionMismatch}},
	{text: `no kind "ExecCredential" is registered for version {version:q}`, stage: Client, ids: []finding.ID{finding.ExecPluginVersionMismatch}},
	{text: `exec plugin didn't return a status field`, stage: Client, ids: []finding.ID{finding.ExecPluginNoCredential}},
	{text: `exec plugin didn't return a token or cert/key pair`, stage: Client, ids: []finding.ID{finding.ExecPluginNoCredential}},
	{text: `exec plugin returned only certificate or key, not both`, stage: Client, ids: []finding.ID{finding.ExecPluginNoCredential}},
	{text: `exec plugin cannot support interactive mode: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginNeedsTerminal}},
	{text: `failed parsing client key/certificate: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}},
	{text: `failed parsing client leaf certificate: {error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginFailed}},
	{text: `plugin {command:q} not allowed: policy set to {policy:q}`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
	{text: `plugin path {command:q} is not permitted by the credential plugin allowlist`, stage: Client, since: "1.35", ids: []finding.ID{finding.ExecPluginNotAllowed}},
	{text: `plugin path {command:q} cannot be resolved for credential plugin allowlist check: {error...}`, stage: Client, since: "1.35",
		ids: []finding.ID{finding.ExecPluginFailed}},

	{text: `The gcp auth plugin has been removed.`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}, values: map[string]string{"provider": "gcp"}},
	{text: `The azure auth plugin has been removed.`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}, values: map[string]string{"provider": "azure"}},
	{text: `no Auth Provider found for name {provider:q}`, stage: Client, ids: []finding.ID{finding.AuthProviderRemoved}},
	{text: `No Auth Provider found for name {provider:q}`, stage: Client, until: "old", ids: []finding.ID{finding.AuthProviderRemoved}},

	{text: `failed to read token file {path:q}: {error...}`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `read empty token from file {path:q}`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `open /var/run/secrets/{path:word}: permission denied`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `open /var/run/secrets/{path:word}: no such file or directory`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `open /var/run/secrets/{path:word}: The system cannot find the path specified.`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `open /var/run/secrets/{path:word}: The system cannot find the file specified.`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	// Shells, and programs that print the name of the file first.
	{text: `/var/run/secrets/kubernetes.io/serviceaccount/{file:word}: No such file or directory`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `var/run/secrets/kubernetes.io/serviceaccount/{file:word}: No such file or directory`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `/var/run/secrets/kubernetes.io/serviceaccount/{file:word}: no such file or directory`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `/var/run/secrets/kubernetes.io/serviceaccount/{file:word}: Permission denied`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},
	{text: `Permission denied: '/var/run/secrets/{path}'`, stage: Client, ids: []finding.ID{finding.TokenFileUnreadable}},

	{text: `net/http: invalid header field value for "Authorization"`, stage: Client, ids: []finding.ID{finding.TokenHasWhitespace}},
	{text: `invalid header field value {value:q} for key Authorization`, stage: Client, until: "old", ids: []finding.ID{finding.TokenHasWhitespace}},
}
