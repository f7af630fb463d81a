package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// isAccessToken reports whether the token declares itself an OAuth access token, in the header's typ (RFC 9068) or in
// claims that Keycloak and Cognito use.
func isAccessToken(t *token.Token) bool { return !accessTokenMark(t).IsZero() }

// accessTokenMark is the member that declares the token an access token.
func accessTokenMark(t *token.Token) finding.Text {
	for _, m := range []struct {
		members map[string]any
		where   string
		name    string
		values  []string
	}{
		{t.Header, "header", "typ", []string{"at+jwt", "application/at+jwt"}},
		{t.Claims, "claims", "typ", []string{"Bearer"}},
		{t.Claims, "claims", "token_use", []string{"access"}},
	} {
		value, _ := m.members[m.name].(string)
		for _, v := range m.values {
			if strings.EqualFold(value, v) {
				return T("%s.%s is %q", finding.Standard(m.where), finding.Standard(m.name), finding.Standard(value))
			}
		}
	}
	// Entra and Okta have no type, but claims that only access tokens have.
	for _, name := range []string{"appidacr", "azpacr", "scp"} {
		if t.Claims[name] != nil {
			return T("it has the claim %s", finding.Standard(name))
		}
	}
	return finding.Text{}
}
