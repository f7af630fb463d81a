package checks

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// accessToken reports whether a token says of itself that it is an OAuth access token:
// in its header's typ (RFC 9068), or in the claims by which Keycloak and Cognito do.
func accessToken(t *token.Token) bool { return accessWords(t) != "" }

func accessWords(t *token.Token) string {
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
				return fmt.Sprintf("%s.%s is %q", m.where, m.name, value)
			}
		}
	}
	return ""
}
