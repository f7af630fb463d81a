package simulate

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Each warning, with a configuration that needs it and one that does not.
func TestWarnings(t *testing.T) {
	const second = "- issuer: {url: https://other.example, audiences: [shop]}\n  claimMappings: {username: {"
	for _, c := range []struct {
		it, jwt string
		claims  object
		want    []finding.ID
	}{
		{it: "nothing", jwt: `username: {claim: sub, prefix: "id:"}, groups: {claim: groups, prefix: "id:"}}`},
		{it: "a user name without a prefix", jwt: `username: {claim: sub, prefix: ""}}`, want: []finding.ID{finding.ReservedNameMapped}},
		{it: "groups without a prefix", jwt: `username: {claim: sub, prefix: "id:"}, groups: {claim: groups, prefix: ""}}`, want: []finding.ID{finding.ReservedNameMapped}},
		{it: "no prefix, and a rule about it", jwt: "username: {claim: sub, prefix: \"\"}}\n  userValidationRules: [{expression: \"!user.username.startsWith('system:')\"}]"},
		{it: "an expression for a name that is the system's", jwt: `username: {expression: "'system:' + claims.sub"}}`, want: []finding.ID{finding.ReservedNameMapped}},
		{it: "a group of the system", jwt: `username: {expression: "'id:' + claims.sub"}, groups: {expression: "['system:masters']"}}`, want: []finding.ID{finding.ReservedNameMapped}},
		{it: "an expression for a name", jwt: `username: {expression: "'id:' + claims.sub"}}`},

		{it: "an email of which nothing is said", jwt: `username: {claim: email, prefix: "id:"}}`, claims: object{"email": "a@example.org"}, want: []finding.ID{finding.ClaimSelfAsserted}},
		{it: "an email that is verified", jwt: `username: {claim: email, prefix: "id:"}}`, claims: object{"email": "a@example.org", "email_verified": true}},
		{it: "an email of which nothing is said, and a rule that admits it", jwt: "username: {claim: email, prefix: \"id:\"}}\n  claimValidationRules: [{expression: 'claims.?email_verified.orValue(true) == true'}]", claims: object{"email": "a@example.org"}, want: []finding.ID{finding.ClaimSelfAsserted}},
		{it: "an email that is verified, and a rule that requires it", jwt: "username: {expression: \"'id:' + claims.email\"}}\n  claimValidationRules: [{expression: 'claims.?email_verified.orValue(false) == true'}]", claims: object{"email": "a@example.org", "email_verified": true}},
		{it: "an email that is verified, and a rule that requires nothing", jwt: "username: {expression: \"'id:' + claims.email\"}}\n  claimValidationRules: [{expression: 'has(claims.email_verified)'}]", claims: object{"email": "a@example.org", "email_verified": true}, want: []finding.ID{finding.ClaimSelfAsserted}},
		{it: "a name that users choose", jwt: `username: {claim: preferred_username, prefix: "id:"}}`, claims: object{"preferred_username": "ada"}, want: []finding.ID{finding.ClaimSelfAsserted}},

		{it: "two issuers with one prefix", jwt: "username: {claim: sub, prefix: \"id:\"}}\n" + second + `claim: sub, prefix: "id:"}}`, want: []finding.ID{finding.UsernamesMayCollide}},
		{it: "two issuers, a prefix of which is one of the other's", jwt: "username: {claim: sub, prefix: \"id:\"}}\n" + second + `claim: sub, prefix: "id:b:"}}`, want: []finding.ID{finding.UsernamesMayCollide}},
		{it: "two issuers with prefixes", jwt: "username: {claim: sub, prefix: \"id:\"}}\n" + second + `claim: sub, prefix: "other:"}}`},
		{it: "two issuers with expressions", jwt: "username: {expression: \"'id:' + claims.sub\"}}\n" + second + `expression: "'id:' + claims.login"}}`, want: []finding.ID{finding.UsernamesMayCollide}},
		{it: "two issuers, an expression of which nobody can tell", jwt: "username: {claim: sub, prefix: \"id:\"}}\n" + second + `expression: "has(claims.a) ? claims.b : claims.c"}}`},

		{it: "a token for others too", jwt: `username: {claim: sub, prefix: "id:"}}`, claims: object{"aud": []string{"shop", "till"}}, want: []finding.ID{finding.AudienceShared}},
		{it: "a token that another client got", jwt: `username: {claim: sub, prefix: "id:"}}`, claims: object{"azp": "till"}, want: []finding.ID{finding.AudienceShared}},
		{it: "a token that the client itself got", jwt: `username: {claim: sub, prefix: "id:"}}`, claims: object{"azp": "shop"}},
		{it: "all at once", jwt: "username: {claim: name, prefix: \"\"}}\n" + second + `claim: sub, prefix: "id:"}}`, claims: object{"name": "ada", "azp": "till"},
			want: []finding.ID{finding.ReservedNameMapped, finding.ClaimSelfAsserted, finding.UsernamesMayCollide, finding.AudienceShared}},
	} {
		config := configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {"+c.jwt+"\n")
		s, err := New(*config, World{Now: testClock, Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }})
		if err != nil {
			t.Fatal(err)
		}
		claims := object{"sub": "ada"}
		maps.Copy(claims, c.claims)
		raw := (&jwtCase{Claims: claims}).raw(t)
		answer := s.Authenticate(t.Context(), Request{Token: raw, HasToken: true})
		if !answer.Authenticated {
			t.Errorf("%s: not accepted: %s", c.it, answer.Error)
		}
		var got []finding.ID
		for _, f := range s.Warnings(token.Parse(raw), answer) {
			got = append(got, f.ID)
			if f.Severity == finding.Error || f.Detail.String() == "" {
				t.Errorf("%s: %s is %s: %q", c.it, f.ID, f.Severity, f.Detail)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", c.it, diff)
		}
		if w := s.Warnings(token.Parse(raw), &Answer{Attempts: answer.Attempts}); len(w) > 0 {
			t.Errorf("%s: there are warnings of a token that was refused", c.it)
		}
		s.Close()
	}
	if !slices.Contains(settable, "preferred_username") {
		t.Error("the test above tests nothing")
	}
}
