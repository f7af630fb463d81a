package checks

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// setting names a setting of the token's issuer: its flag or its field, or both if it is not known which one is used.
func setting(c *Case, field, flag string) finding.Text {
	switch m, flags := c.Mappings(c.Token().Issuer()); {
	case flags:
		return T("`%s`", finding.Syntax(flag))
	case m != nil:
		return T("`%s` in the AuthenticationConfiguration", finding.Syntax(field))
	}
	return T("`%s` in the AuthenticationConfiguration (or `%s`)", finding.Syntax(field), finding.Syntax(flag))
}

// verifiable are the signature algorithms that an API server can be configured for.
var verifiable = []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512"}

// otherAlgorithm is the fix for a token with an algorithm that the API server does not accept from its issuer.
func otherAlgorithm(c *Case, alg string) finding.Text {
	switch {
	case strings.HasPrefix(alg, "HS"):
		return T("Configure the issuer to sign with an RSA or EC key. %s signs with the secret of the client, and no API server verifies such a signature. In Authentik, choose a signing key in the provider.", finding.Standard(alg))
	case !slices.Contains(verifiable, alg):
		return T("Configure the issuer to sign with RS256 or ES256. No API server accepts %s.", finding.Standard(alg))
	}
	if _, flags := c.Mappings(c.Token().Issuer()); flags {
		return T("Add %s to `--oidc-signing-algs`, or configure the issuer to sign with an algorithm that the API server accepts.", finding.Standard(alg))
	}
	return T("Configure the issuer to sign with one of these algorithms, or ask an administrator to add the algorithm of the token to `--oidc-signing-algs`.")
}

// nested returns the value of a claim that a dotted name points into, as `realm_access.roles`, and false if there is none.
func nested(t *token.Token, name string) (any, bool) {
	if !strings.Contains(name, ".") {
		return nil, false
	}
	if _, whole := t.Claims[name]; whole {
		return nil, false
	}
	var value any = t.Claims
	for part := range strings.SplitSeq(name, ".") {
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if value, ok = fields[part]; !ok {
			return nil, false
		}
	}
	return value, true
}

// shape is the JSON type of a claim.
func shape(v any) finding.Text {
	switch v.(type) {
	case []any:
		return T("a list")
	case map[string]any:
		return T("an object")
	case string:
		return T("a string")
	case bool:
		return T("a boolean")
	case json.Number, float64, int64:
		return T("a number")
	}
	return T("null")
}

// groupsOverage reports whether Entra left the groups out of the token because the user has too many.
func groupsOverage(t *token.Token) bool {
	names, _ := t.Claims["_claim_names"].(map[string]any)
	return names["groups"] != nil || t.Claims["hasgroups"] != nil
}

const overage = "Entra leaves the groups out of tokens of users with more than 200 groups. In the app registration, emit only the groups that are assigned to the application, or map app roles instead."

// isForGraph reports whether the token is for Microsoft Graph. Only Graph verifies its signature: the header has a nonce, and
// the signature is made over its hash.
func isForGraph(t *token.Token) bool {
	_, hasNonce := t.Header["nonce"]
	return hasNonce
}
