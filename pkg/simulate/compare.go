package simulate

import (
	"crypto/x509"
	"maps"
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/apis/apiserver"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Effect is what a difference of two configurations does to credentials.
type Effect string

const (
	// Admits means that the second configuration may accept what the first one rejects.
	Admits Effect = "Admits"
	// Rejects means that the second configuration may reject what the first one accepts.
	Rejects Effect = "Rejects"
	// Renames means that users or groups get other names.
	Renames Effect = "Renames"
	// Changes means that both are possible.
	Changes Effect = "Changes"
)

// Change is a difference of two configurations.
type Change struct {
	Effect Effect
	// Path is the field or the flag.
	Path   string
	Detail finding.Text
}

// Compare returns what the configuration of b would reject, admit or name differently than that of a, as far as settings
// can be compared without a credential. Expressions are compared as text.
func Compare(a, b *Server) []Change {
	x := comparison{a: &a.config, b: &b.config}
	x.issuers()
	x.serviceAccounts()
	x.certificates()
	x.others()
	return x.out
}

type comparison struct {
	a, b *Config
	out  []Change
}

func (x *comparison) add(e Effect, path string, detail finding.Text) {
	x.out = append(x.out, Change{e, path, detail})
}

// sets adds the values that only one side has: what is admitted by a value of b, and rejected without a value of a.
func (x *comparison) sets(path string, a, b []string, gone, added func(string) finding.Text) {
	for _, v := range a {
		if !slices.Contains(b, v) {
			x.add(Rejects, path, gone(v))
		}
	}
	for _, v := range b {
		if !slices.Contains(a, v) {
			x.add(Admits, path, added(v))
		}
	}
}

func (x *comparison) issuers() {
	of := func(c *Config) map[string]*apiserver.JWTAuthenticator {
		out := map[string]*apiserver.JWTAuthenticator{}
		for i := range c.JWT {
			out[c.JWT[i].Issuer.URL] = &c.JWT[i]
		}
		return out
	}
	before, after := of(x.a), of(x.b)
	for _, url := range slices.Sorted(maps.Keys(before)) {
		if after[url] == nil {
			x.add(Rejects, "jwt", finding.T("tokens of the issuer %s are no longer accepted", finding.Issuer.Of(url)))
		}
	}
	for _, url := range slices.Sorted(maps.Keys(after)) {
		if before[url] == nil {
			audiences := after[url].Issuer.Audiences
			x.add(Admits, "jwt", finding.T("tokens of the issuer %s are accepted, for the audience %s", finding.Issuer.Of(url), finding.Listed(len(audiences), finding.Names(finding.Audience, audiences)...)))
			continue
		}
		x.issuer(before[url], after[url])
	}
}

func (x *comparison) issuer(a, b *apiserver.JWTAuthenticator) {
	url := finding.Issuer.Of(a.Issuer.URL)
	x.sets("issuer.audiences", a.Issuer.Audiences, b.Issuer.Audiences,
		func(v string) finding.Text {
			return finding.T("%s: tokens that are only for the audience %q are no longer accepted", url, finding.Audience.Of(v))
		},
		func(v string) finding.Text {
			return finding.T("%s: tokens for the audience %q are accepted", url, finding.Audience.Of(v))
		})
	if a.Issuer.DiscoveryURL != b.Issuer.DiscoveryURL {
		x.add(Changes, "issuer.discoveryURL", finding.T("%s: the keys come from another discovery document", url))
	}
	if strings.TrimSpace(a.Issuer.CertificateAuthority) != strings.TrimSpace(b.Issuer.CertificateAuthority) {
		x.add(Changes, "issuer.certificateAuthority", finding.T("%s: another CA must have signed the certificate of the issuer's server", url))
	}
	x.algorithms(url)
	x.mapping("claimMappings.username", url, a.ClaimMappings.Username, b.ClaimMappings.Username)
	x.mapping("claimMappings.groups", url, a.ClaimMappings.Groups, b.ClaimMappings.Groups)
	if a.ClaimMappings.UID != b.ClaimMappings.UID {
		x.add(Renames, "claimMappings.uid", finding.T("%s: the UID comes from %s instead of %s", url, by(b.ClaimMappings.UID.Claim, b.ClaimMappings.UID.Expression), by(a.ClaimMappings.UID.Claim, a.ClaimMappings.UID.Expression)))
	}
	if !slices.Equal(a.ClaimMappings.Extra, b.ClaimMappings.Extra) {
		x.add(Renames, "claimMappings.extra", finding.T("%s: the values of extra come from other expressions", url))
	}
	x.rules(url, a, b)
}

func (x *comparison) algorithms(url finding.Value) {
	only := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Sorted(slices.Values(a)), func(v string) bool { return slices.Contains(b, v) })
	}
	if gone := only(x.a.SigningAlgorithms, x.b.SigningAlgorithms); len(gone) > 0 {
		x.add(Rejects, "signing algorithms", finding.T("%s: tokens signed with %s are no longer accepted", url, finding.Syntax(strings.Join(gone, ", "))))
	}
	if added := only(x.b.SigningAlgorithms, x.a.SigningAlgorithms); len(added) > 0 {
		x.add(Admits, "signing algorithms", finding.T("%s: tokens signed with %s are accepted", url, finding.Syntax(strings.Join(added, ", "))))
	}
}

