package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// accessToken reports whether a token says of itself that it is an OAuth access token:
// in its header's typ (RFC 9068), or in the claims by which Keycloak and Cognito do.
func accessToken(t *token.Token) bool { return !accessWords(t).IsZero() }

func accessWords(t *token.Token) finding.Text {
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
