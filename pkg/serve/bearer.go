package serve

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// noToken is the decision about a request without a bearer token. The catalogue's title is about a kubeconfig.
var noToken = Decision{Kind: NoToken, Finding: finding.NoCredential, Title: "the request has no bearer token"}

// bearer returns the token of a request, or the decision about a request without a readable one. It is stricter
// than an API server, which takes the first of several headers (RFC 6750, section 3.1: invalid_request).
func bearer(lines []string) (token.Secret, Decision) {
	values := lines[:0:0]
	for _, line := range lines {
		if line = strings.Trim(line, " \t"); line != "" {
			values = append(values, line)
		}
	}
	switch {
	case len(values) == 0:
		return token.Secret{}, noToken
	case len(values) > 1:
		return token.Secret{}, Decision{Kind: Malformed, Finding: finding.SeveralCredentials}
	}
	scheme, rest, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "bearer") {
		switch {
		// A proxy may join header lines: "Basic a, Bearer b".
		case strings.Contains(strings.ToLower(rest), ", bearer ") || strings.Contains(strings.ToLower(rest), ",bearer "):
			return token.Secret{}, Decision{Kind: Malformed, Finding: finding.SeveralCredentials}
		case rest == "":
			// A token without its scheme.
			return token.Secret{}, Decision{Kind: Malformed, Finding: finding.AuthorizationMalformed}
		}
		return token.Secret{}, noToken
	}
	raw := strings.Trim(rest, " ")
	switch {
	case len(raw) > MaxToken:
		return token.Secret{}, Decision{Kind: Rejected, Finding: finding.TokenTooLong}
	case strings.ContainsRune(raw, ','):
		return token.Secret{}, Decision{Kind: Malformed, Finding: finding.SeveralCredentials}
	case raw == "" || strings.ContainsAny(raw, " \t"):
		return token.Secret{}, Decision{Kind: Malformed, Finding: finding.AuthorizationMalformed}
	case strings.IndexFunc(raw, notOfToken) >= 0:
		// Neither a JWT nor any other b64token (RFC 6750, section 2.1).
		return token.Secret{}, Decision{Kind: Rejected, Finding: finding.MalformedJWT}
	}
	return token.NewSecret(strings.Clone(raw)), Decision{}
}

// notOfToken reports whether a character is outside of b64token. A bootstrap or static token may have a colon.
func notOfToken(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~+/=:", c)
}
