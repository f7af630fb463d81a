package errortext

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// serverStartup has the messages about authentication with which kube-apiserver does not start, or
// does not read a new configuration.
//
// k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go, pkg/kubeapiserver/authenticator,
// pkg/controlplane/apiserver/options, pkg/controlplane/apiserver/config.go, pkg/serviceaccount/openidmetadata.go;
// k8s.io/apiserver pkg/server/options/authentication.go, pkg/server/options/egress_selector.go,
// pkg/server/dynamiccertificates, pkg/apis/apiserver/validation; k8s.io/component-base featuregate; github.com/spf13/pflag;
// k8s.io/kubectl and k8s.io/apimachinery pkg/api/meta for a file that was applied as an object.
func serverStartup() []pattern {
	api := service("kube-apiserver")
	stop := func(key Key, texts ...string) []pattern {
		return answers(api, key, only(finding.AuthenticationConfigInvalid), texts...)
	}
	var table []pattern
	for _, group := range [][]pattern{
		stop("startup-exclusive", `authentication-config file and oidc-* flags are mutually exclusive`,
			`--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file`,
			`--anonynous-auth flag cannot be set when anonymous field is configured in authentication configuration file`),
		// A server that runs keeps its configuration.
		answers(api, "reload-config", only(finding.AuthenticationConfigInvalid), `failed to load authentication config" err="{error...}`, `failed to validate authentication config" err="{error...}`,
			`failed to read authentication config file" err="{error...}`, `failed to load authentication config","err":"{error...}`,
			`failed to validate authentication config","err":"{error...}`, `failed to read authentication config file","err":"{error...}`),
		// The configuration is valid, and cannot be used: usually, an issuer does not answer.
		wrapping(answers(api, "reload-config", only(finding.AuthenticationConfigInvalid), `failed to update authentication config" err="{error...}`, `failed to update authentication config","err":"{error...}`)),
		// The API server waits for the issuers of a new configuration, and keeps the old one after a minute.
		wrapping(answers(api, "issuer-not-ready", only(finding.OIDCNotInitialized), `oidc: authenticator for issuer {issuer:q} is not healthy{error...}`)),
		answers(api, "issuer-not-ready", only(finding.OIDCNotInitialized), `oidc: authenticator for issuer {issuer:q} is not initialized`, `provider did not return JWKS URL`,
			`oidc authenticator: error getting JWKS URL: {error...}`),
		stop("startup-token-file", `invalid authentication config: line {line:word}, column {column:word} {error...}`, `invalid authentication config: parse error on line {error...}`, `invalid authentication config: record on line {error...}`,
			`invalid authentication config: token file '{file}' must have at least 3 columns (token, user name, user uid), found {count:word}`,
			`token file '{file}' must have at least 3 columns (token, user name, user uid), found {count:word}`, `command failed" err="parse error on line {error...}`, `command failed" err="record on line {error...}`,
			`command failed","err":"parse error on line {error...}`, `command failed","err":"record on line {error...}`),
		stop("startup-config", `invalid authentication config: {error...}`, `invalid authentication configuration: {error...}`, `failed to load authentication configuration from file {file:q}: {error...}`,
			`expected AuthenticationConfiguration, got {kind:word}`,
			`no kind "AuthenticationConfiguration" is registered for version {version:q} in scheme {scheme...}`,
			`strict decoding error: unknown field "jwt[{index:word}].{error...}`, `jwt[{index:word}].issuer.{field:word}: {error...}`, `jwt[{index:word}].claimMappings.{field:word}: {error...}`,
			`jwt[{index:word}].claimValidationRules{error...}`, `jwt[{index:word}].userValidationRules{error...}`),
		stop("startup-gate", `set --feature-gates=StructuredAuthenticationConfiguration=true to use authentication-config file`),
		stop("startup-oidc", `oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set`, `oidc-issuer-url and oidc-client-id should be specified together`,
			`Failed to read the CA contents: {error...}`, `oidc: unsupported signing alg: {algorithm:q}`, `oidc: invalid discovery URL: {error...}`,
			`oidc: egress lookup for {name:q} {error...}`, `oidc: egress lookup required with egress selector type {name:q}`, `oidc: unknown egress selector type {name:q}`),
		stop("startup-egress", `failed to read egress selector config: {error...}`, `failed to validate egress selector configuration: {error...}`, `failed to setup egress selector with config {error...}`,
			`egress-selector-config-file {file:word} does not exist`),
		stop("startup-service-account", `service-account-issuer is a required flag`, `--service-account-signing-key-file and --service-account-issuer are required flags`,
			`service-account-issuer should not be an empty string`, `service-account-issuer {issuer:q} is already specified`,
			`service-account-issuer {issuer:q} contained a ':' but was not a valid URL: {error...}`,
			`either --service-account-key-file or --service-account-signing-endpoint must be set`,
			`cannot set mutually exclusive flags --service-account-key-file and --service-account-signing-endpoint at the same time`,
			`service-account-signing-key-file and service-account-signing-endpoint are mutually exclusive and cannot be set at the same time`,
			`--service-account-signing-key-file, --service-account-issuer, and --api-audiences should be specified together`, `failed to set up public service account keys: {error...}`,
			`can't set --service-account-signing-key-file and/or --service-account-key-file with --service-account-signing-endpoint (They are mutually exclusive)`,
			`setting --service-account-signing-endpoint requires enabling ExternalServiceAccountTokenSigner feature gate`, `invalid value {value:q} passed for --service-account-signing-endpoint, {error...}`,
			`max token life supported by external-jwt-signer ({life}s) is less than acceptable (min {least}s)`, `failed to parse key file {file:q}: {error...}`,
			`failed to parse service-account-issuer-key-file: {error...}`, `failed to build token generator: {error...}`, `error reading public key file {file:word}: {error...}`,
			`data does not contain any valid RSA or ECDSA public keys`, `data does not contain a valid RSA or ECDSA private key`, `while setting up external-jwt-signer: {error...}`,
			`service-account-jwks-uri must be a valid URL: {error...}`, `service-account-jwks-uri requires https scheme, parsed as: {url...}`,
			`the service-account-max-token-expiration must be between 1 hour and 2^32 seconds`, `service-account-max-token-expiration cannot be set longer than {error...}`),
		stop("startup-ca", `unable to load client CA file: {error...}`, `unable to load client CA provider: {error...}`, `unable to load request-header-client-ca-file: {error...}`,
			`unable to assign client CA provider: {error...}`, `unable to load client CA file {file:q}: {error...}`, `missing content for CA bundle {name:q}`, `error loading CA bundle for {name:q}: data does not contain any valid RSA or ECDSA certificates`, `error loading CA bundle for {name:q}: {error...}`,
			`unable to create request header authentication config: {error...}`, `--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; {error...}`,
			`--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header{error...}`, `--requestheader-uid-headers requires the {gate:q} feature to be enabled`),
		stop("startup-webhook", `number of webhook retry attempts must be greater than {least:word}, but is: {count:word}`,
			`unsupported authentication webhook version {version:q}, supported versions are {supported...}`, `retry backoff parameters for authentication webhook has not been specified`),
		answers(api, "startup-anonymous", nil, `AnonymousAuth is not allowed with the AlwaysAllow authorizer. Resetting AnonymousAuth to false. You should use a different authorizer`),
		answers(api, "startup-discovery", nil, `Could not construct pre-rendered responses for ServiceAccountIssuerDiscovery endpoints. Endpoints will not be enabled.{error...}`),
		ofFlags(stop("startup-argument", `invalid argument {value:q} for {flag:q} flag: {error...}`, `empty value in {flag:q}`)),
		ofGates(stop("startup-unknown-gate", `unrecognized feature gate: {gate:word}`, `cannot set feature gate {gate:word} to {value:word}, feature is locked to {locked:word}`,
			`cannot set feature gate {gate:word} to {value:word} feature is locked to {locked:word}`)),
		// The error of the operating system alone; the program that logs it so may be any component.
		ofCredentialFiles(answers(service("a component of the control plane"), "startup-file", nil, `command failed" err="open {file...}`, `command failed" err="stat {file...}`,
			`command failed","err":"open {file...}`, `command failed","err":"stat {file...}`)),
		answers(service("kubectl"), "startup-applied", only(finding.AuthenticationConfigInvalid), `no matches for kind "AuthenticationConfiguration" in version {version:q}`, `no matches for kind "AuthenticationConfiguration"{error...}`,
			`unable to recognize {file:q}: no matches for kind "AuthenticationConfiguration" in version {version:q}`),
	} {
		table = append(table, group...)
	}
	// Flags that older releases had.
	for _, flag := range []string{"basic-auth-file", "basic_auth_file", "experimental-keystone-url", "experimental-keystone-ca-file", "insecure-port", "insecure-bind-address", "service-account-api-audiences"} {
		table = append(table, stop("startup-flag", `unknown flag: --`+flag)...)
	}
	return append(table, ofFlags(stop("startup-unknown-flag", `unknown flag: {flag:word}`))...)
}

