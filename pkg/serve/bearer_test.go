package serve

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestBearer(t *testing.T) {
	longest := strings.Repeat("a", MaxToken)
	for _, c := range []struct {
		name  string
		lines []string
		token string
		kind  Kind
		id    finding.ID
	}{
		{"none", nil, "", NoToken, finding.NoCredential},
		{"empty", []string{""}, "", NoToken, finding.NoCredential},
		{"white space", []string{" \t"}, "", NoToken, finding.NoCredential},
		{"a token", []string{"Bearer a.b.c"}, "a.b.c", 0, ""},
		{"scheme in another case", []string{"bEARER a"}, "a", 0, ""},
		{"spaces around", []string{" Bearer   a  "}, "a", 0, ""},
		{"every character of b64token", []string{"Bearer aZ09-._~+/=="}, "aZ09-._~+/==", 0, ""},
		{"an empty header beside", []string{"", "Bearer a"}, "a", 0, ""},
		{"the longest", []string{"Bearer " + longest}, longest, 0, ""},
		{"too long", []string{"Bearer " + longest + "a"}, "", Rejected, finding.TokenTooLong},
		{"two headers", []string{"Bearer a", "Bearer b"}, "", Malformed, finding.SeveralCredentials},
		{"the same twice", []string{"Bearer a", "Bearer a"}, "", Malformed, finding.SeveralCredentials},
		{"two kinds", []string{"Basic YTpi", "Bearer a"}, "", Malformed, finding.SeveralCredentials},
		{"joined", []string{"Bearer a, Bearer b"}, "", Malformed, finding.SeveralCredentials},
		{"joined without a space", []string{"Bearer a,Bearer b"}, "", Malformed, finding.SeveralCredentials},
		{"joined without a scheme", []string{"Bearer a,b"}, "", Malformed, finding.SeveralCredentials},
		{"joined behind Basic", []string{"Basic YTpi, Bearer a"}, "", Malformed, finding.SeveralCredentials},
		{"joined behind Basic, no space", []string{"Basic YTpi,bearer a"}, "", Malformed, finding.SeveralCredentials},
		{"joined before Basic", []string{"Bearer a, Basic YTpi"}, "", Malformed, finding.SeveralCredentials},
		{"no token", []string{"Bearer"}, "", Malformed, finding.AuthorizationMalformed},
		{"only a space", []string{"Bearer "}, "", Malformed, finding.AuthorizationMalformed},
		{"no scheme", []string{"a.b.c"}, "", Malformed, finding.AuthorizationMalformed},
		{"a tab behind the scheme", []string{"Bearer\ta"}, "", Malformed, finding.AuthorizationMalformed},
		{"two words", []string{"Bearer a b"}, "", Malformed, finding.AuthorizationMalformed},
		{"a tab inside", []string{"Bearer a\tb"}, "", Malformed, finding.AuthorizationMalformed},
		{"the scheme twice", []string{"Bearer Bearer a"}, "", Malformed, finding.AuthorizationMalformed},
		{"another scheme", []string{"Basic YTpi"}, "", NoToken, finding.NoCredential},
		{"a quote", []string{`Bearer "a"`}, "", Rejected, finding.MalformedJWT},
		{"a control character", []string{"Bearer a\x00b"}, "", Rejected, finding.MalformedJWT},
		{"not ASCII", []string{"Bearer ä"}, "", Rejected, finding.MalformedJWT},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, refusal := bearer(c.lines)
			if got.Reveal() != c.token || refusal.Kind != c.kind || refusal.Finding != c.id {
				t.Errorf("got %d bytes, %v, %s, want %d bytes, %v, %s", got.Len(), refusal.Kind, refusal.Finding, len(c.token), c.kind, c.id)
			}
		})
	}
}
