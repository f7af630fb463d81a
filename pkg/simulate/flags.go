package simulate

import (
	"maps"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

// Flags are the authentication flags of kube-apiserver, with its names and defaults
// (k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go). Paths are as given.
type Flags struct {
	AuthenticationConfig string
	APIAudiences         []string
	AnonymousAuth        bool
	BootstrapTokens      bool
	ClientCAFile         string
	TokenAuthFile        string

	OIDCIssuerURL, OIDCClientID, OIDCCAFile                                            string
	OIDCUsernameClaim, OIDCUsernamePrefix, OIDCGroupsClaim, OIDCGroupsPrefix           string
	OIDCSigningAlgs                                                                    []string
	OIDCRequiredClaims                                                                 []string
	RequestHeaderCAFile                                                                string
	RequestHeaderUsernames, RequestHeaderUIDs, RequestHeaderGroups                     []string
	RequestHeaderExtraPrefixes, RequestHeaderAllowedNames                              []string
	ServiceAccountIssuers, ServiceAccountKeyFiles                                      []string
	ServiceAccountLookup                                                               bool
	ServiceAccountSigningKeyFile, ServiceAccountSigningEndpoint, ServiceAccountJWKSURI string
	TLSPrivateKeyFile                                                                  string
	WebhookConfigFile, WebhookVersion                                                  string
	WebhookCacheTTL                                                                    time.Duration
	AuthorizationMode                                                                  []string

	// set reports whether a flag was given; here, whether it was given on the command line of
	// this program, so that its path is local.
	set, here func(name string) bool
	// values returns the given flags, by name.
	values func() map[string][]string
	// from are the arguments of the manifest that set the flags, by name.
	from map[string]manifest.Argument
}

// AddFlags adds the flags to fs. Which flags are set is read from fs when Config is called.
func (f *Flags) AddFlags(fs *pflag.FlagSet) {
	f.set = func(name string) bool { return fs.Changed(name) }
	f.here = f.set
	f.values = func() map[string][]string {
		out := map[string][]string{}
		fs.VisitAll(func(given *pflag.Flag) {
			if list, ok := given.Value.(pflag.SliceValue); given.Changed && ok {
				out[given.Name] = list.GetSlice()
			} else if given.Changed {
				out[given.Name] = []string{given.Value.String()}
			}
		})
		return out
	}
	fs.StringVar(&f.AuthenticationConfig, "authentication-config", "", "Read JWT issuers and anonymous access from the AuthenticationConfiguration in `FILE`.")
	fs.StringSliceVar(&f.APIAudiences, "api-audiences", nil, "Audiences of the API server, `A,B` (default: its ServiceAccount issuers).")
	fs.BoolVar(&f.AnonymousAuth, "anonymous-auth", true, "Serve requests without credentials as system:anonymous.")
	fs.BoolVar(&f.BootstrapTokens, "enable-bootstrap-token-auth", false, "Accept bootstrap tokens.")
	fs.StringVar(&f.ClientCAFile, "client-ca-file", "", "Accept client certificates from the CAs in the PEM `FILE`.")
	fs.StringVar(&f.TokenAuthFile, "token-auth-file", "", "Accept the static tokens in the CSV `FILE`.")

	fs.StringVar(&f.OIDCIssuerURL, "oidc-issuer-url", "", "Accept tokens of the issuer at `URL`.")
	fs.StringVar(&f.OIDCClientID, "oidc-client-id", "", "Require `AUDIENCE` in its tokens.")
	fs.StringVar(&f.OIDCCAFile, "oidc-ca-file", "", "Trust the CAs in the PEM `FILE` for the issuer's server.")
	fs.StringVar(&f.OIDCUsernameClaim, "oidc-username-claim", "sub", "Use `CLAIM` as the user name.")
	fs.StringVar(&f.OIDCUsernamePrefix, "oidc-username-prefix", "", "Prepend `PREFIX` to user names (- for no prefix).")
	fs.StringVar(&f.OIDCGroupsClaim, "oidc-groups-claim", "", "Use `CLAIM` as the groups.")
	fs.StringVar(&f.OIDCGroupsPrefix, "oidc-groups-prefix", "", "Prepend `PREFIX` to group names.")
	fs.StringSliceVar(&f.OIDCSigningAlgs, "oidc-signing-algs", []string{"RS256"}, "Accept the signature algorithms `A,B`.")
	fs.StringArrayVar(&f.OIDCRequiredClaims, "oidc-required-claim", nil, "Require a claim with a value, `KEY=VALUE` (repeatable).")

	fs.StringVar(&f.RequestHeaderCAFile, "requestheader-client-ca-file", "", "Trust front proxies with a certificate from the CAs in the PEM `FILE`.")
	fs.StringSliceVar(&f.RequestHeaderUsernames, "requestheader-username-headers", nil, "Read the user name from the headers `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderUIDs, "requestheader-uid-headers", nil, "Read the UID from the headers `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderGroups, "requestheader-group-headers", nil, "Read groups from the headers `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderExtraPrefixes, "requestheader-extra-headers-prefix", nil, "Read extra from headers with the prefixes `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderAllowedNames, "requestheader-allowed-names", nil, "Accept only the common names `A,B` in the front proxy's certificate.")

	fs.StringArrayVar(&f.ServiceAccountIssuers, "service-account-issuer", nil, "Accept ServiceAccount tokens of `ISSUER` (repeatable; the first one issues tokens).")
	fs.StringArrayVar(&f.ServiceAccountKeyFiles, "service-account-key-file", nil, "Verify ServiceAccount tokens with the keys in the PEM `FILE` (repeatable).")
	fs.BoolVar(&f.ServiceAccountLookup, "service-account-lookup", true, "Look up the Secrets of legacy tokens.")
	fs.StringVar(&f.ServiceAccountSigningKeyFile, "service-account-signing-key-file", "", "Sign tokens with the key in the PEM `FILE`. The key does not verify tokens.")
	fs.StringVar(&f.ServiceAccountSigningEndpoint, "service-account-signing-endpoint", "", "Use the external signer at `SOCKET`.")
	fs.StringVar(&f.ServiceAccountJWKSURI, "service-account-jwks-uri", "", "Publish `URL` as the jwks_uri of the discovery document.")
	fs.StringVar(&f.TLSPrivateKeyFile, "tls-private-key-file", "", "Verify ServiceAccount tokens with the serving key in the PEM `FILE` if no key file is given.")

	fs.StringVar(&f.WebhookConfigFile, "authentication-token-webhook-config-file", "", "Use the token webhook in the kubeconfig `FILE`.")
	fs.StringVar(&f.WebhookVersion, "authentication-token-webhook-version", "v1beta1", "Send TokenReviews of `VERSION` to the webhook.")
	fs.DurationVar(&f.WebhookCacheTTL, "authentication-token-webhook-cache-ttl", 2*time.Minute, "Cache the webhook's answers for `DURATION`.")
	fs.StringSliceVar(&f.AuthorizationMode, "authorization-mode", nil, "Use the authorizers `A,B`. AlwaysAllow turns anonymous access off.")
}

// oidcSet reports whether any of --oidc-* was given.
func (f *Flags) oidcSet() bool {
	for _, name := range []string{"issuer-url", "client-id", "ca-file", "username-claim", "username-prefix", "groups-claim", "groups-prefix", "signing-algs", "required-claim"} {
		if f.set("oidc-" + name) {
			return true
		}
	}
	return false
}

// WithAuthenticationConfig returns the same flags with a local AuthenticationConfiguration, which replaces the file in
// use or the flags of an OIDC issuer.
func (f *Flags) WithAuthenticationConfig(file string) *Flags {
	out := *f
	out.AuthenticationConfig = file
	out.here = func(name string) bool { return name == "authentication-config" || f.here(name) }
	out.set = func(name string) bool { return !strings.HasPrefix(name, "oidc-") && f.set(name) }
	out.values = func() map[string][]string {
		values := maps.Clone(f.values())
		maps.DeleteFunc(values, func(name string, _ []string) bool { return strings.HasPrefix(name, "oidc-") })
		return values
	}
	return &out
}
