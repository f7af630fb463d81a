package simulate

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
)

// Invalid is the error for a configuration with which the API server would not start. Err is
// the server's own error.
type Invalid struct {
	Err error
	// fixes say what to change for faults whose error messages do not show it.
	fixes []finding.Text
}

// Error returns the server's error message.
func (i *Invalid) Error() string { return i.Err.Error() }

// invalid returns an *Invalid for errors; nil without any.
func invalid(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return &Invalid{Err: utilerrors.NewAggregate(errs)}
}

// Each returns the error message of each fault.
func (i *Invalid) Each() []string {
	var out []string
	for _, err := range i.each() {
		out = append(out, err.Error())
	}
	return out
}

// each returns the error of each fault.
func (i *Invalid) each() []error {
	var all utilerrors.Aggregate
	if !errors.As(i.Err, &all) {
		return []error{i.Err}
	}
	return utilerrors.Flatten(all).Errors()
}

// Unwrap returns the server's error, an Aggregate if there are several.
func (i *Invalid) Unwrap() error { return i.Err }

// Source describes where a configuration comes from.
type Source struct {
	// Server reads the files of the server's machine; nil if the paths are local.
	Server *Host
	// Files reads the files; nil reads them from the local file system.
	Files *input.Files
	// Stdin is what --authentication-config=- reads; nil for a file of that name.
	Stdin io.Reader
	// Opened is called with the local path of each file that was read; may be nil.
	Opened func(string)
	// Complete reports that these are all flags of a server: a missing required flag is an error.
	Complete bool
}

// Config reads the files that the flags name and returns the server's configuration. The error
// is an *Invalid if the server would not start, and another error if a file cannot be read here.
func (f *Flags) Config(src Source) (*Config, error) {
	if err := invalid(f.validate(src)); err != nil {
		return nil, err
	}
	c := &Config{
		APIAudiences: f.APIAudiences, ServiceAccountIssuers: f.ServiceAccountIssuers,
		ServiceAccountLookup: f.ServiceAccountLookup, BootstrapTokens: f.BootstrapTokens, flags: f.values(),
		Partial: !src.Complete, ExternalSigner: f.ServiceAccountSigningEndpoint != "",
	}
	if len(c.APIAudiences) == 0 {
		c.APIAudiences = f.ServiceAccountIssuers
	}
	var err error
	if c.ClientCAs, err = f.pool(&c.clients, src, "client-ca-bundle", "client-ca-file", f.ClientCAFile); err != nil && !c.lacks("client-ca-file", err) {
		return nil, err
	}
	if err := f.jwt(c, src); err != nil {
		return nil, err
	}
	if f.RequestHeaderCAFile != "" {
		h := &RequestHeader{
			UsernameHeaders: f.RequestHeaderUsernames, UIDHeaders: f.RequestHeaderUIDs, GroupHeaders: f.RequestHeaderGroups,
			ExtraHeaderPrefixes: f.RequestHeaderExtraPrefixes, AllowedNames: f.RequestHeaderAllowedNames,
		}
		if h.CAs, err = f.pool(&c.proxies, src, "request-header", "requestheader-client-ca-file", f.RequestHeaderCAFile); err != nil && !c.lacks("requestheader-client-ca-file", err) {
			return nil, err
		}
		if h.CAs != nil {
			c.RequestHeader = h
		}
	}
	if c.ServiceAccountKeys, err = f.serviceAccountKeys(c, src); err != nil {
		return nil, err
	}
	if f.TokenAuthFile != "" {
		data, err := f.read(src, "token-auth-file", f.TokenAuthFile)
		if err != nil && !c.lacks("token-auth-file", err) {
			return nil, fileError("token-auth-file", err)
		} else if err == nil {
			if c.Tokens, err = tokensOf(data, f.TokenAuthFile); err != nil {
				return nil, fileError("token-auth-file", err)
			}
		}
	}
	if f.WebhookConfigFile != "" {
		const flag = "authentication-token-webhook-config-file"
		c.Webhook = &Webhook{File: f.WebhookConfigFile, Version: f.WebhookVersion, files: f.reader(src, flag)}
		var unread *input.Error
		if _, err := f.read(src, flag, f.WebhookConfigFile); errors.As(err, &unread) {
			return nil, fileError(flag, err)
		}
	}
	return c, nil
}

