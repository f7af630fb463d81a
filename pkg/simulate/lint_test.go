package simulate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// linted starts a server with JWT issuers, given as YAML items of the list jwt.
func linted(t *testing.T, jwt string) *Server {
	t.Helper()
	config := configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"+jwt+"\n")
	s, err := New(*config, World{Now: testClock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Each warning about a configuration alone, with a neighbor that needs none.
func TestLint(t *testing.T) {
	const (
		google = "https://accounts.google.com"
		github = "https://token.actions.githubusercontent.com"
		gitlab = "https://gitlab.com"
		own    = "https://id.example"
	)
	issuer := func(url, audience, rest string) string {
		return "- issuer: {url: \"" + url + "\", audiences: [\"" + audience + "\"]}\n  claimMappings: {" + rest
	}
	const sub = `username: {claim: sub, prefix: "x:"}, groups: {claim: groups, prefix: "x:"}}`
	for _, c := range []struct {
		it, jwt string
		want    []finding.ID
		says    string
	}{
		{it: "nothing", jwt: issuer(own, "shop", sub)},

		{it: "Google for everybody", jwt: issuer(google, "shop", sub), want: []finding.ID{finding.IssuerOpenToAll}, says: "anyone with a Google account"},
		{it: "Google with a rule about verified addresses", jwt: issuer(google, "shop", sub+"\n  claimValidationRules: [{expression: claims.email_verified == true}]"), want: []finding.ID{finding.IssuerOpenToAll}},
		{it: "Google for an organization", jwt: issuer(google, "shop", sub+"\n  claimValidationRules: [{claim: hd, requiredValue: example.org}]")},
		{it: "Google for an organization, by an expression", jwt: issuer(google, "shop", sub+"\n  claimValidationRules: [{expression: 'claims.email.endsWith(\"@example.org\")'}]")},
		{it: "Google for named users", jwt: issuer(google, "shop", sub+"\n  userValidationRules: [{expression: 'user.username in [\"x:12\"]'}]")},
		{it: "GitHub for everybody", jwt: issuer(github, "shop", sub), want: []finding.ID{finding.IssuerOpenToAll}, says: "any workflow"},
		{it: "GitHub for a branch of any repository", jwt: issuer(github, "shop", sub+"\n  claimValidationRules: [{claim: ref, requiredValue: refs/heads/main}]"), want: []finding.ID{finding.IssuerOpenToAll}},
		{it: "GitHub for an owner", jwt: issuer(github, "shop", sub+"\n  claimValidationRules: [{expression: 'claims.repository_owner == \"acme\"'}]")},
		{it: "GitHub's default audience", jwt: issuer(github, "https://github.com/acme", sub+"\n  claimValidationRules: [{claim: repository_owner, requiredValue: acme}]"), want: []finding.ID{finding.AudienceShared}, says: "default of GitHub Actions"},
		{it: "GitLab.com for everybody", jwt: issuer(gitlab, "shop", `username: {claim: user_login, prefix: "gl:"}, groups: {claim: groups_direct, prefix: "gl:"}}`), want: []finding.ID{finding.IssuerOpenToAll}},
		{it: "a GitLab of one's own", jwt: issuer("https://gitlab.example.org", "shop", sub)},
		{it: "the Azure CLI as audience", jwt: issuer(own, "04b07795-8ddb-461a-bbee-02f9e1bf7b46", sub), want: []finding.ID{finding.AudienceShared}, says: "the Azure CLI"},

		{it: "an expression without a prefix", jwt: issuer(own, "shop", `username: {expression: claims.sub}, groups: {claim: groups, prefix: "x:"}}`), want: []finding.ID{finding.ReservedNameMapped}, says: "claimMappings.username"},
		{it: "an expression with a prefix", jwt: issuer(own, "shop", `username: {expression: "'x:' + claims.sub"}, groups: {claim: groups, prefix: "x:"}}`)},
		{it: "an expression with a suffix alone", jwt: issuer(own, "shop", `username: {expression: "claims.sub + '@x'"}, groups: {claim: groups, prefix: "x:"}}`), want: []finding.ID{finding.ReservedNameMapped}},
		{it: "a rule about user names that leaves groups open", jwt: issuer(own, "shop", "username: {claim: sub, prefix: \"\"}, groups: {claim: groups, prefix: \"\"}}\n  userValidationRules: [{expression: \"!user.username.startsWith('system:')\"}]"),
			want: []finding.ID{finding.ReservedNameMapped}, says: "does not cover groups"},
		{it: "rules about both", jwt: issuer(own, "shop", "username: {claim: sub, prefix: \"\"}, groups: {claim: groups, prefix: \"\"}}\n  userValidationRules: [{expression: \"!user.username.startsWith('system:')\"}, {expression: \"user.groups.all(g, !g.startsWith('system:'))\"}]")},
		{it: "a rule about the claim", jwt: issuer(own, "shop", "username: {claim: sub, prefix: \"\"}, groups: {claim: groups, prefix: \"x:\"}}\n  claimValidationRules: [{expression: \"!claims.sub.startsWith('system:')\"}]")},
		{it: "a claim that has one value", jwt: issuer(own, "shop", "username: {claim: sub, prefix: \"\"}, groups: {claim: groups, prefix: \"x:\"}}\n  claimValidationRules: [{claim: sub, requiredValue: robot}]")},

		{it: "an address that nobody verified", jwt: issuer(own, "shop", `username: {claim: email, prefix: "x:"}, groups: {claim: groups, prefix: "x:"}}`), want: []finding.ID{finding.ClaimSelfAsserted}},
		{it: "a verified address", jwt: issuer(own, "shop", "username: {claim: email, prefix: \"x:\"}, groups: {claim: groups, prefix: \"x:\"}}\n  claimValidationRules: [{expression: 'claims.?email_verified.orValue(false) == true'}]")},
		{it: "an expression of an address", jwt: issuer(own, "shop", "username: {expression: \"'x:' + claims.email\"}, groups: {claim: groups, prefix: \"x:\"}}\n  claimValidationRules: [{expression: 'has(claims.email_verified)'}]"), want: []finding.ID{finding.ClaimSelfAsserted}, says: "email_verified is false"},

		{it: "prefixes without a separator", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "oidc"}, groups: {claim: groups, prefix: "x:"}}`), want: []finding.ID{finding.PrefixWithoutSeparator}, says: `"oidcjane"`},
		{it: "prefixes with another separator", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "oidc-"}, groups: {claim: groups, prefix: "x/"}}`)},
		{it: "no groups", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}}`), want: []finding.ID{finding.GroupsNotMapped}},
		{it: "a rule about groups that are not mapped", jwt: issuer(own, "shop", "username: {claim: sub, prefix: \"x:\"}}\n  userValidationRules: [{expression: \"user.groups.all(g, g != 'a')\"}]"), want: []finding.ID{finding.GroupsNotMapped}, says: "always empty"},

		{it: "split", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}, groups: {expression: 'claims.roles.split(",")'}}`), want: []finding.ID{finding.ExpressionFails}, says: ".map(r, r)"},
		{it: "split with map", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}, groups: {expression: 'claims.?roles.orValue("").split(",").map(r, "x:" + r)'}}`)},
		{it: "a prefix of a list", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}, groups: {expression: '"x:" + claims.groups'}}`), want: []finding.ID{finding.ExpressionFails}, says: `dyn(claims.groups).map(g, "x:" + g)`},
		{it: "an optional claim", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}, groups: {expression: 'dyn(claims.roles).map(r, "x:" + r)'}}`), want: []finding.ID{finding.ExpressionFails}, says: `claims.?roles.orValue([])`},
		{it: "an optional claim that is guarded", jwt: issuer(own, "shop", `username: {claim: sub, prefix: "x:"}, groups: {expression: 'dyn(claims.?roles.orValue([])).map(r, "x:" + r)'}}`)},
		{it: "a rule that needs a claim", jwt: issuer(own, "shop", sub+"\n  claimValidationRules: [{expression: '\"admin\" in claims.roles'}]"), want: []finding.ID{finding.ExpressionFails}, says: "has(claims.roles) &&"},
		{it: "a rule that guards its claim", jwt: issuer(own, "shop", sub+"\n  claimValidationRules: [{expression: 'has(claims.roles) && \"admin\" in claims.roles'}]")},

		{it: "a required claim that is a boolean", jwt: issuer(own, "shop", sub+"\n  claimValidationRules: [{claim: email_verified, requiredValue: \"true\"}]"), want: []finding.ID{finding.ExpressionFails}, says: "claims.?email_verified.orValue(false) == true"},
		{it: "a required claim that is a list", jwt: issuer(own, "shop", sub+"\n  claimValidationRules: [{claim: groups, requiredValue: admins}]"), want: []finding.ID{finding.ExpressionFails}, says: `"admins" in claims.groups`},
		{it: "a placeholder", jwt: issuer("https://id.example/${TENANT}/v2", "shop", sub), want: []finding.ID{finding.IssuerNotUsable}, says: "${TENANT}"},
		{it: "Entra for all tenants", jwt: issuer("https://login.microsoftonline.com/common/v2.0", "shop", sub), want: []finding.ID{finding.IssuerNotUsable}, says: "{tenantid}"},
		{it: "Entra for a tenant", jwt: issuer("https://login.microsoftonline.com/11111111-0000-0000-0000-000000000000/v2.0", "shop", sub)},
		{it: "Entra for personal accounts", jwt: issuer("https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "shop", sub), want: []finding.ID{finding.IssuerOpenToAll}},

		{it: "two documents", jwt: issuer(own, "shop", sub) + "\n---\napiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration", want: []finding.ID{finding.FurtherDocumentIgnored}},
		{it: "an empty second document", jwt: issuer(own, "shop", sub) + "\n---\n# nothing"},
		{it: "two issuers with one prefix", jwt: issuer(own, "shop", sub) + "\n" + issuer("https://other.example", "till", sub), want: []finding.ID{finding.UsernamesMayCollide}},
	} {
		var got []finding.ID
		var all []string
		for _, f := range linted(t, c.jwt).Lint() {
			got = append(got, f.ID)
			all = append(all, f.Detail.String())
			for _, r := range f.Remedy {
				all = append(all, r.Description.String())
			}
			if f.Severity == finding.Error {
				t.Errorf("%s: %s is an error", c.it, f.ID)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s%s", c.it, diff, strings.Join(all, "\n"))
		}
		if !strings.Contains(strings.Join(all, "\n"), c.says) {
			t.Errorf("%s: %q is not in %q", c.it, c.says, all)
		}
	}
}

// The differences of two configurations, each in both directions.
func TestCompare(t *testing.T) {
	base := func(rest string) string {
		return "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"x:\"}}" + rest
	}
	for _, c := range []struct {
		it, a, b    string
		there, back []string
	}{
		{it: "nothing", a: base(""), b: base("")},
		{it: "an issuer", a: base(""), b: base("\n- issuer: {url: https://other.example, audiences: [till]}\n  claimMappings: {username: {claim: sub, prefix: \"y:\"}}"), there: []string{"Admits jwt"}, back: []string{"Rejects jwt"}},
		{it: "an audience", a: base(""), b: strings.Replace(base(""), "[shop]", "[shop, till], audienceMatchPolicy: MatchAny", 1), there: []string{"Admits issuer.audiences"}, back: []string{"Rejects issuer.audiences"}},
		{it: "a required claim", a: base(""), b: base("\n  claimValidationRules: [{claim: hd, requiredValue: a}]"), there: []string{"Rejects claimValidationRules"}, back: []string{"Admits claimValidationRules"}},
		{it: "another value of a claim", a: base("\n  claimValidationRules: [{claim: hd, requiredValue: b}]"), b: base("\n  claimValidationRules: [{claim: hd, requiredValue: a}]"), there: []string{"Changes claimValidationRules"}, back: []string{"Changes claimValidationRules"}},
		{it: "a rule about users", a: base(""), b: base("\n  userValidationRules: [{expression: user.username != 'a'}]"), there: []string{"Rejects userValidationRules"}, back: []string{"Admits userValidationRules"}},
		{it: "a prefix", a: base(""), b: strings.Replace(base(""), `"x:"`, `"y:"`, 1), there: []string{"Renames claimMappings.username"}, back: []string{"Renames claimMappings.username"}},
		{it: "anonymous requests", a: base(""), b: base("\nanonymous: {enabled: false}"), there: []string{"Rejects anonymous"}, back: []string{"Admits anonymous"}},
		{it: "anonymous requests at a path", a: base("\nanonymous: {enabled: true}"), b: base("\nanonymous: {enabled: true, conditions: [{path: /livez}]}"), there: []string{"Rejects anonymous.conditions"}, back: []string{"Admits anonymous.conditions"}},
	} {
		a, b := linted(t, c.a), linted(t, c.b)
		words := func(all []Change) (out []string) {
			for _, x := range all {
				out = append(out, string(x.Effect)+" "+x.Path)
			}
			return out
		}
		if got := words(Compare(a, b)); !slices.Equal(got, c.there) {
			t.Errorf("%s: %q, want %q", c.it, got, c.there)
		}
		if got := words(Compare(b, a)); !slices.Equal(got, c.back) {
			t.Errorf("%s, the other way: %q, want %q", c.it, got, c.back)
		}
	}
}

// The correction of a fault with which the API server would not start.
func TestFixesOfFaults(t *testing.T) {
	for _, c := range []struct{ it, jwt, says string }{
		{"a path instead of PEM text", "- issuer: {url: https://id.example, audiences: [shop], certificateAuthority: /etc/ssl/idp.crt}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "is the path /etc/ssl/idp.crt"},
		{"base64 instead of PEM text", "- issuer: {url: https://id.example, audiences: [shop], certificateAuthority: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "is base64"},
		{"a broken PEM text", "- issuer: {url: https://id.example, audiences: [shop], certificateAuthority: \"-----BEGIN CERTIFICATE-----\"}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", ""},
		{"no prefix", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub}}", "prefix: \"oidc:\""},
		{"a comprehension over a claim", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}, groups: {expression: 'claims.groups.map(g, g)'}}", "dyn(claims.NAME)"},
		{"a claim that is no boolean", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  claimValidationRules: [{expression: claims.admin}]", "claims.NAME == true"},
		{"an address without a rule", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {expression: claims.email}}", "claims.?email_verified.orValue(false) == true"},
		{"two audiences", "- issuer: {url: https://id.example, audiences: [shop, till]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "audienceMatchPolicy: MatchAny"},
		{"the user in a rule about claims", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  claimValidationRules: [{expression: 'user.username != \"a\"'}]", "user exists only in userValidationRules"},
		{"a rule that is no list", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  claimValidationRules: {claim: a, requiredValue: b}", "claimValidationRules is a list"},
		{"audiences that are no list", "- issuer: {url: https://id.example, audiences: shop}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "audiences is a list"},
		{"a function as an operator", "- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}\n  claimValidationRules: [{expression: 'claims.aud contains \"a\"'}]", "in claims.NAME"},
		{"a placeholder in a host", "- issuer: {url: 'https://{{ host }}/a', audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "placeholder"},
		{"an unknown field", "- issuer: {url: https://id.example, audiences: [shop], caFile: /x}\n  claimMappings: {username: {claim: sub, prefix: \"\"}}", "issuer.certificateAuthority"},
	} {
		file := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(file, []byte("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"+c.jwt+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var f Flags
		fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
		f.AddFlags(fs)
		if err := fs.Parse([]string{"--authentication-config=" + file}); err != nil {
			t.Fatal(err)
		}
		_, err := f.Config(Source{})
		var invalid *Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v", c.it, err)
			continue
		}
		var all []string
		for _, fix := range Fixes(invalid) {
			all = append(all, fix.String())
		}
		if got := strings.Join(all, "\n"); !strings.Contains(got, c.says) || c.says == "" && got != "" {
			t.Errorf("%s: %q is not in %q of %v", c.it, c.says, got, err)
		}
		for i, fault := range invalid.Faults() {
			if got := fault.Text().String(); got != invalid.Each()[i] {
				t.Errorf("%s: the fault is %q, and the server says %q", c.it, got, invalid.Each()[i])
			}
		}
	}
}

// Claims without a token get the user that a signed token gets.
func TestClaimsToken(t *testing.T) {
	config := configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"x:\"}}\n")
	s, err := New(*config, World{Now: testClock, Unsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		claims, want, err string
		added             bool
	}{
		{claims: "iss: https://id.example\naud: shop\nsub: ada\n", want: "x:ada", added: true},
		{claims: `{"iss": "https://id.example", "aud": ["shop"], "sub": "ada", "exp": 1}`, err: "expired"},
		{claims: `{"iss": "https://id.example", "aud": "till", "sub": "ada"}`, err: "expected audience", added: true},
		{claims: `{"iss": "https://other.example", "aud": "shop", "sub": "ada"}`, err: "invalid bearer token", added: true},
	} {
		tok, added, err := s.ClaimsToken([]byte(c.claims))
		if err != nil || added != c.added {
			t.Errorf("%s: %v, exp added: %t", c.claims, err, added)
			continue
		}
		answer := s.Authenticate(t.Context(), Request{Token: tok.Raw.Reveal(), HasToken: true})
		switch {
		case c.err != "" && (answer.Authenticated || !strings.Contains(answer.Error+"invalid bearer token", c.err)):
			t.Errorf("%s: %t %q", c.claims, answer.Authenticated, answer.Error)
		case c.err == "" && (!answer.Authenticated || answer.User.GetName() != c.want):
			t.Errorf("%s: %q", c.claims, answer.Error)
		}
	}
	for _, wrong := range []string{"", "[]", "just text", "a: [", "{\"a\": 1, \"a\": 2}"} {
		if _, _, err := s.ClaimsToken([]byte(wrong)); err == nil {
			t.Errorf("%q is read as claims", wrong)
		}
	}
}

// An issuer whose discovery document no API server can use is rejected, whatever keys are given.
func TestUnusableIssuer(t *testing.T) {
	for url, want := range map[string]bool{
		"https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration":        true,
		"https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration": true,
		"https://mirror.example/v2.0/.well-known/openid-configuration":                          false,
	} {
		config := configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: \""+testIssuer+"\", discoveryURL: \""+url+"\", audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"x:\"}}\n")
		s, err := New(*config, World{Now: testClock, Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }})
		if err != nil {
			t.Fatal(err)
		}
		answer := s.Authenticate(t.Context(), Request{Token: (&jwtCase{Claims: object{"sub": "ada"}}).raw(t), HasToken: true})
		if rejected := !answer.Authenticated && answer.Decided() && strings.Contains(answer.Error, "oidc: authenticator not initialized"); rejected != want {
			t.Errorf("%s: rejected is %t: %q", url, rejected, answer.Error)
		}
		s.Close()
	}
}

// The API server compares the paths of anonymous requests as text.
func TestLintAnonymous(t *testing.T) {
	for conditions, want := range map[string][]finding.ID{
		`[{path: "/healthz*"}, {path: /livez}]`:   {finding.AnonymousPathNeverMatches},
		`[{path: healthz}]`:                       {finding.AnonymousPathNeverMatches},
		`[{path: /healthz}, {path: /livez/ping}]`: nil,
		`[]`: nil,
	} {
		config := configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: "+conditions+"}\n")
		s, err := New(*config, World{Now: testClock})
		if err != nil {
			t.Fatal(err)
		}
		var got []finding.ID
		for _, f := range s.Lint() {
			got = append(got, f.ID)
		}
		s.Close()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", conditions, diff)
		}
	}
}

// A configuration of thousands of rules is examined in linear time, and a rule that is not tried rules out a warning.
func TestLintOfManyRules(t *testing.T) {
	const n = 3000
	rules := func(last string) string {
		var out strings.Builder
		out.WriteString("- issuer: {url: https://issuer.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"\"}, groups: {claim: groups, prefix: \"x:\"}}\n  claimValidationRules:\n")
		for i := range n {
			fmt.Fprintf(&out, "  - {claim: c%d, requiredValue: v}\n", i)
		}
		return out.String() + last
	}
	for last, want := range map[string]bool{"": true, "  - {expression: \"!claims.sub.startsWith('system:')\"}": false} {
		s := linted(t, rules(last))
		of := s.sampled(&s.config.JWT[0])
		if of == nil || len(of.leftOutClaims) < n-mostTried || len(of.claims) > mostTried+10 {
			t.Fatalf("%q: %+v", last, of)
		}
		if got := slices.ContainsFunc(s.Lint(), func(f finding.Finding) bool { return f.ID == finding.ReservedNameMapped }); got != want {
			t.Errorf("%q: reserved-name-mapped is %v", last, got)
		}
	}
}
