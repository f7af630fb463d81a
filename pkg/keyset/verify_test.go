package keyset

import (
	"encoding/base64"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 5, 24, 12, 0, 0, 0, time.UTC)

// after is a NumericDate relative to noon.
func after(d time.Duration) int64 { return noon.Add(d).Unix() }

// TestVerify checks the findings about claims. The signature is valid unless the case says otherwise.
func TestVerify(t *testing.T) {
	ks := mustJWKS(t, jwk("rsa", "rsa", nil), jwk("weak rsa", "weak rsa", nil))
	// good returns claims without findings, after some changes.
	good := func(more members) members {
		all := members{
			"iss": "https://i.example", "sub": "s", "aud": []string{"a", "b"},
			"iat": after(-time.Minute), "nbf": after(-time.Minute), "exp": after(time.Hour),
		}
		for name, value := range more {
			if all[name] = value; value == nil {
				delete(all, name)
			}
		}
		return all
	}
	signed := func(more members) string { return sign("rsa", "RS256", nil, good(more)) }
	account := members{"kubernetes.io": members{"namespace": "shop", "serviceaccount": members{"name": "cart", "uid": "u"}}}
	usual := signed(nil)
	parts := strings.Split(usual, ".")
	tests := map[string]struct {
		raw  string
		o    Options
		want []string
	}{
		"in order":            {usual, Options{}, nil},
		"held against all":    {usual, Options{Issuer: "https://i.example", Audiences: []string{"x", "b"}, Leeway: time.Minute}, nil},
		"one audience":        {signed(members{"aud": "a"}), Options{Audiences: []string{"a"}}, nil},
		"another issuer":      {usual, Options{Issuer: "https://j.example"}, []string{`issuer-not-trusted: the token's issuer is "https://i.example", and "https://j.example" is expected`}},
		"a slash too many":    {usual, Options{Issuer: "https://i.example/"}, []string{`issuer-not-trusted: the token's issuer is "https://i.example", and "https://i.example/" is expected: they differ in a slash at the end, and issuers must match exactly`}},
		"no issuer":           {signed(members{"iss": nil}), Options{Issuer: "https://j.example"}, []string{`issuer-not-trusted: the token names no issuer (iss), and "https://j.example" is expected`}},
		"another audience":    {usual, Options{Audiences: []string{"c"}}, []string{`audience-mismatch: the token was issued for "a", "b", and "c" is expected`}},
		"a near audience":     {signed(members{"aud": "https://a.example/"}), Options{Audiences: []string{"https://a.example"}}, []string{`audience-mismatch: the token was issued for "https://a.example/", and "https://a.example" is expected: they differ in a slash at the end`}},
		"no audience":         {signed(members{"aud": nil}), Options{}, []string{"audience-missing: the token has no audience (aud is missing): a verifier that requires an audience rejects the token"}},
		"an empty audience":   {signed(members{"aud": []string{}}), Options{Audiences: []string{"c"}}, []string{`audience-mismatch: the token has no audience (aud is empty), and "c" is expected`}},
		"expired":             {signed(members{"exp": after(-4 * time.Minute)}), Options{Leeway: time.Minute}, []string{"token-expired: the token expired at 2026-05-24 11:56:00Z (4m ago), even with 1m of leeway"}},
		"expired this second": {signed(members{"exp": after(0)}), Options{}, []string{"token-expired: the token expired at 2026-05-24 12:00:00Z (0s ago)"}},
		"within the leeway":   {signed(members{"exp": after(-4 * time.Minute), "nbf": after(4 * time.Minute), "iat": after(5 * time.Minute)}), Options{Leeway: 5 * time.Minute}, []string{"token-expires-soon: the token expired at 2026-05-24 11:56:00Z (4m ago), and passes only because of 5m of leeway"}},
		"not yet valid":       {signed(members{"nbf": after(26 * time.Hour)}), Options{}, []string{"token-not-yet-valid: the token is valid from 2026-05-25 14:00:00Z (in 1d 2h)"}},
		"of tomorrow":         {signed(members{"iat": after(24 * time.Hour)}), Options{}, []string{"token-issued-in-future: the token was issued at 2026-05-25 12:00:00Z (in 1d)"}},
		"never expires":       {signed(members{"exp": nil}), Options{}, []string{"token-never-expires: the token has no exp and never expires: it works until its signing key is removed"}},
		"expires soon":        {signed(members{"iat": after(-10 * time.Hour), "exp": after(59*time.Minute + 30*time.Second)}), Options{}, []string{"token-expires-soon: the token expires at 2026-05-24 12:59:30Z (in 59m 30s)"}},
		"a tenth is left":     {signed(members{"iat": after(-9 * time.Minute), "exp": after(time.Minute)}), Options{}, nil},
		"stale": {signed(members{"iat": after(-2 * time.Hour), "exp": after(365 * 24 * time.Hour), "kubernetes.io": members{"warnafter": after(-time.Hour)}}), Options{},
			[]string{"token-stale: the token should have been replaced at 2026-05-24 11:00:00Z (1h ago): only its extended lifetime keeps it valid, and the client did not read its token file again"}},
		"a weak key": {sign("weak rsa", "PS256", nil, good(nil)), Options{}, []string{`weak-key: the key "weak rsa" is weak: 1024 bits, and an RSA key should have at least 2048`}},
		"everything at once": {
			sign("other rsa", "RS256", members{"kid": "gone"}, good(members{"aud": nil, "exp": after(-time.Hour), "nbf": after(time.Hour), "iat": after(time.Hour)})),
			Options{Issuer: "HTTPS://I.EXAMPLE", Audiences: []string{"c"}},
			[]string{
				`signing-key-unknown: the token names the signing key "gone", and the key set has "rsa", "weak rsa"`,
				`issuer-not-trusted: the token's issuer is "https://i.example", and "HTTPS://I.EXAMPLE" is expected: they differ in upper and lower case, and issuers must match exactly`,
				`audience-mismatch: the token has no audience (aud is missing), and "c" is expected`,
				"token-not-yet-valid: the token is valid from 2026-05-24 13:00:00Z (in 1h)",
				"token-expired: the token expired at 2026-05-24 11:00:00Z (1h ago)",
				"token-issued-in-future: the token was issued at 2026-05-24 13:00:00Z (in 1h)",
			}},
		"an exp that is no number": {signed(members{"exp": "tomorrow"}), Options{}, []string{`malformed-jwt: claim exp is the string "tomorrow", not a number of seconds`}},
		"cut":                      {parts[0] + "." + parts[1], Options{}, []string{"token-truncated: the signature is missing: the token has only the header and the payload"}},
		"white space":              {usual + "\n", Options{}, []string{"token-has-whitespace: the token has a line break at its end: no HTTP client can send such a header"}},
		"base64":                   {base64.StdEncoding.EncodeToString([]byte(usual)), Options{}, []string{"token-base64-wrapped: the token is base64 of a JWT, which the API server does not decode"}},
		"opaque":                   {"opaque", Options{}, []string{"opaque-token: the token is not a JWT, so it has no signature that a key could verify"}},
		"of a ServiceAccount":      {signed(account), Options{Audiences: []string{"it's"}}, []string{`audience-mismatch: the token was issued for "a", "b", and "it's" is expected`}},
	}
	warnings := map[string]bool{
		"in order": true, "held against all": true, "one audience": true, "no audience": true, "within the leeway": true, "never expires": true,
		"expires soon": true, "a tenth is left": true, "stale": true, "a weak key": true,
	}
	plain := 0
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.o.At = noon
			if plainVerified(t, ks, test.raw, test.o) {
				plain++
			}
			got := ks.Verify(parse(test.raw), test.o)
			if diff := cmp.Diff(test.want, said(got.Findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Valid != warnings[name] {
				t.Errorf("valid: %t", got.Valid)
			}
			if got.Valid && got.Key == nil {
				t.Error("valid without a key")
			}
		})
	}
	if plain < 20 {
		t.Errorf("only %d tokens are plain", plain)
	}
}

