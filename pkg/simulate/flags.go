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
	fs.StringVar(&f.AuthenticationConfig, "authentication-config", "", "Take JWT issuers and anonymous access from the AuthenticationConfiguration `FILE`.")
	fs.StringSliceVar(&f.APIAudiences, "api-audiences", nil, "Audiences of the API server, as `A,B`; without it, its ServiceAccount issuers.")
	fs.BoolVar(&f.AnonymousAuth, "anonymous-auth", true, "Whether requests without credentials are served as system:anonymous.")
	fs.BoolVar(&f.BootstrapTokens, "enable-bootstrap-token-auth", false, "Whether bootstrap tokens are taken.")
	fs.StringVar(&f.ClientCAFile, "client-ca-file", "", "PEM `FILE` of the CAs of client certificates.")
	fs.StringVar(&f.TokenAuthFile, "token-auth-file", "", "CSV `FILE` of static tokens.")

	fs.StringVar(&f.OIDCIssuerURL, "oidc-issuer-url", "", "`URL` of the issuer.")
	fs.StringVar(&f.OIDCClientID, "oidc-client-id", "", "`AUDIENCE` that its tokens must have.")
	fs.StringVar(&f.OIDCCAFile, "oidc-ca-file", "", "PEM `FILE` of the CAs of the issuer's server.")
	fs.StringVar(&f.OIDCUsernameClaim, "oidc-username-claim", "sub", "`CLAIM` that becomes the user name.")
	fs.StringVar(&f.OIDCUsernamePrefix, "oidc-username-prefix", "", "`PREFIX` of user names; - for none.")
	fs.StringVar(&f.OIDCGroupsClaim, "oidc-groups-claim", "", "`CLAIM` that becomes the groups.")
	fs.StringVar(&f.OIDCGroupsPrefix, "oidc-groups-prefix", "", "`PREFIX` of group names.")
	fs.StringSliceVar(&f.OIDCSigningAlgs, "oidc-signing-algs", []string{"RS256"}, "Signature algorithms that are taken, as `A,B`.")
	fs.StringArrayVar(&f.OIDCRequiredClaims, "oidc-required-claim", nil, "Claim and the value that it must have, `KEY=VALUE` (repeatable).")

	fs.StringVar(&f.RequestHeaderCAFile, "requestheader-client-ca-file", "", "PEM `FILE` of the CAs of the front proxy.")
	fs.StringSliceVar(&f.RequestHeaderUsernames, "requestheader-username-headers", nil, "Headers in which it names users, as `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderUIDs, "requestheader-uid-headers", nil, "Headers in which it gives their UIDs, as `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderGroups, "requestheader-group-headers", nil, "Headers in which it names groups, as `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderExtraPrefixes, "requestheader-extra-headers-prefix", nil, "Prefixes of the headers in which it gives extra, as `A,B`.")
	fs.StringSliceVar(&f.RequestHeaderAllowedNames, "requestheader-allowed-names", nil, "Common names that its certificate may have, as `A,B`.")

	fs.StringArrayVar(&f.ServiceAccountIssuers, "service-account-issuer", nil, "`ISSUER` of ServiceAccount tokens (repeatable); the first issues.")
	fs.StringArrayVar(&f.ServiceAccountKeyFiles, "service-account-key-file", nil, "PEM `FILE` of keys that verify them (repeatable).")
	fs.BoolVar(&f.ServiceAccountLookup, "service-account-lookup", true, "Whether the Secrets of legacy tokens are looked up.")
	fs.StringVar(&f.ServiceAccountSigningKeyFile, "service-account-signing-key-file", "", "PEM `FILE` of the key that signs them; it verifies none.")
	fs.StringVar(&f.ServiceAccountSigningEndpoint, "service-account-signing-endpoint", "", "`SOCKET` of an external signer.")
	fs.StringVar(&f.ServiceAccountJWKSURI, "service-account-jwks-uri", "", "`URL` that the discovery document has as jwks_uri.")
	fs.StringVar(&f.TLSPrivateKeyFile, "tls-private-key-file", "", "PEM `FILE` of the server's own key, which verifies them where no key file is given.")

	fs.StringVar(&f.WebhookConfigFile, "authentication-token-webhook-config-file", "", "Kubeconfig `FILE` of the webhook.")
	fs.StringVar(&f.WebhookVersion, "authentication-token-webhook-version", "v1beta1", "`VERSION` of TokenReview that it is sent.")
	fs.DurationVar(&f.WebhookCacheTTL, "authentication-token-webhook-cache-ttl", 2*time.Minute, "How long its answers are kept, a `DURATION`.")
	fs.StringSliceVar(&f.AuthorizationMode, "authorization-mode", nil, "Authorizers, as `A,B`; AlwaysAllow turns anonymous access off.")
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