// validate returns the errors of the server's own validation of its flags.
func (f *Flags) validate(src Source) []error {
	var errs []error
	switch {
	case f.AuthenticationConfig == "":
		if f.oidcSet() && (f.OIDCIssuerURL == "" || f.OIDCClientID == "") {
			errs = append(errs, errors.New("oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"))
		}
	case f.oidcSet():
		errs = append(errs, errors.New("authentication-config file and oidc-* flags are mutually exclusive"))
	}
	errs = append(errs, f.validateServiceAccounts(src)...)
	errs = append(errs, f.validateRequestHeader()...)
	if f.ClientCAFile != "" && f.RequestHeaderCAFile != "" && len(f.RequestHeaderAllowedNames) == 0 {
		// Errors are ignored here: the function that uses the file reports them.
		clients, _ := f.certificates(src, "client-ca-file", f.ClientCAFile)
		proxies, _ := f.certificates(src, "requestheader-client-ca-file", f.RequestHeaderCAFile)
		known := map[string]bool{}
		for _, c := range proxies {
			known[string(c.Raw)] = true
		}
		if slices.ContainsFunc(clients, func(c *x509.Certificate) bool { return known[string(c.Raw)] }) {
			errs = append(errs, errors.New("--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; --requestheader-allowed-names must be specified to ensure regular client certificates cannot set authenticating proxy headers for arbitrary users"))
		}
	}
	if src.Complete {
		errs = append(errs, f.validateTokenRequest()...)
	}
	if f.ServiceAccountSigningEndpoint != "" && (f.ServiceAccountSigningKeyFile != "" || len(f.ServiceAccountKeyFiles) > 0) {
		errs = append(errs, errors.New("can't set `--service-account-signing-key-file` and/or `--service-account-key-file` with `--service-account-signing-endpoint` (They are mutually exclusive)"))
	}
	return errs
}

// validateTokenRequest checks that a signing key comes with an issuer.
func (f *Flags) validateTokenRequest() []error {
	issues := len(f.ServiceAccountIssuers) > 0 && f.ServiceAccountIssuers[0] != ""
	signs := f.ServiceAccountSigningKeyFile != "" || f.ServiceAccountSigningEndpoint != ""
	switch {
	case issues && signs:
		return nil
	case f.ServiceAccountSigningKeyFile == "" && !issues && len(f.APIAudiences) == 0:
		return []error{errors.New("--service-account-signing-key-file and --service-account-issuer are required flags")}
	}
	return []error{errors.New("--service-account-signing-key-file, --service-account-issuer, and --api-audiences should be specified together")}
}

func (f *Flags) validateServiceAccounts(src Source) []error {
	var errs []error
	seen := map[string]bool{}
	for _, issuer := range f.ServiceAccountIssuers {
		if strings.Contains(issuer, ":") {
			if _, err := url.Parse(issuer); err != nil {
				errs = append(errs, fmt.Errorf("service-account-issuer %q contained a ':' but was not a valid URL: %w", issuer, err))
				continue
			}
		}
		switch {
		case issuer == "":
			errs = append(errs, errors.New("service-account-issuer should not be an empty string"))
		case seen[issuer]:
			errs = append(errs, fmt.Errorf("service-account-issuer %q is already specified", issuer))
		}
		seen[issuer] = true
	}
	if src.Complete {
		if len(f.ServiceAccountIssuers) == 0 {
			errs = append(errs, errors.New("service-account-issuer is a required flag"))
		}
		if len(f.ServiceAccountKeyFiles) == 0 && f.ServiceAccountSigningEndpoint == "" && f.TLSPrivateKeyFile == "" {
			errs = append(errs, errors.New("either `--service-account-key-file` or `--service-account-signing-endpoint` must be set"))
		}
	}
	if f.ServiceAccountJWKSURI != "" {
		if u, err := url.Parse(f.ServiceAccountJWKSURI); err != nil {
			errs = append(errs, fmt.Errorf("service-account-jwks-uri must be a valid URL: %w", err))
		} else if u.Scheme != "https" {
			errs = append(errs, fmt.Errorf("service-account-jwks-uri requires https scheme, parsed as: %v", u.String()))
		}
	}
	return errs
}

func (f *Flags) validateRequestHeader() []error {
	var errs []error
	for _, h := range []struct {
		flag   string
		values []string
	}{
		{"requestheader-username-headers", f.RequestHeaderUsernames}, {"requestheader-group-headers", f.RequestHeaderGroups},
		{"requestheader-extra-headers-prefix", f.RequestHeaderExtraPrefixes}, {"requestheader-allowed-names", f.RequestHeaderAllowedNames},
		{"requestheader-uid-headers", f.RequestHeaderUIDs},
	} {
		if slices.ContainsFunc(h.values, func(v string) bool { return strings.TrimSpace(v) == "" }) {
			errs = append(errs, fmt.Errorf("empty value in %q", h.flag))
		}
	}
	isStandard := func(v string) bool { return strings.EqualFold(v, "X-Remote-Uid") }
	if len(f.RequestHeaderUIDs) > 0 && !slices.ContainsFunc(f.RequestHeaderUIDs, isStandard) {
		errs = append(errs, errors.New("--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work"))
	}
	return errs
}

