package simulate

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A signed token may have any claims. A panic in the authenticators would not end an API server, and must not
// occur here.
func TestStrangeClaims(t *testing.T) {
	der, err := x509.MarshalPKIXPublicKey(key().Public())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sa.pub")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1790000000, 0)
	s, err := New(*configured(t, "--authentication-config="+celConfig, "--service-account-issuer=https://cluster.example", "--service-account-key-file="+file, "--enable-bootstrap-token-auth"), World{
		Now: func() time.Time { return now }, Keys: func(string) ([]byte, bool) { return jwks(t), true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	deep := any("x")
	for range 500 {
		deep = []any{deep}
	}
	values := []any{nil, "", "x", "\x1b[31m\u202e", strings.Repeat("a", 10000), -1, 0, 1e300, 1790000500, 0.5, true, []any{}, []any{nil, 1, "authn"}, map[string]any{}, map[string]any{"": nil}, deep,
		map[string]any{"groups": "src"}, map[string]any{"src": nil}, map[string]any{"name": "x", "uid": nil}, map[string]any{"namespace": "../..", "pod": map[string]any{"name": "..", "uid": 1}, "serviceaccount": []any{}},
		map[string]any{"namespace": "n", "serviceaccount": map[string]any{"name": "a", "uid": "u"}, "node": map[string]any{}, "secret": map[string]any{"name": ""}, "warnafter": -1}}
	names := []string{"aud", "sub", "exp", "iat", "nbf", "roles", "kubernetes.io", "kubernetes.io/serviceaccount/namespace", "kubernetes.io/serviceaccount/secret.name", "_claim_names", "_claim_sources", "email_verified", "jti"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		claims := map[string]any{"iss": []any{"https://issuer.example", "https://cluster.example", "kubernetes/serviceaccount", "https://cluster.example"}[random.IntN(4)], "aud": "authn", "sub": "jane", "exp": now.Unix() + 500, "iat": now.Unix(), "roles": []string{"a"}}
		for range random.IntN(4) {
			claims[names[random.IntN(len(names))]] = values[random.IntN(len(values))]
		}
		token := sign(t, key(), "k", claims)
		if a := s.Authenticate(t.Context(), Request{Token: token, HasToken: true}); strings.Contains(a.Error, token[len(token)-20:]) {
			t.Errorf("the signature is in %q", a.Error)
		}
	}
	encode := base64.RawURLEncoding.EncodeToString
	for _, token := range []string{"", " ", ".", "..", "...", "....", "a.b.c", "\x00", strings.Repeat("a", 1<<20), strings.Repeat(".", 1<<16), "abcdef.0123456789abcdef",
		encode([]byte(`{}`)) + "." + encode([]byte(`null`)) + ".", encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"iss":"https://issuer.example"}`)) + ".",
		encode([]byte(`{"alg":"RS256","crit":["b64"],"b64":false}`)) + "." + encode([]byte(`{"iss":"https://cluster.example"}`)) + ".AA", encode([]byte(`[]`)) + "." + encode([]byte(strings.Repeat("[", 100000))) + ".AA"} {
		s.Authenticate(t.Context(), Request{Token: token, HasToken: true})
	}
}
