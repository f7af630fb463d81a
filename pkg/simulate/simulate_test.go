package simulate

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// strangerKey is a key that no server has.
func strangerKey() *rsa.PrivateKey { return testKeys()["stranger"].Key.(*rsa.PrivateKey) }

// sign creates a token with these claims.
func sign(t *testing.T, k crypto.Signer, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// jwks is the key set with the test's key.
func jwks(t *testing.T) []byte {
	t.Helper()
	data, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key().Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// configured parses flags. --authentication-config may be the content of the file.
func configured(t *testing.T, args ...string) *Config {
	t.Helper()
	for i, a := range args {
		if text, ok := strings.CutPrefix(a, "--authentication-config="); ok {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			args[i] = "--authentication-config=" + file
		}
	}
	var f Flags
	fs := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	f.AddFlags(fs)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	c, err := f.Config(Source{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const celConfig = `apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://issuer.example", audiences: [authn]}
  claimMappings:
    username: {expression: "'x:' + claims.sub"}
    groups: {expression: "claims.roles"}
  claimValidationRules:
  - {expression: "claims.exp - claims.iat <= 86400", message: too long a life}
  userValidationRules:
  - {expression: "!user.username.startsWith('system:')", message: no system names}
`

func TestExpressionsAreTraced(t *testing.T) {
	now := time.Unix(1790000000, 0)
	s, err := New(*configured(t, "--authentication-config="+celConfig), World{
		Now:  func() time.Time { return now },
		Keys: func(string) ([]byte, bool) { return jwks(t), true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	token := sign(t, key(), "k", map[string]any{"iss": "https://issuer.example", "aud": "authn", "sub": "jane", "roles": []string{"a", "b"}, "iat": now.Unix(), "exp": now.Unix() + 100000})
	a := s.Authenticate(t.Context(), Request{Token: token, HasToken: true})
	if want := "[invalid bearer token, oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 86400' failed: too long a life]"; a.Error != want {
		t.Errorf("error = %s, want %s", a.Error, want)
	}
	last := a.Attempts[len(a.Attempts)-1]
	want := trace.Step{
		Name: "claimValidationRules", Outcome: trace.Failed, Expression: "claims.exp - claims.iat <= 86400",
		Inputs: map[string]string{"claims.exp": "1790100000", "claims.iat": "1790000000"}, Value: "false",
	}
	var got trace.Step
	for _, step := range last.Steps {
		if step.Outcome == trace.Failed {
			got = step
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the step that failed (-want +got):\n%s\nall: %+v", diff, last.Steps)
	}
}

// The server's JWT authenticator uses the clock of the World.
func TestClock(t *testing.T) {
	now := time.Unix(1500000000, 0)
	s, err := New(*configured(t, "--authentication-config="+celConfig), World{
		Now:  func() time.Time { return now },
		Keys: func(string) ([]byte, bool) { return jwks(t), true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	token := sign(t, key(), "k", map[string]any{"iss": "https://issuer.example", "aud": "authn", "sub": "jane", "roles": []string{"a", "b"}, "iat": now.Unix(), "exp": now.Unix() + 3600})
	if a := s.Authenticate(t.Context(), Request{Token: token, HasToken: true}); !a.Authenticated || a.User.GetName() != "x:jane" {
		t.Errorf("at the time of the token: %+v", a)
	}
	now = now.Add(2 * time.Hour)
	if a := s.Authenticate(t.Context(), Request{Token: token, HasToken: true}); a.Authenticated || !strings.Contains(a.Error, "oidc: token is expired (Token Expiry: ") {
		t.Errorf("after its end: %+v", a)
	}
}