// jwt reads the JWT issuers and the settings of anonymous requests from the file or the flags,
// and validates them with the server's own code.
func (f *Flags) jwt(c *Config, src Source) error {
	configuration := &apiserver.AuthenticationConfiguration{}
	switch {
	case f.AuthenticationConfig != "":
		var err error
		if configuration, err = f.authenticationConfiguration(c, src); err != nil {
			return err
		}
	case f.OIDCIssuerURL != "" && f.OIDCClientID != "":
		issuer, err := f.oidcIssuer(c, src)
		if err != nil {
			return err
		}
		configuration.JWT = []apiserver.JWTAuthenticator{*issuer}
		c.SigningAlgorithms = f.OIDCSigningAlgs
	}
	switch {
	case configuration.Anonymous != nil && f.set("anonymous-auth"):
		return &Invalid{Err: field.Forbidden(field.NewPath("anonymous"), "--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file")}
	case configuration.Anonymous != nil:
		c.Anonymous = *configuration.Anonymous
	default:
		c.Anonymous = apiserver.AnonymousAuthConfig{Enabled: f.AnonymousAuth && !slices.Contains(f.AuthorizationMode, "AlwaysAllow")}
	}
	if errs := validation.ValidateAuthenticationConfiguration(authenticationcel.NewDefaultCompiler(), configuration, f.ServiceAccountIssuers); len(errs) > 0 {
		return &Invalid{Err: fmt.Errorf("invalid authentication configuration: %w", errs.ToAggregate()), fixes: authorityFixes(configuration.JWT)}
	}
	for _, j := range configuration.JWT {
		// Only at its start, the server checks that the selector has a configuration.
		if e := j.Issuer.EgressSelectorType; e != "" && src.Complete && len(f.values()["egress-selector-config-file"]) == 0 {
			return &Invalid{Err: fmt.Errorf("oidc: egress lookup required with egress selector type %q", e)}
		}
	}
	c.JWT = configuration.JWT
	return nil
}

// documentsIn counts the YAML documents that are not empty.
func documentsIn(data []byte) int {
	n := 0
	for documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		document, err := documents.Read()
		if err != nil {
			return n
		}
		var content any
		if sigsyaml.Unmarshal(document, &content) != nil || content != nil {
			n++
		}
	}
}

// authenticationConfiguration reads the file of --authentication-config, which may be inside a ConfigMap or a Secret
// if it is a local file.
func (f *Flags) authenticationConfiguration(c *Config, src Source) (*apiserver.AuthenticationConfiguration, error) {
	const flag = "authentication-config"
	data, err := f.read(src, flag, f.AuthenticationConfig)
	var missing *Missing
	switch {
	case errors.As(err, &missing):
		return nil, missing
	case err != nil:
		return nil, fileError(flag, fmt.Errorf("failed to load authentication configuration from file %q: %w", f.AuthenticationConfig, err))
	}
	if err := aliases.Check(data); err != nil {
		return nil, fileError(flag, err)
	}
	if f.here(flag) || src.Server == nil {
		if inner, ok := manifest.AuthenticationConfiguration(data); ok {
			data = inner
		} else if launch, err := manifest.Parse(data, manifest.Reader{}); err == nil {
			return nil, finding.Errorf("--authentication-config: %s is not an AuthenticationConfiguration but a %s: give it with --manifest", finding.File.Of(f.AuthenticationConfig), launch.Form)
		}
	}
	configuration, err := ParseAuthenticationConfiguration(data)
	if err != nil {
		return nil, &Invalid{Err: fmt.Errorf("failed to load authentication configuration from file %q: %w", f.AuthenticationConfig, err)}
	}
	var kind metav1.TypeMeta
	_ = sigsyaml.Unmarshal(data, &kind)
	c.documents = documentsIn(data)
	c.apiVersion, c.anonymousConfigured = kind.APIVersion, configuration.Anonymous != nil
	c.SigningAlgorithms = oidc.AllValidSigningAlgorithms()
	return configuration, nil
}

