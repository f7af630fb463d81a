package simulate

import (
	"context"
	"crypto/x509"
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/anonymous"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/request/headerrequest"
	"k8s.io/apiserver/pkg/authentication/request/union"
	x509request "k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
	tokenunion "k8s.io/apiserver/pkg/authentication/token/union"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/features"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The names of the authenticators in reports.
var (
	nameLoopback      = finding.T("the API server itself")
	nameRequestHeader = finding.T("front proxy")
	nameCertificate   = finding.T("client certificate")
	nameTokenFile     = finding.T("token file")
	nameLegacy        = finding.T("legacy ServiceAccount token")
	nameBound         = finding.T("ServiceAccount token")
	nameBootstrap     = finding.T("bootstrap token")
	// nameJWT is the prefix of the name of each JWT issuer's authenticator.
	nameJWT       = finding.T("JWT issuer")
	nameWebhook   = finding.T("webhook")
	nameAnonymous = finding.T("anonymous")
)

// build builds the chain of authenticators in the server's order (k8s.io/kubernetes
// pkg/kubeapiserver/authenticator/config.go), after the server's loopback token
// (k8s.io/apiserver pkg/server/config.go).
func (s *Server) build(lifetime context.Context) (authenticator.Request, error) {
	c := &s.config
	audiences := authenticator.Audiences(c.APIAudiences)
	var requests []authenticator.Request
	if h := c.RequestHeader; h != nil {
		proxy := headerrequest.NewDynamicVerifyOptionsSecure(s.verify(h.CAs), headerrequest.StaticStringSlice(h.AllowedNames),
			headerrequest.StaticStringSlice(h.UsernameHeaders), headerrequest.StaticStringSlice(h.UIDHeaders),
			headerrequest.StaticStringSlice(h.GroupHeaders), headerrequest.StaticStringSlice(h.ExtraHeaderPrefixes))
		requests = append(requests, asRequest(nameRequestHeader, authenticator.WrapAudienceAgnosticRequest(audiences, proxy)))
	}
	if c.ClientCAs != nil {
		requests = append(requests, asRequest(nameCertificate, x509request.NewDynamic(s.verify(c.ClientCAs), x509request.CommonNameUserConversion)))
	}
	tokens, err := s.tokens(lifetime, audiences)
	if err != nil {
		return nil, err
	}
	requests = append(requests, bearertoken.New(tokenunion.New(tokens...)))

	chain := group.NewAuthenticatedGroupAdder(union.New(requests...))
	if c.clientsUnknown() {
		// A client certificate may authenticate the request before a token is looked at.
		chain = union.NewFailOnError(authenticator.RequestFunc(c.clientsMissing), chain)
	}
	if c.Anonymous.Enabled {
		// An error ends the chain: a request with a bad credential is not anonymous.
		chain = union.NewFailOnError(chain, asRequest(nameAnonymous, anonymous.NewAuthenticator(c.Anonymous.Conditions)))
	}
	itself := tokenfile.New(map[string]*user.DefaultInfo{loopbackToken(): {
		Name: user.APIServerUser, Groups: []string{user.AllAuthenticated, user.SystemPrivilegedGroup},
	}})
	loopback := bearertoken.New(asToken(nameLoopback, authenticator.WrapAudienceAgnosticToken(audiences, itself)))
	return union.New(loopback, chain), nil
}

// tokens returns the authenticators of bearer tokens, in the server's order.
func (s *Server) tokens(lifetime context.Context, audiences authenticator.Audiences) ([]authenticator.Token, error) {
	c := &s.config
	var out []authenticator.Token
	if c.Tokens != nil {
		out = append(out, asToken(nameTokenFile, authenticator.WrapAudienceAgnosticToken(audiences, c.Tokens)))
	}
	if m := c.missing["token-auth-file"]; m != nil {
		out = append(out, asToken(nameTokenFile, tokenFileMissing(m)))
	}
	if len(c.ServiceAccountKeys) > 0 {
		o := s.serviceAccounts()
		out = append(out, asToken(nameLegacy, serviceaccount.NewLegacy(o)))
		if len(c.ServiceAccountIssuers) > 0 {
			out = append(out, asToken(nameBound, serviceaccount.New(o)))
		}
	}
	notGiven := c.missing["service-account-key-file"]
	switch {
	case notGiven != nil:
		out = append(out, asToken(nameBound, s.serviceAccountsMissing(notGiven.What, notGiven.How)))
	case len(c.ServiceAccountKeys) > 0:
	case c.ExternalSigner:
		out = append(out, asToken(nameBound, s.serviceAccountsMissing(
			finding.T("the public keys of the external ServiceAccount token signer were not given"), finding.T("give them with --service-account-key-file, and the other flags one by one"))))
	case c.Partial:
		out = append(out, asToken(nameBound, s.serviceAccountsMissing(
			finding.T("the API server's issuer and keys of ServiceAccount tokens were not given"), finding.T("give --service-account-issuer and --service-account-key-file, or all flags with --manifest"))))
	}
	if c.BootstrapTokens {
		out = append(out, asToken(nameBootstrap, authenticator.WrapAudienceAgnosticToken(audiences, &bootstrap{recording{s.world.Objects}, s.world.Now})))
	}
	issuers, err := s.issuers(lifetime)
	if err != nil {
		return nil, err
	}
	// The server has this union in its chain even without issuers.
	out = append(out, authenticator.WrapAudienceAgnosticToken(audiences, tokenunion.NewFailOnError(issuers...)))
	if c.Webhook != nil {
		webhook, err := s.webhook()
		if err != nil {
			return nil, err
		}
		out = append(out, asToken(nameWebhook, webhook))
	}
	return out, nil
}

// serviceAccounts returns the options of the authenticators of ServiceAccount tokens.
func (s *Server) serviceAccounts() serviceaccount.Options {
	c := &s.config
	o := serviceaccount.Options{
		Issuers: c.ServiceAccountIssuers, Keys: c.ServiceAccountKeys, APIAudiences: c.APIAudiences,
		Getter: recording{s.world.Objects}, Lookup: c.ServiceAccountLookup, Now: s.world.Now,
	}
	if c.gate(string(features.APIServerWebhookAuthenticationToken)) {
		o.WebhookConfiguration = webhookConfigurationMissing
	}
	return o
}

// webhookConfigurationMissing is the lookup of admission webhook configurations, which simulate has no flag for.
func webhookConfigurationMissing(ctx context.Context, kind, name string) (*metav1.ObjectMeta, error) {
	return nil, miss(ctx, &Missing{What: finding.T("the %s %s was not given", finding.Standard(kind), finding.Object.Of(name)), How: finding.T("run explain against an API server: simulate reads no webhook configurations")})
}

// serviceAccountsMissing is the authenticator of ServiceAccount tokens if its issuer or keys were not given,
// because every API server has one. It has no opinion of a token of a configured JWT issuer, because no API server
// starts with one issuer in both roles.
func (s *Server) serviceAccountsMissing(what, how finding.Text) authenticator.Token {
	return authenticator.TokenFunc(func(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
		t := token.Parse(raw)
		if slices.ContainsFunc(s.config.JWT, func(j apiserver.JWTAuthenticator) bool { return j.Issuer.URL == t.Issuer() }) {
			return nil, false, nil
		}
		if t.Kind == token.KindServiceAccount || t.Kind == token.KindLegacyServiceAccount || t.Issuer() == serviceaccount.LegacyIssuer ||
			slices.Contains(s.config.ServiceAccountIssuers, t.Issuer()) {
			return nil, false, miss(ctx, &Missing{What: what, How: how})
		}
		return nil, false, nil
	})
}

var clientsNotGiven = finding.T("the API server's client CAs were not given")

// clientsUnknown reports whether the server may accept client certificates of CAs that were
// not given. Nearly every API server has a client CA.
func (c *Config) clientsUnknown() bool {
	return c.ClientCAs == nil && (c.Partial || c.missing["client-ca-file"] != nil)
}

// tokenFileMissing is the authenticator of a token file that was not given. It has no opinion of a JWT.
func tokenFileMissing(m *Missing) authenticator.Token {
	return authenticator.TokenFunc(func(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
		if token.Parse(raw).HasHeader() {
			return nil, false, nil
		}
		return nil, false, miss(ctx, m)
	})
}

// clientsMissing is the authenticator of client certificates if its CAs are unknown. It has an
// opinion only of requests with a certificate.
func (c *Config) clientsMissing(req *http.Request) (*authenticator.Response, bool, error) {
	if req.TLS == nil || len(req.TLS.PeerCertificates) == 0 {
		return nil, false, nil
	}
	return attempt(req.Context(), nameCertificate, func(ctx context.Context) (*authenticator.Response, bool, error) {
		if m := c.missing["client-ca-file"]; m != nil {
			return nil, false, miss(ctx, m)
		}
		return nil, false, miss(ctx, &Missing{What: clientsNotGiven, How: finding.T("give --client-ca-file, or all flags with --manifest")})
	})
}

// verify returns the options for verifying a client certificate at the server's time.
func (s *Server) verify(roots *x509.CertPool) x509request.VerifyOptionFunc {
	return func() (x509.VerifyOptions, bool) {
		o := x509request.DefaultVerifyOptions()
		o.Roots, o.CurrentTime = roots, s.world.Now()
		return o, true
	}
}
