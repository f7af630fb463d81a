package errortext

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// clientRust has the errors of kube-rs, as text and as Rust prints them for debugging.
//
// kube-rs/kube kube-client/src/config (mod.rs, file_loader.rs, incluster_config.rs),
// kube-client/src/client/auth/mod.rs.
func clientRust() []pattern {
	invalid := func(key Key, texts ...string) []pattern {
		return faulty(key, Client, finding.KubeconfigInvalid, texts...)
	}
	pair := func(key Key, texts ...string) []pattern {
		return faulty(key, Client, finding.ClientCertificateUnusable, texts...)
	}
	fails := func(id finding.ID, texts ...string) []pattern {
		var table []pattern
		for _, text := range texts {
			table = append(table, pattern{text: text, stage: Client, ids: []finding.ID{id}})
		}
		return table
	}
	return allOf(
		invalid("not-base64", `failed to load certificate authority: failed to decode base64 data{error...}`, `failed to load client certificate: failed to decode base64 data{error...}`, `failed to load client key: failed to decode base64 data{error...}`,
			`LoadCertificateAuthority(DecodeBase64({error...}`, `LoadClientCertificate(DecodeBase64({error...}`, `LoadClientKey(DecodeBase64({error...}`),
		nearKubernetes(invalid("not-base64", `failed to decode base64 data: {error...}`)),
		// kube-rs before 0.18, when an entry has neither the data nor the file.
		fails(finding.KubeconfigInvalid, `Failed to get data/file with base64 format`),
		invalid("authority-unreadable", `LoadCertificateAuthority(ReadFile({error...}`),
		nearKubernetes(invalid("authority-not-pem", `Kubeconfig(ParseCertificates({error...}`, `kubeconfig: ParseCertificates({error...}`)),
		pair("certificate-unreadable", `LoadClientCertificate(ReadFile({error...}`, `LoadClientKey(ReadFile({error...}`),
		nearKubernetes(allOf(
			invalid("server-missing", `kubeconfig: MissingClusterUrl`, `Kubeconfig(MissingClusterUrl)`), invalid("server-malformed", `ParseClusterUrl({error...}`), invalid("proxy-malformed", `ParseProxyUrl({error...}`),
			missingOf(`kubeconfig: ReadConfig({error...}`, `Kubeconfig(ReadConfig({error...}`, `kubeconfig: FindPath`, `Kubeconfig(FindPath)`),
			invalid("context-not-chosen", `kubeconfig: CurrentContextNotSet`, `Kubeconfig(CurrentContextNotSet)`), invalid("context-unknown", `kubeconfig: LoadContext({error...}`, `Kubeconfig(LoadContext({error...}`, `kubeconfig: Kubeconfig(LoadContext {error...}`),
			invalid("entry-unknown", `kubeconfig: LoadClusterOfContext({error...}`, `Kubeconfig(LoadClusterOfContext({error...}`),
			invalid("kubeconfig-not-yaml", `kubeconfig: Parse({error...}`, `Kubeconfig(Parse({error...}`), invalid("kubeconfig-of-other-shape", `kubeconfig: InvalidStructure({error...}`, `Kubeconfig(InvalidStructure({error...}`),
		)),
		fails(finding.ExecPluginNoCredential, `exec-plugin response did not contain a status`),
		fails(finding.ExecPluginFailed, `failed to parse auth exec output: {error...}`, `tried to refresh a token and got a non-refreshable token response`, `AuthExecParse({error...}`),
		suiting(fails(finding.ExecPluginFailed, `AuthExecRun {open:word} cmd: {command:q}, status: {status...}`), func(values map[string]string) bool {
			return !strings.Contains(values["command"], "KUBERNETES_EXEC_INFO")
		}),
		// The command begins with the environment, or its quotes are lost.
		wrapping(fails(finding.ExecPluginFailed, `Auth( AuthExecRun {error...}`)),
		fails(finding.ExecPluginNotFound, `AuthExecStart(Os {open:word} code: 2, kind: NotFound, {error...}`),
		fails(finding.ExecPluginFailed, `AuthExecStart({error...}`),
		fails(finding.TokenHasWhitespace, `invalid bearer token: failed to parse header value`, `InvalidBearerToken(InvalidHeaderValue)`),
		[]pattern{{text: `No id-token for oidc Authentication provider`, stage: Client, ids: []finding.ID{finding.AuthProviderFailed}, key: "provider-config"}},
		wrapping(nearKubernetes(fails(finding.AuthProviderFailed, `failed OIDC: {error...}`, `failed OAuth: {error...}`))),
		nearKubernetes([]pattern{{text: `ServiceError: client error (Connect)`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}}, {text: `Service(hyper_util::client::legacy::Error(Connect, {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, wraps: true},
			{text: `HyperError: error trying to connect: {error...}`, stage: Transport, ids: []finding.ID{finding.APIServerUnreachable}, wraps: true}}),
	)
}

// missingOf returns patterns of clients that found no kubeconfig.
func missingOf(texts ...string) []pattern {
	return faulty("no-kubeconfig", Client, finding.NoCredential, texts...)
}
