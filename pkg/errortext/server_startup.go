package errortext

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// serverStartup has the messages about authentication with which kube-apiserver does not start.
//
// k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go, pkg/controlplane/apiserver/options;
// k8s.io/apiserver pkg/server/options/authentication.go, pkg/apis/apiserver/validation;
// k8s.io/kubectl and k8s.io/apimachinery pkg/api/meta for a file that was applied as an object.
func serverStartup() []pattern {
	api := service("kube-apiserver")
	stop := func(key Key, texts ...string) []pattern {
		return answers(api, key, only(finding.AuthenticationConfigInvalid), texts...)
	}
	var table []pattern
	for _, group := range [][]pattern{
		stop("startup-exclusive", `authentication-config file and oidc-* flags are mutually exclusive`,
			`--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file`),
		stop("startup-token-file", `invalid authentication config: line {line:word}, column {column:word} {error...}`, `invalid authentication config: parse error on line {error...}`, `invalid authentication config: record on line {error...}`,
			`invalid authentication config: token file '{file}' must have at least 3 columns (token, user name, user uid), found {count:word}`),
		stop("startup-config", `invalid authentication config: {error...}`, `invalid authentication configuration: {error...}`, `failed to load authentication configuration from file {file:q}: {error...}`,
			`expected AuthenticationConfiguration, got {kind:word}`,
			`no kind "AuthenticationConfiguration" is registered for version {version:q} in scheme {scheme...}`,
			`strict decoding error: unknown field "jwt[{index:word}].{error...}`, `jwt[{index:word}].issuer.{field:word}: {error...}`, `jwt[{index:word}].claimMappings.{field:word}: {error...}`,
			`jwt[{index:word}].claimValidationRules{error...}`, `jwt[{index:word}].userValidationRules{error...}`),
		stop("startup-gate", `set --feature-gates=StructuredAuthenticationConfiguration=true to use authentication-config file`),
		stop("startup-oidc", `oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set`, `oidc-issuer-url and oidc-client-id should be specified together`,
			`Failed to read the CA contents: {error...}`, `oidc: unsupported signing alg: {algorithm:q}`, `oidc: invalid discovery URL: {error...}`),
		stop("startup-service-account", `service-account-issuer is a required flag`, `--service-account-signing-key-file and --service-account-issuer are required flags`,
			`service-account-issuer should not be an empty string`, `service-account-issuer {issuer:q} is already specified`,
			`service-account-issuer {issuer:q} contained a ':' but was not a valid URL: {error...}`,
			`either --service-account-key-file or --service-account-signing-endpoint must be set`,
			`cannot set mutually exclusive flags --service-account-key-file and --service-account-signing-endpoint at the same time`,
			`service-account-signing-key-file and service-account-signing-endpoint are mutually exclusive and cannot be set at the same time`,
			`--service-account-signing-key-file, --service-account-issuer, and --api-audiences should be specified together`, `failed to set up public service account keys: {error...}`,
			`failed to parse service-account-issuer-key-file: {error...}`, `failed to build token generator: {error...}`, `error reading public key file {file:word}: {error...}`,
			`data does not contain any valid RSA or ECDSA public keys`, `data does not contain a valid RSA or ECDSA private key`, `while setting up external-jwt-signer: {error...}`,
			`service-account-jwks-uri must be a valid URL: {error...}`, `service-account-jwks-uri requires https scheme, parsed as: {url...}`,
			`the service-account-max-token-expiration must be between 1 hour and 2^32 seconds`, `service-account-max-token-expiration cannot be set longer than {error...}`),
		stop("startup-ca", `unable to load client CA file: {error...}`, `unable to load client CA provider: {error...}`, `unable to load request-header-client-ca-file: {error...}`,
			`unable to create request header authentication config: {error...}`, `--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; {error...}`,
			`--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header{error...}`, `--requestheader-uid-headers requires the {gate:q} feature to be enabled`),
		stop("startup-webhook", `number of webhook retry attempts must be greater than {least:word}, but is: {count:word}`),
		answers(service("kubectl"), "startup-applied", only(finding.AuthenticationConfigInvalid), `no matches for kind "AuthenticationConfiguration" in version {version:q}`, `no matches for kind "AuthenticationConfiguration"{error...}`,
			`unable to recognize {file:q}: no matches for kind "AuthenticationConfiguration" in version {version:q}`),
	} {
		table = append(table, group...)
	}
	// Flags that older releases had.
	for _, flag := range []string{"basic-auth-file", "experimental-keystone-url", "experimental-keystone-ca-file", "insecure-port", "insecure-bind-address", "service-account-api-audiences"} {
		table = append(table, stop("startup-flag", `unknown flag: --`+flag)...)
	}
	return table
}
