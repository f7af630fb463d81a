package simulate

import (
	"time"

	"github.com/spf13/pflag"
)

// Flags are the flags of kube-apiserver that are about authentication, by their own names
// and with their own defaults: k8s.io/kubernetes pkg/kubeapiserver/options/authentication.go.
// Paths are as they were given.
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

	// set reports whether a flag was given; here, whether it was on the command line of this
	// program, where paths are paths here.
	set, here func(name string) bool
	// values returns those that were given, by name.
	values func() map[string][]string
}

// AddFlags adds them to fs. What is set is asked of fs when the flags are read.
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
	fs.StringVar(&f.AuthenticationConfig, "authentication-config", "", "File with an AuthenticationConfiguration: JWT issuers, anonymous access.")
	fs.StringSliceVar(&f.APIAudiences, "api-audiences", nil, "Audiences of the API server; without it, its ServiceAccount issuers.")
	fs.BoolVar(&f.AnonymousAuth, "anonymous-auth", true, "Whether requests without credentials are served as system:anonymous.")
	fs.BoolVar(&f.BootstrapTokens, "enable-bootstrap-token-auth", false, "Whether bootstrap tokens are taken.")
	fs.StringVar(&f.ClientCAFile, "client-ca-file", "", "PEM file of the CAs of client certificates.")
	fs.StringVar(&f.TokenAuthFile, "token-auth-file", "", "CSV file of static tokens.")

	fs.StringVar(&f.OIDCIssuerURL, "oidc-issuer-url", "", "The OIDC issuer.")
	fs.StringVar(&f.OIDCClientID, "oidc-client-id", "", "The audience that its tokens must have.")
	fs.StringVar(&f.OIDCCAFile, "oidc-ca-file", "", "PEM file of the CAs of the issuer's server.")
	fs.StringVar(&f.OIDCUsernameClaim, "oidc-username-claim", "sub", "The claim that becomes the user name.")
	fs.StringVar(&f.OIDCUsernamePrefix, "oidc-username-prefix", "", "What stands before user names; - for nothing.")
	fs.StringVar(&f.OIDCGroupsClaim, "oidc-groups-claim", "", "The claim that becomes the groups.")
	fs.StringVar(&f.OIDCGroupsPrefix, "oidc-groups-prefix", "", "What stands before group names.")
	fs.StringSliceVar(&f.OIDCSigningAlgs, "oidc-signing-algs", []string{"RS256"}, "The signature algorithms that are taken.")
	fs.StringArrayVar(&f.OIDCRequiredClaims, "oidc-required-claim", nil, "A claim and the value it must have, KEY=VALUE (repeatable).")

	fs.StringVar(&f.RequestHeaderCAFile, "requestheader-client-ca-file", "", "PEM file of the CAs of the front proxy.")
	fs.StringSliceVar(&f.RequestHeaderUsernames, "requestheader-username-headers", nil, "Headers in which the front proxy names users.")
	fs.StringSliceVar(&f.RequestHeaderUIDs, "requestheader-uid-headers", nil, "Headers in which it gives their UIDs.")
	fs.StringSliceVar(&f.RequestHeaderGroups, "requestheader-group-headers", nil, "Headers in which it names groups.")
	fs.StringSliceVar(&f.RequestHeaderExtraPrefixes, "requestheader-extra-headers-prefix", nil, "Prefixes of headers for extra.")
	fs.StringSliceVar(&f.RequestHeaderAllowedNames, "requestheader-allowed-names", nil, "Common names that the front proxy's certificate may have.")

	fs.StringArrayVar(&f.ServiceAccountIssuers, "service-account-issuer", nil, "An issuer of ServiceAccount tokens (repeatable); the first issues.")
	fs.StringArrayVar(&f.ServiceAccountKeyFiles, "service-account-key-file", nil, "PEM file of keys that verify ServiceAccount tokens (repeatable).")
	fs.BoolVar(&f.ServiceAccountLookup, "service-account-lookup", true, "Whether the Secrets of legacy tokens are looked up.")
	fs.StringVar(&f.ServiceAccountSigningKeyFile, "service-account-signing-key-file", "", "The key that signs ServiceAccount tokens; it verifies none.")
	fs.StringVar(&f.ServiceAccountSigningEndpoint, "service-account-signing-endpoint", "", "The socket of an external signer.")
	fs.StringVar(&f.ServiceAccountJWKSURI, "service-account-jwks-uri", "", "The jwks_uri of the discovery document.")
	fs.StringVar(&f.TLSPrivateKeyFile, "tls-private-key-file", "", "The server's own key, which verifies ServiceAccount tokens where no key file is given.")

	fs.StringVar(&f.WebhookConfigFile, "authentication-token-webhook-config-file", "", "Kubeconfig file of a token webhook.")
	fs.StringVar(&f.WebhookVersion, "authentication-token-webhook-version", "v1beta1", "The version of TokenReview that the webhook is sent.")
	fs.DurationVar(&f.WebhookCacheTTL, "authentication-token-webhook-cache-ttl", 2*time.Minute, "How long the webhook's answers are kept.")
	fs.StringSliceVar(&f.AuthorizationMode, "authorization-mode", nil, "Authorizers; AlwaysAllow turns anonymous access off.")
}

// oidcSet reports whether one of --oidc-* was given.
func (f *Flags) oidcSet() bool {
	for _, name := range []string{"issuer-url", "client-id", "ca-file", "username-claim", "username-prefix", "groups-claim", "groups-prefix", "signing-algs", "required-claim"} {
		if f.set("oidc-" + name) {
			return true
		}
	}
	return false
}

// WithAuthenticationConfig returns the same flags with another file, of this machine.
func (f *Flags) WithAuthenticationConfig(file string) *Flags {
	out := *f
	out.AuthenticationConfig = file
	out.here = func(name string) bool { return name == "authentication-config" || f.here(name) }
	return &out
}