func (x *comparison) mapping(path string, url finding.Value, a, b apiserver.PrefixedClaimOrExpression) {
	switch {
	case a.Claim != b.Claim || a.Expression != b.Expression:
		x.add(Renames, path, finding.T("%s: the value comes from %s instead of %s", url, by(b.Claim, b.Expression), by(a.Claim, a.Expression)))
	case prefixOf(a) != prefixOf(b):
		x.add(Renames, path, finding.T("%s: the prefix is %q instead of %q", url, finding.Quoted(prefixOf(b)), finding.Quoted(prefixOf(a))))
	}
}

// by is what a mapping reads.
func by(claim, expression string) finding.Text {
	switch {
	case claim != "":
		return finding.T("the claim %s", finding.Claim.Of(claim))
	case expression != "":
		return finding.T("the expression `%s`", finding.Message(expression))
	}
	return finding.T("nothing")
}

// rules compares the rules of an issuer: fewer admit more.
func (x *comparison) rules(url finding.Value, a, b *apiserver.JWTAuthenticator) {
	required := func(j *apiserver.JWTAuthenticator) (claims map[string]string, expressions []string) {
		claims = map[string]string{}
		for _, r := range j.ClaimValidationRules {
			if r.Claim != "" {
				claims[r.Claim] = r.RequiredValue
			} else {
				expressions = append(expressions, r.Expression)
			}
		}
		return claims, expressions
	}
	before, ruledBefore := required(a)
	after, ruledAfter := required(b)
	for _, claim := range slices.Sorted(maps.Keys(before)) {
		value, ok := after[claim]
		switch {
		case !ok:
			x.add(Admits, "claimValidationRules", finding.T("%s: the claim %s need no longer be %q", url, finding.Claim.Of(claim), finding.ClaimValue.Of(before[claim])))
		case value != before[claim]:
			x.add(Changes, "claimValidationRules", finding.T("%s: the claim %s must be %q instead of %q", url, finding.Claim.Of(claim), finding.ClaimValue.Of(value), finding.ClaimValue.Of(before[claim])))
		}
	}
	for _, claim := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[claim]; !ok {
			x.add(Rejects, "claimValidationRules", finding.T("%s: the claim %s must be %q", url, finding.Claim.Of(claim), finding.ClaimValue.Of(after[claim])))
		}
	}
	userRules := func(j *apiserver.JWTAuthenticator) (out []string) {
		for _, r := range j.UserValidationRules {
			out = append(out, r.Expression)
		}
		return out
	}
	// A rule that only the second configuration has can reject.
	added := func(v string) finding.Text {
		return finding.T("%s: the rule `%s` is added", url, finding.Message(v))
	}
	removed := func(v string) finding.Text {
		return finding.T("%s: the rule `%s` is removed", url, finding.Message(v))
	}
	x.sets("claimValidationRules", ruledAfter, ruledBefore, added, removed)
	x.sets("userValidationRules", userRules(b), userRules(a), added, removed)
}

func (x *comparison) serviceAccounts() {
	if x.unknown(len(x.a.ServiceAccountIssuers), len(x.b.ServiceAccountIssuers)) {
		return
	}
	x.sets("--service-account-issuer", x.a.ServiceAccountIssuers, x.b.ServiceAccountIssuers,
		func(v string) finding.Text {
			return finding.T("ServiceAccount tokens of the issuer %s are no longer accepted", finding.Issuer.Of(v))
		},
		func(v string) finding.Text {
			return finding.T("ServiceAccount tokens of the issuer %s are accepted", finding.Issuer.Of(v))
		})
	if len(x.a.ServiceAccountIssuers) > 0 && len(x.b.ServiceAccountIssuers) > 0 && x.a.ServiceAccountIssuers[0] != x.b.ServiceAccountIssuers[0] {
		x.add(Changes, "--service-account-issuer", finding.T("new ServiceAccount tokens have the issuer %s instead of %s", finding.Issuer.Of(x.b.ServiceAccountIssuers[0]), finding.Issuer.Of(x.a.ServiceAccountIssuers[0])))
	}
	keys := func(c *Config) (out []string) {
		for _, k := range c.ServiceAccountKeys {
			out = append(out, k.ID)
		}
		return out
	}
	if !x.unknown(len(x.a.ServiceAccountKeys), len(x.b.ServiceAccountKeys)) {
		x.sets("--service-account-key-file", keys(x.a), keys(x.b),
			func(v string) finding.Text {
				return finding.T("ServiceAccount tokens signed with the key %s are no longer accepted", finding.KeyID.Of(v))
			},
			func(v string) finding.Text {
				return finding.T("ServiceAccount tokens signed with the key %s are accepted", finding.KeyID.Of(v))
			})
	}
	x.sets("--api-audiences", x.a.APIAudiences, x.b.APIAudiences,
		func(v string) finding.Text {
			return finding.T("ServiceAccount tokens that are only for the audience %q are no longer accepted", finding.Audience.Of(v))
		},
		func(v string) finding.Text {
			return finding.T("ServiceAccount tokens for the audience %q are accepted", finding.Audience.Of(v))
		})
	x.toggled("--service-account-lookup", x.b.ServiceAccountLookup, x.a.ServiceAccountLookup, finding.T("legacy ServiceAccount tokens of deleted Secrets"))
}

