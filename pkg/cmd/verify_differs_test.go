package cmd

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	rsaKey      = must(rsa.GenerateKey(rand.Reader, 2048))
	_, edKey, _ = ed25519.GenerateKey(rand.Reader)
	base64URL   = base64.RawURLEncoding.EncodeToString
)

// signedAs is a token with this header and payload, signed with its alg. A PS signature has a salt with that many
// bytes, or as many as the hash if salt is 0.
func signedAs(header object, payload string, salt int) string {
	alg := header["alg"].(string)
	input := base64URL([]byte(asJSON(header))) + "." + base64URL([]byte(payload))
	signed := input
	if header["b64"] == false {
		signed = base64URL([]byte(asJSON(header))) + "." + payload
	}
	digest, hash := sha256.Sum256([]byte(signed)), crypto.SHA256
	var signature []byte
	switch alg {
	case "RS256":
		signature = must(rsa.SignPKCS1v15(rand.Reader, rsaKey, hash, digest[:]))
	case "PS256":
		signature = must(rsa.SignPSS(rand.Reader, rsaKey, hash, digest[:], &rsa.PSSOptions{SaltLength: cmp.Or(salt, 32)}))
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, signingKey, digest[:])
		must(r, err)
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "ES384": // with the key on P-256, which only ES256 may use
		digest := sha512.Sum384([]byte(signed))
		r, s, err := ecdsa.Sign(rand.Reader, signingKey, digest[:])
		must(r, err)
		signature = append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
	case "EdDSA":
		signature = ed25519.Sign(edKey, []byte(signed))
	}
	return input + "." + base64URL(signature)
}

