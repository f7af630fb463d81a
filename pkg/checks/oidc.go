package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// isAccessToken reports whether the token declares itself an OAuth access token, in the header's typ (RFC 9068) or in
// claims that Keycloak and Cognito use.
func isAccessToken(t *token.Token) bool { return !accessTokenMark(t).IsZero() }

// AccessToken is the finding for `inspect` that a token declares itself an access token; ok is false for other
// tokens. It is no error without an API server that rejects the token.
func AccessToken(t *token.Token) (f finding.Finding, ok bool) {
	if t.Kind != token.KindJWT {
		return f, false
	}
	mark := declaredMark(t)
	switch {
	case keyset.IsForGraph(t):
		f = prove(finding.OIDCAccessToken, "the header has a `nonce`, as access tokens for Microsoft Graph have. Only Graph can verify their signature").
			Fix("Send the ID token, or request a token for your own application, for example with `--scope api://APPLICATION/.default`.", finding.Command{})
		f.Title = T("an access token for Microsoft Graph, which no API server can verify")
	case !mark.IsZero():
		f = prove(finding.OIDCAccessToken, "the token is an access token (%s). An API server with an OIDC issuer expects an ID token, unless it is configured for this audience", mark)
		f.Title = T("an access token, and an API server usually expects the ID token")
	default:
		return f, false
	}
	f.Severity = finding.Info
	return f, true
}

// accessTokenMark is the member that declares the token an access token.
func accessTokenMark(t *token.Token) finding.Text {
	if mark := declaredMark(t); !mark.IsZero() {
		return mark
	}
	return claimMark(t)
}

// declaredMark is the member that gives the token its type.
func declaredMark(t *token.Token) finding.Text {
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

// claimMark is the claim that only access tokens have.
func claimMark(t *token.Token) finding.Text {
	// Entra and Okta have no type, but claims that only access tokens have.
	for _, name := range []string{"appidacr", "azpacr", "scp"} {
		if t.Claims[name] != nil {
			return T("it has the claim %s", finding.Standard(name))
		}
	}
	return finding.Text{}
}
