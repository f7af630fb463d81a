package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jose "gopkg.in/go-jose/go-jose.v2"
)

// forge creates a token and decodes it.
func forge(t *testing.T, o tokenOptions, now time.Time) (token, header, payload string) {
	t.Helper()
	if o.kid == "" {
		o.kid = "auto"
	}
	token, err := o.sign(strings.NewReader(""), now)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	decode := func(part string) string {
		data, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	return token, decode(parts[0]), decode(parts[1])
}

func writeTestKey(t *testing.T, key crypto.Signer) (path string) {
	t.Helper()
	prefix := filepath.Join(t.TempDir(), "key")
	if err := writeKeyPair(prefix, key); err != nil {
		t.Fatal(err)
	}
	return prefix + ".key"
}

func TestSignaturesVerify(t *testing.T) {
	rsaKey, err := newRSAKey()
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{"RSA": rsaKey, "Ed25519": edKey}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		if keys[name], err = ecdsa.GenerateKey(curve, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct{ key, algorithm, want string }{
		{"RSA", "", "RS256"}, {"RSA", "RS384", "RS384"}, {"RSA", "RS512", "RS512"},
		{"RSA", "PS256", "PS256"}, {"RSA", "PS384", "PS384"}, {"RSA", "PS512", "PS512"},
		{"P-256", "", "ES256"}, {"P-384", "", "ES384"}, {"P-521", "", "ES512"}, {"Ed25519", "", "EdDSA"},
	} {
		key := keys[tc.key]
		token, header, _ := forge(t, tokenOptions{key: writeTestKey(t, key), algorithm: tc.algorithm, claims: "{}"}, time.Now())
		if !strings.Contains(header, `"alg":"`+tc.want+`"`) {
			t.Errorf("%s %s: header %s, want alg %s", tc.key, tc.algorithm, header, tc.want)
		}
		parsed, err := jose.ParseSigned(token)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.Verify(key.Public()); err != nil {
			t.Errorf("%s %s does not verify: %v", tc.key, tc.want, err)
		}
	}
}

func TestForgedHeadersAndClaims(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	key, err := newECKey()
	if err != nil {
		t.Fatal(err)
	}
	kid, err := keyID(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	keyFile := writeTestKey(t, key)
	base, _, _ := forge(t, tokenOptions{key: keyFile, claims: `{"exp": 12345678901234567890, "sub": "a<b", "kubernetes.io": {"namespace": "x", "pod": {}}}`}, now)
	baseFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(baseFile, []byte(base+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const plain = `{"alg":"none","typ":"JWT"}`
	for _, tc := range []struct {
		name            string
		o               tokenOptions
		header, payload string
	}{
		{"times", tokenOptions{key: keyFile, claims: `{"iat": "$now", "exp": "$now+10m", "nbf": "$now-8h", "in": ["$now+1d"], "other": "now"}`},
			`{"alg":"ES256","kid":"` + kid + `","typ":"JWT"}`,
			`{"exp":1700000600,"iat":1700000000,"in":[1700086400],"nbf":1699971200,"other":"now"}`},
		{"digits and characters are kept", tokenOptions{algorithm: "none", from: baseFile}, plain,
			`{"exp":12345678901234567890,"kubernetes.io":{"namespace":"x","pod":{}},"sub":"a<b"}`},
		{"merge", tokenOptions{algorithm: "none", from: baseFile, claims: `{"exp": null, "sub": "c", "kubernetes.io": {"pod": null}}`}, plain,
			`{"kubernetes.io":{"namespace":"x"},"sub":"c"}`},
		{"header", tokenOptions{algorithm: "none", kid: "k", header: `{"typ": null, "crit": ["x"], "alg": "RS256"}`, claims: "{}"},
			`{"alg":"RS256","crit":["x"],"kid":"k"}`, `{}`},
		{"kid none", tokenOptions{key: keyFile, kid: "none", claims: "{}"}, `{"alg":"ES256","typ":"JWT"}`, `{}`},
		{"raw", tokenOptions{algorithm: "none", raw: true, claims: `{"a":1, "a":"$now"`}, plain, `{"a":1, "a":"$now"`},
	} {
		_, header, payload := forge(t, tc.o, now)
		if header != tc.header || payload != tc.payload {
			t.Errorf("%s: made\n%s %s, want\n%s %s", tc.name, header, payload, tc.header, tc.payload)
		}
	}
}

func TestHMACWithThePublicKey(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "pub")
	if err := os.WriteFile(secret, []byte("-----BEGIN PUBLIC KEY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, _, _ := forge(t, tokenOptions{algorithm: "HS256", hmacSecret: secret, claims: "{}"}, time.Now())
	parsed, err := jose.ParseSigned(token)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify([]byte("-----BEGIN PUBLIC KEY-----\n")); err != nil {
		t.Error(err)
	}
}

func TestRelativeTimesThatAreWrong(t *testing.T) {
	for _, text := range []string{"$now10m", "$now+", "$now+x", "$now+1.5d", "$now + 1h"} {
		if _, ok, err := relativeTime(text, time.Now()); !ok || err == nil {
			t.Errorf("%q is taken (ok %v, error %v)", text, ok, err)
		}
	}
}
