package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// isAccessToken reports whether the token declares itself an OAuth access token, in the header's typ (RFC 9068) or in the
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
	return finding.Text{}
}
