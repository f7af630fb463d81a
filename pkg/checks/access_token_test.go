package checks

import (
	"encoding/base64"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// `inspect` names a token that declares itself an access token; Entra's tokens for AKS do not.
func TestAccessToken(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	for _, c := range []struct {
		header, claims string
		want           bool
	}{
		{`{"alg":"RS256","nonce":"n"}`, `{"iss":"https://sts.windows.net/t/","sub":"s"}`, true},
		{`{"alg":"RS256","typ":"at+jwt"}`, `{"iss":"https://issuer.example","sub":"s"}`, true},
		{`{"alg":"RS256"}`, `{"iss":"https://issuer.example","typ":"Bearer"}`, true},
		{`{"alg":"RS256"}`, `{"iss":"https://issuer.example","token_use":"access"}`, true},
		{`{"alg":"RS256","typ":"JWT"}`, `{"iss":"https://issuer.example","token_use":"id"}`, false},
		{`{"alg":"RS256"}`, `{"iss":"https://sts.windows.net/t/","aud":"6dae42f8-4368-4678-94ff-3960e28e3630","scp":"user.read"}`, false},
		{`{"alg":"RS256","nonce":"n"}`, `{"iss":"https://issuer.example"}`, false},
	} {
		f, ok := AccessToken(token.Parse(encode([]byte(c.header)) + "." + encode([]byte(c.claims)) + ".c2ln"))
		if ok != c.want || ok && (f.ID != finding.OIDCAccessToken || f.Severity != finding.Info) {
			t.Errorf("%s %s: %t, %v", c.header, c.claims, ok, f)
		}
	}
	if _, ok := AccessToken(token.Parse("hunter2")); ok {
		t.Error("an opaque token declares itself an access token")
	}
}