// oidcIssuer converts --oidc-* to a JWT issuer, as the server does.
func (f *Flags) oidcIssuer(c *Config, src Source) (*apiserver.JWTAuthenticator, error) {
	prefix := f.OIDCUsernamePrefix
	switch {
	case prefix == "" && f.OIDCUsernameClaim != "email":
		prefix = f.OIDCIssuerURL + "#"
	case prefix == "-":
		prefix = ""
	}
	j := &apiserver.JWTAuthenticator{
		Issuer: apiserver.Issuer{URL: f.OIDCIssuerURL, Audiences: []string{f.OIDCClientID}},
		ClaimMappings: apiserver.ClaimMappings{
			Username: apiserver.PrefixedClaimOrExpression{Prefix: &prefix, Claim: f.OIDCUsernameClaim},
		},
	}
	if f.OIDCGroupsClaim != "" {
		groups := f.OIDCGroupsPrefix
		j.ClaimMappings.Groups = apiserver.PrefixedClaimOrExpression{Prefix: &groups, Claim: f.OIDCGroupsClaim}
	}
	if f.OIDCCAFile != "" {
		ca, err := f.read(src, "oidc-ca-file", f.OIDCCAFile)
		if err != nil && !c.lacks("oidc-ca-file", err) {
			return nil, fileError("oidc-ca-file", err)
		}
		j.Issuer.CertificateAuthority = string(ca)
	}
	required := map[string]string{}
	for _, pair := range f.OIDCRequiredClaims {
		claim, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, &Invalid{Err: fmt.Errorf("invalid argument %q for \"--oidc-required-claim\" flag: malformed pair, expect string=string", pair)}
		}
		required[strings.TrimSpace(claim)] = strings.TrimSpace(value)
	}
	for claim, value := range required {
		j.ClaimValidationRules = append(j.ClaimValidationRules, apiserver.ClaimValidationRule{Claim: claim, RequiredValue: value})
	}
	// The server iterates over a map in random order; a fixed order keeps reports stable.
	slices.SortFunc(j.ClaimValidationRules, func(a, b apiserver.ClaimValidationRule) int { return strings.Compare(a.Claim, b.Claim) })
	return j, nil
}

func (f *Flags) serviceAccountKeys(c *Config, src Source) ([]serviceaccount.Key, error) {
	flag, files := "service-account-key-file", f.ServiceAccountKeyFiles
	if len(files) == 0 && f.ServiceAccountSigningEndpoint == "" && f.TLSPrivateKeyFile != "" && len(f.ServiceAccountIssuers) > 0 {
		flag, files = "tls-private-key-file", []string{f.TLSPrivateKeyFile}
	}
	var keys []any
	for _, file := range files {
		data, err := f.read(src, flag, file)
		if err != nil && c.lacks("service-account-key-file", err) {
			continue
		}
		if err != nil {
			return nil, fileError(flag, err)
		}
		these, err := keyutil.ParsePublicKeysPEM(data)
		if err != nil {
			return nil, fileError(flag, fmt.Errorf("error reading public key file %s: %w", file, err))
		}
		for _, k := range these {
			if k, ok := k.(*rsa.PublicKey); ok && k.N.BitLen() > keyset.MaxRSABits {
				return nil, fileError(flag, fmt.Errorf("%s has an RSA key of %d bits; this program tries only keys of up to %d bits, an API server would try the key", file, k.N.BitLen(), keyset.MaxRSABits))
			}
		}
		keys = append(keys, these...)
	}
	out, err := serviceaccount.NewKeys(keys)
	if err != nil {
		return nil, &Invalid{Err: fmt.Errorf("failed to set up public service account keys: %w", err)}
	}
	return out, nil
}

// pool reads CAs, with the error messages of k8s.io/apiserver pkg/server/dynamiccertificates;
// nil without a file. name is the server's own name of the bundle.
func (f *Flags) pool(in *[]*x509.Certificate, src Source, name, flag, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := f.read(src, flag, file)
	switch {
	case err != nil:
		return nil, fileError(flag, err)
	case len(data) == 0:
		return nil, &Invalid{Err: fmt.Errorf("missing content for CA bundle %q", name+"::"+file)}
	}
	cas, err := cert.ParseCertsPEM(data)
	if err != nil {
		return nil, &Invalid{Err: fmt.Errorf("error loading CA bundle for %q: %w", name+"::"+file, err)}
	}
	p := x509.NewCertPool()
	for _, ca := range cas {
		p.AddCert(ca)
	}
	*in = cas
	return p, nil
}

// lacks records a file that was not given and that not every verdict depends on. It returns false for any other error.
func (c *Config) lacks(flag string, err error) bool {
	var m *Missing
	if !errors.As(err, &m) {
		return false
	}
	if c.missing == nil {
		c.missing = map[string]*Missing{}
	}
	c.missing[flag] = m
	return true
}

// NotGiven returns a sentence about the files of the server that were not given; empty without any.
func (c *Config) NotGiven() finding.Text {
	flags := slices.Sorted(maps.Keys(c.missing))
	if len(flags) == 0 {
		return finding.Text{}
	}
	var names []finding.Value
	for _, flag := range flags {
		names = append(names, finding.Syntax("--"+flag))
	}
	return finding.T("the files of %s were not given: a verdict that depends on one stays undecided", finding.Join(", ", names...))
}

// certificates returns the certificates in the file that a flag names.
func (f *Flags) certificates(src Source, flag, file string) ([]*x509.Certificate, error) {
	data, err := f.read(src, flag, file)
	if err != nil {
		return nil, err
	}
	return cert.ParseCertsPEM(data)
}

// fileError adds the flag that names the file to an error.
func fileError(flag string, err error) error { return fmt.Errorf("--%s: %w", flag, err) }