// `verify` judges by the standards, and reports if the API server's own authenticators decide differently about
// the same token. If they agree, it reports nothing.
func TestVerifySaysWhereAnAPIServerDiffers(t *testing.T) {
	const accepts, rejects = "an API server accepts this token", "an API server rejects this token"
	now := time.Now().Unix()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: rsaKey.Public(), KeyID: "r"}, {Key: signingKey.Public(), KeyID: "e"}, {Key: edKey.Public(), KeyID: "o"},
		{Key: rsaKey.Public(), KeyID: "rs512", Algorithm: "RS512"}, {Key: rsaKey.Public(), KeyID: "enc", Use: "enc"}, {Key: rsaKey.Public(), KeyID: "svid", Use: "jwt-svid"},
	}}
	keys := file(t, "keys.json", asJSON(set))
	public := file(t, "sa.pub", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(rsaKey.Public()))})))
	rs, es := object{"alg": "RS256", "kid": "r"}, object{"alg": "ES256", "kid": "e"}
	claims := func(more object) string {
		all := object{"iss": "https://issuer.example", "sub": "jane", "aud": "a", "iat": now - 60, "exp": now + 3600}
		maps.Copy(all, more)
		for name, value := range more {
			if value == nil {
				delete(all, name)
			}
		}
		return asJSON(all)
	}
	account := func(more object) string {
		all := object{"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "cart", "uid": "u"}}}
		maps.Copy(all, more)
		return claims(all)
	}
	add := func(header object, more object) object {
		all := maps.Clone(header)
		maps.Copy(all, more)
		return all
	}
	insert := func(payload, member string) string { return strings.TrimSuffix(payload, "}") + "," + member + "}" }
	checked := []string{"--jwks", keys, "--issuer", "https://issuer.example", "--audience", "a"}
	unchecked := []string{"--jwks", keys}
	tests := map[string]struct {
		token string
		args  []string
		exit  int
		want  string // the title of the finding
		says  string // part of its detail or evidence
	}{
		"in order":                     {signedAs(rs, claims(nil), 0), checked, 0, "", ""},
		"ES256":                        {signedAs(es, claims(nil), 0), checked, 0, "an API server may reject the algorithm", "--oidc-signing-algs names ES256"},
		"ES256, ServiceAccount":        {signedAs(es, account(nil), 0), checked, 0, "", ""},
		"PS256, ServiceAccount":        {signedAs(object{"alg": "PS256", "kid": "r"}, account(nil), 0), checked, 0, "", ""},
		"EdDSA":                        {signedAs(object{"alg": "EdDSA", "kid": "o"}, claims(nil), 0), checked, 0, rejects, `id token signed with unsupported algorithm, expected ["ES256"`},
		"EdDSA, ServiceAccount":        {signedAs(object{"alg": "EdDSA", "kid": "o"}, account(nil), 0), checked, 0, rejects, "invalid signature, no keys found"},
		"exp a string":                 {signedAs(rs, claims(object{"exp": asJSON(now + 3600)}), 0), checked, 1, accepts, "malformed-jwt"},
		"exp a string, ServiceAccount": {signedAs(rs, account(object{"exp": asJSON(now + 3600)}), 0), checked, 1, "", ""},
		"exp as a string":              {signedAs(rs, claims(object{"exp": "tomorrow"}), 0), checked, 1, "", ""},
		"exp in the year 20000":        {signedAs(rs, claims(object{"exp": 568971820800}), 0), checked, 1, accepts, "malformed-jwt"},
		"no exp":                       {signedAs(rs, claims(object{"exp": nil}), 0), checked, 0, rejects, "oidc: token is expired (Token Expiry: 0001-01-01"},
		"no exp, ServiceAccount":       {signedAs(rs, account(object{"exp": nil}), 0), checked, 0, "", ""},
		"no aud":                       {signedAs(rs, claims(object{"aud": nil}), 0), unchecked, 0, rejects, "expected audience"},
		"no iss":                       {signedAs(rs, claims(object{"iss": nil}), 0), unchecked, 0, rejects, "invalid bearer token"},
		"an iss that is no https URL":  {signedAs(rs, claims(object{"iss": "joe"}), 0), unchecked, 0, rejects, "URL scheme must be https"},
		"ISS":                          {signedAs(rs, strings.Replace(claims(nil), `"iss"`, `"ISS"`, 1), 0), checked, 1, accepts, "issuer-not-trusted"},
		"iss and ISS":                  {signedAs(rs, insert(claims(nil), `"ISS":"https://evil.example"`), 0), checked, 0, rejects, "invalid bearer token"},
		"iss twice":                    {signedAs(rs, insert(claims(nil), `"iss":"https://issuer.example"`), 0), checked, 1, accepts, "malformed-jwt"},
		"iss twice, ServiceAccount":    {signedAs(rs, insert(account(nil), `"iss":"https://issuer.example"`), 0), checked, 1, "", ""},
		"jti a number":                 {signedAs(rs, claims(object{"jti": 7}), 0), checked, 1, accepts, "malformed-jwt"},
		"nonce a number":               {signedAs(rs, claims(object{"nonce": 7}), 0), checked, 0, rejects, "failed to unmarshal claims"},
		"sub a number":                 {signedAs(rs, claims(object{"sub": 7}), 0), checked, 1, "", ""},
		"expired 30s ago":              {signedAs(rs, claims(object{"exp": now - 30}), 0), checked, 1, "", ""},
		"expired 30s ago, account":     {signedAs(rs, account(object{"exp": now - 30}), 0), checked, 1, accepts, "token-expired"},
		"expired 90s ago, account":     {signedAs(rs, account(object{"exp": now - 90}), 0), checked, 1, "", ""},
		"90s of leeway, account":       {signedAs(rs, account(object{"exp": now - 75}), 0), append(checked[:6:6], "--leeway", "90s"), 0, rejects, "service account token has expired"},
		"iat tomorrow":                 {signedAs(rs, claims(object{"iat": now + 86400}), 0), checked, 1, accepts, "token-issued-in-future"},
		"iat tomorrow, account":        {signedAs(rs, account(object{"iat": now + 86400}), 0), checked, 1, "", ""},
		"alg of the key":               {signedAs(object{"alg": "RS256", "kid": "rs512"}, claims(nil), 0), checked, 1, accepts, "algorithm-not-accepted"},
		"a key for encryption":         {signedAs(object{"alg": "RS256", "kid": "enc"}, claims(nil), 0), checked, 1, accepts, "signing-key-unknown"},
		"a key of SPIFFE":              {signedAs(object{"alg": "RS256", "kid": "svid"}, claims(nil), 0), checked, 0, "", ""},
		"a curve of another algorithm": {signedAs(object{"alg": "ES384", "kid": "e"}, claims(nil), 0), checked, 1, accepts, "algorithm-not-accepted"},
		"a salt of 20 bytes":           {signedAs(object{"alg": "PS256", "kid": "r"}, claims(nil), 20), checked, 1, accepts, "signature-invalid"},
		"a salt of 32 bytes":           {signedAs(object{"alg": "PS256", "kid": "r"}, claims(nil), 0), checked, 0, "an API server may reject the algorithm", "PS256"},
		"b64 false":                    {signedAs(object{"alg": "RS256", "kid": "r", "b64": false, "crit": []string{"b64"}}, claims(nil), 0), checked, 1, accepts, "algorithm-not-accepted"},
		"crit null":                    {signedAs(add(rs, object{"crit": nil}), claims(nil), 0), checked, 1, accepts, "algorithm-not-accepted"},
		"crit of something":            {signedAs(add(rs, object{"crit": []string{"x"}, "x": 1}), claims(nil), 0), checked, 1, "", ""},
		"alg none":                     {signedAs(object{"alg": "none"}, claims(nil), 0), checked, 1, "", ""},
		"no kid":                       {signedAs(object{"alg": "RS256"}, claims(nil), 0), checked, 0, "", ""},
		"padded":                       {strings.Replace(signedAs(rs, claims(nil), 0), ".", "=.", 1), checked, 1, "", ""},
		"another kid, key file":        {signedAs(rs, account(nil), 0), []string{"--public-key", public, "--issuer", "https://issuer.example", "--audience", "a"}, 0, rejects, "invalid signature, no keys found"},
		"no kid, key file":             {signedAs(object{"alg": "RS256"}, account(nil), 0), []string{"--public-key", public, "--issuer", "https://issuer.example", "--audience", "a"}, 0, "", ""},
		"another audience":             {signedAs(rs, claims(object{"aud": "b"}), 0), checked, 1, "", ""},
		"9,999 levels deep":            {signedAs(rs, insert(claims(nil), `"deep":`+strings.Repeat("[", 9_999)+strings.Repeat("]", 9_999)), 0), checked, 0, "", ""},
		"10,000 levels deep":           {signedAs(rs, insert(claims(nil), `"deep":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)), 0), checked, 1, "", ""},
		"signed with another key":      {signedAs(object{"alg": "RS256", "kid": "e"}, claims(nil), 0), checked, 1, "", ""},
		"not UTF-8":                    {signedAs(rs, strings.Replace(claims(nil), "jane", "j\xffne", 1), 0), checked, 1, accepts, "malformed-jwt"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got := run(t, c.token, append([]string{"verify", "-", "-o", "json"}, c.args...)...)
			if got.status != c.exit {
				t.Errorf("exit status %d, want %d", got.status, c.exit)
			}
			var v struct {
				Valid    bool
				Findings []struct {
					ID, Severity, Title, Detail string
					Evidence                    []struct{ Value string }
				}
			}
			must(0, json.Unmarshal([]byte(got.out), &v))
			title, text := "", ""
			for _, f := range v.Findings {
				if f.ID == "api-server-differs" {
					title, text = f.Title, f.Detail
					for _, e := range f.Evidence {
						text += "\n" + e.Value
					}
				}
				if v.Valid && f.Severity == "error" {
					t.Errorf("valid, and %s is an error", f.ID)
				}
			}
			if title != c.want || !strings.Contains(text, c.says) {
				t.Errorf("want %q with %q, got %q with %s\n%s", c.want, c.says, title, text, got.out)
			}
		})
	}
}