// authenticationFlags are the beginnings of kube-apiserver's flags about authentication that no
// login program has.
var authenticationFlags = []string{
	"service-account-", "requestheader-", "token-auth-file", "authentication-config", "authentication-token-webhook-", "enable-bootstrap-token-auth", "experimental-bootstrap-token-auth", "api-audiences",
}

// ofFlags limits messages to flags about authentication. pflag writes them in any program.
func ofFlags(table []pattern) []pattern {
	return suiting(table, func(values map[string]string) bool {
		flag := values["flag"]
		if _, named, many := strings.Cut(flag, ", "); many {
			flag = named
		}
		flag = strings.TrimLeft(flag, "-")
		// The flags of login programs are unknown to the program, and their values are not.
		return slices.ContainsFunc(authenticationFlags, func(begin string) bool { return strings.HasPrefix(flag, begin) }) || values["value"] != "" && strings.HasPrefix(flag, "oidc-")
	})
}

// ofGates limits messages to feature gates of authentication.
func ofGates(table []pattern) []pattern {
	return suiting(table, func(values map[string]string) bool {
		return slices.ContainsFunc([]string{"Authentication", "AnonymousAuth", "ServiceAccount", "TokenRequest", "RequestHeaderUID", "RootCAConfigMap", "RotateKubelet"},
			func(word string) bool { return strings.Contains(values["gate"], word) })
	})
}

// ofCredentialFiles limits messages to files that are likely about authentication.
func ofCredentialFiles(table []pattern) []pattern {
	return suiting(table, func(values map[string]string) bool {
		return slices.ContainsFunc([]string{"ca.", "ca-", "sa.", "service-account", "serviceaccount", "oidc", "token", "auth", "webhook", "front-proxy", "requestheader", "request-header", ".csv"},
			func(word string) bool { return strings.Contains(values["file"], word) })
	})
}

// suiting sets the condition of patterns.
func suiting(table []pattern, suits func(values map[string]string) bool) []pattern {
	for i := range table {
		table[i].suits = suits
	}
	return table
}