// TestRemedies checks that a name from a claim is in a command only if an object can have the name.
func TestRemedies(t *testing.T) {
	ks := mustJWKS(t, jwk("rsa", "rsa", nil))
	remedy := func(name string) string {
		raw := sign("rsa", "RS256", nil, members{"aud": "a", "exp": after(time.Hour), "kubernetes.io": members{"namespace": "shop", "serviceaccount": members{"name": name}}})
		got := ks.Verify(parse(raw), Options{At: noon, Audiences: []string{"it's"}})
		if len(got.Findings) != 1 || len(got.Findings[0].Remedy) != 1 {
			t.Fatalf("%+v", got.Findings)
		}
		return got.Findings[0].Remedy[0].Command.String()
	}
	if got := remedy("cart"); got != `kubectl authn mint cart --namespace shop --audience 'it'\''s'` {
		t.Error(got)
	}
	for _, name := range []string{"--all", "$(id)", "a b", "a;id", "\x1b[31m", ""} {
		if got := remedy(name); got != "" {
			t.Errorf("%q: %s", name, got)
		}
	}
}

func TestNearMiss(t *testing.T) {
	tests := map[[2]string]string{
		{"https://i", "https://i"}:                                                   "",
		{"https://i", "https://j"}:                                                   "",
		{"https://i", "https://i/"}:                                                  "they differ in a slash at the end",
		{"https://i ", "https://i"}:                                                  "they differ in leading or trailing white space",
		{"https://i", "https://I"}:                                                   "they differ in upper and lower case",
		{"i.example", "https://i.example"}:                                           "they differ in https:// at the start",
		{"http://i/x", "https://i/x"}:                                                "they differ in the scheme, http and https",
		{"https://i:443/x", "https://i/x"}:                                           "they differ only in whether the default port is written",
		{"https://i:444/x", "https://i/x"}:                                           "they differ in the port, 444 and none",
		{"https://i:443/x", "https://i:80/x"}:                                        "they differ in the port, 443 and 80",
		{"https://i:443/x", "https://j:80/x"}:                                        "",
		{"https://k/realms/a", "https://k/auth/realms/a"}:                            "they differ in the path /auth before /realms, which Keycloak has only before version 17 or with its option http-relative-path",
		{"https://k/realms/a", "https://k/auth/realms/b"}:                            "",
		{"https://k/a", "https://k/auth/a"}:                                          "",
		{"https://sts.windows.net/a1/", "https://login.microsoftonline.com/a1/v2.0"}: "they are the v1 and the v2 issuer of the same Entra tenant",
		{"https://sts.windows.net/a2/", "https://login.microsoftonline.com/a1/v2.0"}: "",
		{"https://i/a1/v2", "https://i/${TENANT}/v2"}:                                "the placeholder ${TENANT} was not replaced",
		{"https://i/a1/v3", "https://i/${TENANT}/v2"}:                                "",
		{"://", "https://i"}:                                                         "",
	}
	for pair, want := range tests {
		if got := NearMiss(pair[0], pair[1]).String(); got != want {
			t.Errorf("%q: want %q, got %q", pair, want, got)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, alg := range []string{"RS256", "ES256"} {
		b.Run(alg, func(b *testing.B) {
			ks := mustJWKS(b, jwk("rsa", "rsa", nil), jwk("p256", "p256", nil))
			raw := sign(keyFor[alg], alg, nil, members{"iss": "https://i.example", "aud": "a", "exp": after(time.Hour)})
			for b.Loop() {
				if !ks.Verify(parse(raw), Options{At: noon}).Valid {
					b.Fatal("not valid")
				}
			}
		})
	}
}

// FuzzVerify checks that only signed tokens are valid.
func FuzzVerify(f *testing.F) {
	ks, err := ParseJWKS(jwks(jwk("rsa", "rsa", nil), jwk("p256", "p256", nil), jwk("ed25519", "ed25519", nil)), finding.T("test.json"))
	if err != nil {
		f.Fatal(err)
	}
	claims := members{"iss": "https://i.example", "aud": "a", "exp": after(time.Hour)}
	signed := map[string]bool{}
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		for _, header := range []members{nil, {"kid": nil}, {"jwk": jsonOf(jwk("other rsa", "x", nil))}} {
			raw := sign(keyFor[alg], alg, header, claims)
			signed[parse(raw).SigningInput()] = true
			f.Add(raw)
		}
	}
	f.Add(sign("other rsa", "RS256", members{"kid": "rsa"}, claims))
	f.Fuzz(func(t *testing.T, raw string) {
		tok := parse(raw)
		plainVerified(t, ks, raw, Options{Audiences: []string{"a"}})
		if got := ks.Verify(tok, Options{At: noon}); got.Valid && !signed[tok.SigningInput()] {
			t.Errorf("%q is valid", raw)
		}
	})
}
