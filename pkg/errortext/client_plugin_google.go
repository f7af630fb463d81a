package errortext

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// pluginGoogle has the messages of gcloud, of gke-gcloud-auth-plugin and of Google's client
// libraries about the caller's own login.
//
// google-cloud-sdk core/credentials; kubernetes/cloud-provider-gcp cmd/gke-gcloud-auth-plugin;
// golang.org/x/oauth2 google; googleapis/google-auth-library-python.
func pluginGoogle() []pattern {
	gcloud, gke := program{name: "gcloud"}, program{name: "gke-gcloud-auth-plugin", onlyPlugin: true}
	return slices.Concat(
		gcloud.says("gcloud-network", refreshing(`Unable to find the server at {error...}`, `HTTPSConnectionPool({error...}`, `('Connection aborted.'{error...}`, `[Errno {error...}`)...),
		[]pattern{{text: `gke-gcloud-auth-plugin, which is needed for continued use of kubectl, was not found or is not executable{error...}`, stage: Client, ids: []finding.ID{finding.ExecPluginNotFound},
			values: map[string]string{"command": "gke-gcloud-auth-plugin"}}},
		// gcloud asks Google's STS with a federated token.
		gcloud.says("google-target", refreshing(`('Error code invalid_target: {error...}`, `Error code invalid_target: {error...}`)...),
		gcloud.says("google-issuer-unreachable", refreshing(`('Error code invalid_grant: Error connecting to the given credential{error...}`, `("Error code invalid_grant: Error connecting to the given credential{error...}`)...),
		answers(google, "google-audience", only(finding.AudienceMismatch), refreshing(`('Error code invalid_grant: The audience in ID Token {error...}`, `("Error code invalid_grant: The audience in ID Token {error...}`,
			`('invalid_grant: The audience in ID Token {error...}`, `("invalid_grant: The audience in ID Token {error...}`, `invalid_grant: The audience in ID Token {error...}`)...),
		gcloud.says("google-condition", refreshing(`('Error code unauthorized_client: The given credential is rejected by the attribute condition{error...}`)...),
		gcloud.says("google-impersonation", refreshing(`('Unable to acquire impersonated credentials{error...}`)...),
		gcloud.says("gcloud-login",
			`ERROR: ({subcommand:word}) There was a problem refreshing your current auth tokens: {error...}`, `ERROR: ({subcommand:word}) There was a problem reauthenticating while refreshing your current auth tokens{error...}`,
			`There was a problem refreshing your current auth tokens{error...}`, `There was a problem refreshing auth tokens{error...}`, `There was a problem reauthenticating while refreshing your current auth tokens{error...}`,
			`Reauthentication required`, `Reauthentication failed{error...}`, `Reauthentication challenge {error...}`, `Reauthentication is needed. {error...}`,
			`reauth related error (invalid_rapt)`, `reauth related error (rapt_required)`, `invalid_rapt`, `rapt_required`,
			`You do not currently have an active account selected{error...}`, `Your current active account [{account}] does not have any valid credentials`,
			`gcloud config config-helper returned an empty access token`),
		gke.says("gke-plugin-old", `failed to retrieve expiry time from gcloud config json object`),
		gcloud.beside("gcloud-folder", `Unable to create private file [{file}]: {error...}`, `Unable to write file [{file}]: {error...}`, `Could not create directory [{file}]: {error...}`, `Could not create directory [{file}]. {error...}`,
			`Could not open the configuration file: [{file}].`, `Unable to read file [{file}]: {error...}`, `Could not setup log file in {file...}`),
		gcloud.says("gcloud-crashed", `ERROR: gcloud crashed ({kind}): {error...}`, `gcloud crashed ({kind}): {error...}`, `ERROR: gcloud failed to load: {error...}`, `gcloud failed to load{error...}`, `error parsing gcloud output: {error...}`),
		gcloud.says("gcloud-adc", `google: could not find default credentials. See {error...}`, `google: could not find default credentials{error...}`, `could not find default credentials{error...}`,
			`Could not automatically determine credentials. {error...}`, `Your default credentials were not found. {error...}`, `google: error getting credentials using {error...}`,
			`oauth2/google: no credentials found{error...}`),
		gke.says("gcloud-not-found", `failure while executing gcloud, with args {arguments}: exit status 127{error...}`, `failure while executing gcloud, with args {arguments}: exec: "gcloud": executable file not found in {error...}`,
			`exec: "gcloud": executable file not found in {path:word}`),
		gke.says("gcloud-permission", `failure while executing gcloud, with args {arguments}: exit status 126{error...}`, `failure while executing gcloud, with args {arguments}: fork/exec {error...}`),
		gke.wraps("gke-plugin", `failure while executing gcloud, with args {arguments}: {error...}`),
		gke.wraps("gke-plugin", `print credential failed with error: {error...}`, `Print credential failed with error :{error...}`, `unable to retrieve access token for GKE. Error : {error...}`, `Failed to retrieve access token:: {error...}`),
	)
}

// refreshing returns the messages of gcloud about a token that it could not refresh, for the reasons.
func refreshing(reasons ...string) []string {
	var texts []string
	for _, reason := range reasons {
		texts = append(texts, `ERROR: ({subcommand:word}) There was a problem refreshing your current auth tokens: `+reason, `There was a problem refreshing your current auth tokens: `+reason)
	}
	return texts
}
