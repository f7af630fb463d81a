package simulate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// rulesOf is an issuer with a rule of each kind.
const rulesOf = `--authentication-config=apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: https://id.example, audiences: [shop]}
  claimMappings:
    username: {expression: "claims.email"}
    groups: {claim: teams, prefix: "id:"}
    uid: {claim: id}
  claimValidationRules:
  - {claim: tenant, requiredValue: acme}
  - {claim: region, requiredValue: north}
  - {expression: "claims.email_verified == true", message: not verified}
  - {expression: "claims.exp - claims.iat < 7200", message: too long}
  userValidationRules:
  - {expression: "user.username.endsWith('@acme.example')", message: a stranger}
  - {expression: "user.groups.all(g, g != 'id:guests')", message: a guest}
  - {expression: "user.uid != '7'", message: nobody}
`

// Every fault of a token is found, each by the API server's own authenticator.
func TestRejections(t *testing.T) {
	now := testTime.Unix()
	good := func() object {
		return object{
			"iss": "https://id.example", "aud": "shop", "sub": "ada", "email": "ada@acme.example", "email_verified": true, "teams": []string{"web"}, "id": "5",
			"tenant": "acme", "region": "north", "iat": now, "exp": now + 3600,
		}
	}
	for _, c := range []struct {
		it     string
		change object
		// stranger signs the token; withoutKeys gives the server no keys.
		stranger, withoutKeys bool
		steps                 []string
		user                  string
		unchecked             bool
	}{
		{it: "a good token", user: "ada@acme.example"},
		{it: "a good token whose signature nobody can verify", withoutKeys: true, user: "ada@acme.example", unchecked: true},
		{it: "an expired token", change: object{"iat": now - 9000, "exp": now - 8000}, steps: []string{"lifetime"}, user: "ada@acme.example"},
		{it: "a token for later", change: object{"nbf": now + 4000, "exp": now + 7000}, steps: []string{"lifetime"}, user: "ada@acme.example"},
		{it: "another audience and another key", change: object{"aud": []string{"till", "desk"}}, stranger: true, steps: []string{"signature", "audience"}, user: "ada@acme.example"},
		{it: "another audience, without keys", change: object{"aud": "till"}, withoutKeys: true, steps: []string{"audience"}, user: "ada@acme.example", unchecked: true},
		{it: "no audience", change: object{"aud": nil}, steps: []string{"audience"}},
		{it: "two required claims", change: object{"tenant": []string{"acme"}, "region": "south"}, steps: []string{"required claims", "required claims"}, user: "ada@acme.example"},
		{it: "claims and user", change: object{"email": "ada@other.example", "email_verified": false, "exp": now + 9000, "teams": []string{"guests"}},
			steps: []string{"claimValidationRules", "claimValidationRules", "userValidationRules", "userValidationRules"}, user: "ada@other.example"},
		// A rule about an unknown uid or unknown groups would say nothing.
		{it: "mappings", change: object{"id": 7, "teams": 3}, steps: []string{"claimMappings.groups", "claimMappings.uid"}, user: "ada@acme.example"},
		{it: "everything", change: object{"iat": now - 99000, "exp": now - 8000, "aud": "till", "tenant": nil, "region": 3, "email": "ada@other.example", "id": "7"}, stranger: true,
			steps: []string{"signature", "audience", "lifetime", "required claims", "required claims", "claimValidationRules", "userValidationRules", "userValidationRules"}, user: "ada@other.example"},
		{it: "another issuer", change: object{"iss": "https://other.example", "aud": "till"}, unchecked: true},
	} {
		claims := good()
		for k, v := range c.change {
			if v == nil {
				delete(claims, k)
				continue
			}
			claims[k] = v
		}
		world := World{Now: testClock, Keys: func(string) ([]byte, bool) { return issuerJWKS(t), !c.withoutKeys }}
		s, err := New(*configured(t, rulesOf), world)
		if err != nil {
			t.Fatal(err)
		}
		signer := key()
		if c.stranger {
			signer = strangerKey()
		}
		subject := &credential.Credential{Token: token.Parse(sign(t, signer, "rsa", claims))}
		rejections, accepted, checked := s.Rejections(t.Context(), subject, nil)
		s.Close()
		var steps []string
		for _, r := range rejections {
			steps = append(steps, r.Step)
			if r.Answer.Error == "" || r.Evidence == nil {
				t.Errorf("%s: the rejection by %s has no error or evidence", c.it, r.Step)
			}
		}
		user := ""
		if accepted != nil {
			user = accepted.User.GetName()
		}
		if diff := cmp.Diff(c.steps, steps); diff != "" || user != c.user || checked == c.unchecked {
			t.Errorf("%s: as %q, checked %t\n%s", c.it, user, checked, diff)
		}
	}
}