// unknown reports whether a side that was not given in full lacks a setting that the other side has.
func (x *comparison) unknown(a, b int) bool {
	return x.a.Partial && a == 0 || x.b.Partial && b == 0
}

// toggled adds a setting that is on for only one side.
func (x *comparison) toggled(path string, a, b bool, what finding.Text) {
	switch {
	case a && !b:
		x.add(Rejects, path, finding.T("%s are no longer accepted", what))
	case b && !a:
		x.add(Admits, path, finding.T("%s are accepted", what))
	}
}

func (x *comparison) certificates() {
	names := func(of []*x509.Certificate) map[string]*x509.Certificate {
		out := map[string]*x509.Certificate{}
		for _, c := range of {
			out[string(c.Raw)] = c
		}
		return out
	}
	for _, s := range []struct {
		path string
		a, b []*x509.Certificate
		what finding.Text
	}{
		{"--client-ca-file", x.a.clients, x.b.clients, finding.T("client certificates")},
		{"--requestheader-client-ca-file", x.a.proxies, x.b.proxies, finding.T("front proxies with a certificate")},
	} {
		if x.unknown(len(s.a), len(s.b)) {
			continue
		}
		before, after := names(s.a), names(s.b)
		for _, c := range s.a {
			if after[string(c.Raw)] == nil {
				x.add(Rejects, s.path, finding.T("%s of the CA %s are no longer accepted", s.what, finding.Authority.Of(c.Subject.String())))
			}
		}
		for _, c := range s.b {
			if before[string(c.Raw)] == nil {
				x.add(Admits, s.path, finding.T("%s of the CA %s are accepted", s.what, finding.Authority.Of(c.Subject.String())))
			}
		}
	}
	if x.a.RequestHeader != nil && x.b.RequestHeader != nil && !slices.Equal(x.a.RequestHeader.AllowedNames, x.b.RequestHeader.AllowedNames) {
		x.add(Changes, "--requestheader-allowed-names", finding.T("other common names are accepted in the front proxy's certificate"))
	}
}

func (x *comparison) others() {
	x.toggled("--enable-bootstrap-token-auth", x.a.BootstrapTokens, x.b.BootstrapTokens, finding.T("bootstrap tokens"))
	x.toggled("--token-auth-file", x.a.Tokens != nil, x.b.Tokens != nil, finding.T("the tokens in the static token file"))
	x.toggled("--authentication-token-webhook-config-file", x.a.Webhook != nil, x.b.Webhook != nil, finding.T("tokens that the webhook accepts"))
	x.toggled("anonymous", x.a.Anonymous.Enabled, x.b.Anonymous.Enabled, finding.T("requests without a credential"))
	if x.a.Anonymous.Enabled && x.b.Anonymous.Enabled {
		paths := func(c *Config) (out []string) {
			for _, condition := range c.Anonymous.Conditions {
				out = append(out, condition.Path)
			}
			return out
		}
		a, b := paths(x.a), paths(x.b)
		switch {
		case len(a) == 0 && len(b) > 0:
			x.add(Rejects, "anonymous.conditions", finding.T("requests without a credential are accepted only at %s", finding.Message(strings.Join(b, ", "))))
		case len(b) == 0 && len(a) > 0:
			x.add(Admits, "anonymous.conditions", finding.T("requests without a credential are accepted at every path, not only at %s", finding.Message(strings.Join(a, ", "))))
		default:
			x.sets("anonymous.conditions", a, b,
				func(v string) finding.Text {
					return finding.T("requests without a credential are no longer accepted at %s", finding.Message(v))
				},
				func(v string) finding.Text {
					return finding.T("requests without a credential are accepted at %s", finding.Message(v))
				})
		}
	}
	for _, flag := range []string{"token-auth-file", "authentication-token-webhook-config-file"} {
		a, b := x.a.flags[flag], x.b.flags[flag]
		if len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) {
			x.add(Changes, "--"+flag, finding.T("another file is used, whose content is not compared"))
		}
	}
}
