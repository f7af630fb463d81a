package keyset

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryAlgorithm signs with each algorithm and changes one thing at a time.
func TestEveryAlgorithm(t *testing.T) {
	if len(keyFor) != len(algorithms) {
		t.Fatalf("%d algorithms are tested, %d are implemented", len(keyFor), len(algorithms))
	}
	for alg, key := range keyFor {
		t.Run(alg, func(t *testing.T) {
			ks := mustJWKS(t, jwk("rsa", "rsa", nil), jwk("p256", "p256", nil), jwk("p384", "p384", nil), jwk("p521", "p521", nil), jwk("ed25519", "ed25519", nil))
			good := sign(key, alg, nil, members{"sub": "a"})
			parts := strings.Split(good, ".")
			signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
			flipped := append([]byte{}, signature...)
			flipped[len(flipped)-1] ^= 1
			encode := base64.RawURLEncoding.EncodeToString
			tests := map[string]struct {
				raw  string
				want SignatureVerdict
			}{
				"good":                 {good, SignatureValid},
				"good without kid":     {sign(key, alg, members{"kid": nil}, members{"sub": "a"}), SignatureValid},
				"another payload":      {parts[0] + "." + encode([]byte(`{"sub":"b"}`)) + "." + parts[2], SignatureInvalid},
				"another header":       {encode([]byte(`{"alg":"`+alg+`","kid":"`+key+`","x":1}`)) + "." + parts[1] + "." + parts[2], SignatureInvalid},
				"a bit changed":        {parts[0] + "." + parts[1] + "." + encode(flipped), SignatureInvalid},
				"an empty signature":   {parts[0] + "." + parts[1] + ".", SignatureInvalid},
				"zeros":                {parts[0] + "." + parts[1] + "." + encode(make([]byte, len(signature))), SignatureInvalid},
				"an unknown kid":       {sign(key, alg, members{"kid": "else"}, members{"sub": "a"}), KeyUnknown},
				"another key's kid":    {sign(key, alg, members{"kid": otherKid(key)}, members{"sub": "a"}), AlgorithmRejected},
				"none":                 {sign(key, alg, members{"alg": "none"}, members{"sub": "a"}), AlgorithmRejected},
				"HMAC":                 {sign(key, alg, members{"alg": "HS256"}, members{"sub": "a"}), AlgorithmRejected},
				"an unknown crit":      {sign(key, alg, members{"crit": []string{"exp"}, "exp": 1}, members{"sub": "a"}), AlgorithmRejected},
				"an unencoded payload": {sign(key, alg, members{"crit": []string{"b64"}, "b64": false}, members{"sub": "a"}), AlgorithmRejected},
				"an encoded payload":   {sign(key, alg, members{"crit": []string{"b64"}, "b64": true}, members{"sub": "a"}), SignatureValid},
				"no alg":               {sign(key, alg, members{"alg": nil}, members{"sub": "a"}), AlgorithmRejected},
			}
			for name, test := range tests {
				if plain := plainVerified(t, ks, test.raw, Options{}); !plain && strings.HasPrefix(name, "good") {
					t.Errorf("%s: it is not plain", name)
				}
				if got := ks.Signature(parse(test.raw)); got.Verdict != test.want {
					t.Errorf("%s: want %s, got %s: %s", name, test.want, got.Verdict, got.Detail)
				} else if test.want == SignatureValid && got.Key.ID != key {
					t.Errorf("%s: verified with %q", name, got.Key.ID)
				}
			}
		})
	}
}

// otherKid is the kid of a key of another type.
func otherKid(key string) string {
	if key == "rsa" {
		return "p256"
	}
	return "rsa"
}

// TestRFCVectors are the examples of RFC 7515 appendix A.2 to A.4 and RFC 8037 appendix A.
func TestRFCVectors(t *testing.T) {
	const (
		rsaKey = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
		ecKey  = `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
		edKey  = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
		claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	)
	ks := mustJWKS(t, rsaKey, ecKey, edKey)
	tests := map[string]string{
		"RS256": "eyJhbGciOiJSUzI1NiJ9." + claims + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
		"ES256": "eyJhbGciOiJFUzI1NiJ9." + claims + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
		"EdDSA": "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
	}
	for alg, raw := range tests {
		if got := ks.Signature(parse(raw)); got.Verdict != SignatureValid {
			t.Errorf("%s: %s: %s", alg, got.Verdict, got.Detail)
		}
	}
}

// TestSignatureSays checks the sentences about invalid signatures.
func TestSignatureSays(t *testing.T) {
	rsaKey := jwk("rsa", "rsa", nil)
	ks := mustJWKS(t, rsaKey, jwk("p256", "p256", nil))
	claims := members{"sub": "a"}
	good := sign("rsa", "RS256", nil, claims)
	tests := map[string]struct {
		ks      *KeySet
		raw     string
		verdict SignatureVerdict
		want    []string
	}{
		"the key is not in the set": {ks, sign("other rsa", "RS256", members{"kid": "gone"}, claims), KeyUnknown,
			[]string{`signing-key-unknown: the token names the signing key "gone", and the key set has "rsa", "p256"`}},
		"the set is empty": {mustJWKS(t), good, KeyUnknown,
			[]string{"signing-key-unknown: the key set is empty"}},
		"another key under that ID": {ks, sign("other rsa", "RS256", members{"kid": "rsa"}, claims), SignatureInvalid,
			[]string{`signature-invalid: the signature does not match the key "rsa": the token was changed after it was signed, or another key has the same kid`}},
		"no kid, and no key made it": {ks, sign("other rsa", "RS256", members{"kid": nil}, claims), SignatureInvalid,
			[]string{`signature-invalid: the signature does not match the key "rsa", the only candidate: the token was changed after it was signed, or its key is missing from the set`}},
		"no kid, and no key fits": {mustJWKS(t, rsaKey), sign("p256", "ES256", members{"kid": nil}, claims), KeyUnknown,
			[]string{`signing-key-unknown: no key of the set fits the token: ES256 needs a key of type EC, and the key has type "RSA"`}},
		"two keys of one ID": {mustJWKS(t, jwk("other rsa", "rsa", nil), rsaKey), good, SignatureValid, nil},
		"a key of another type": {ks, sign("p256", "ES256", members{"kid": "rsa"}, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: the signing key "rsa" does not fit the token: ES256 needs a key of type EC, and the key has type "RSA"`}},
		"a key on another curve": {mustJWKS(t, jwk("p384", "p256", nil)), sign("p256", "ES256", nil, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: the signing key "p256" does not fit the token: ES256 needs a key on the curve P-256, and the key is on P-384`}},
		"a key for another algorithm": {mustJWKS(t, jwk("rsa", "rsa", members{"alg": "RS512"})), good, AlgorithmRejected,
			[]string{`algorithm-not-accepted: the signing key "rsa" does not fit the token: the key is only for "RS512", and the token has alg RS256`}},
		"a key for encryption": {mustJWKS(t, jwk("rsa", "rsa", members{"use": "enc"})), good, KeyUnknown,
			[]string{`signing-key-unknown: the key "rsa" of the set cannot be used: the key is not for signatures (use is "enc")`}},
		"a key for signing only": {mustJWKS(t, jwk("rsa", "rsa", members{"key_ops": []string{"sign"}})), good, KeyUnknown,
			[]string{`signing-key-unknown: the key "rsa" of the set cannot be used: the key is not for verification (key_ops is "sign")`}},
		"a key that is private": {mustJWKS(t, jwk("rsa", "rsa", members{"d": "AQAB", "p": "AQ", "q": "AQ"})), good, KeyUnknown,
			[]string{`signing-key-unknown: the key "rsa" of the set cannot be used: the key is private (with d, p, q): everyone who can read the set can sign tokens`}},
		"a key of a JWK set without ID": {mustJWKS(t, jwk("rsa", "", nil)), good, KeyUnknown,
			[]string{`signing-key-unknown: the token names the signing key "rsa", and the key set has 1 without an ID`}},
		"none": {ks, sign("rsa", "RS256", members{"alg": "None"}, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: alg is "None": the token is not signed, so anyone could have created it`}},
		"HMAC": {ks, sign("rsa", "RS256", members{"alg": "HS512"}, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: alg is "HS512", which needs a shared secret: public keys cannot verify it`}},
		"something else": {ks, sign("rsa", "RS256", members{"alg": "ES256K"}, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: alg is "ES256K"; only RS, PS and ES (256, 384 or 512) and EdDSA are accepted`}},
		"crit": {ks, sign("rsa", "RS256", members{"crit": []any{"b64", "exp", 7}}, claims), AlgorithmRejected,
			[]string{`algorithm-not-accepted: the header's crit requires support for "exp", "7", which no verifier here has`}},
		"crit of another type": {ks, sign("rsa", "RS256", members{"crit": "exp"}, claims), AlgorithmRejected,
			[]string{"algorithm-not-accepted: crit in the header is not a list"}},
		"b64": {ks, sign("rsa", "RS256", members{"b64": false}, claims), AlgorithmRejected,
			[]string{"algorithm-not-accepted: the header has b64, an unencoded payload, which a JWT must not have (RFC 7797 section 7)"}},
		"a signature cut at the end": {ks, good[:len(good)-16], SignatureInvalid,
			[]string{`token-truncated: the end of the signature is missing: it has 244 bytes, and a signature by the key "rsa" has 256`}},
		"a key that the token brings, and that is private": {ks, sign("rsa", "RS256", members{"jwk": members{"kty": "oct", "k": "c2VjcmV0"}}, claims), NotChecked,
			[]string{"malformed-jwt: the header's jwk cannot be read, and the API server rejects a token with such a header"}},
		"opaque":     {ks, "opaque", NotChecked, nil},
		"two parts":  {ks, good[:strings.LastIndex(good, ".")], NotChecked, nil},
		"padded":     {ks, strings.Replace(good, ".", "=.", 1), NotChecked, nil},
		"a bad sign": {ks, good + "!", NotChecked, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plainVerified(t, test.ks, test.raw, Options{})
			got := test.ks.Signature(parse(test.raw))
			if got.Verdict != test.verdict {
				t.Errorf("want %s, got %s: %s", test.verdict, got.Verdict, got.Detail)
			}
			if diff := cmp.Diff(test.want, said(got.Findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestKeysOfTheTokenAreIgnored covers the attack with jwk, jku, x5c and x5u.
func TestKeysOfTheTokenAreIgnored(t *testing.T) {
	ks := mustJWKS(t, jwk("rsa", "rsa", nil))
	own := members{"jwk": members{}, "jku": "https://evil.example/jwks", "x5u": "https://evil.example/cert"}
	for name, value := range own {
		header := members{name: value}
		if name == "jwk" {
			header = members{"jwk": jsonOf(jwk("other rsa", "mine", nil)), "kid": "mine"}
		}
		got := ks.Signature(parse(sign("other rsa", "RS256", header, members{"sub": "a"})))
		if got.Verdict == SignatureValid {
			t.Errorf("%s: the token's own key was believed", name)
		}
		if diff := cmp.Diff([]string{name}, got.Ignored); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		// The same header with a valid signature is no fault.
		delete(header, "kid")
		if got := ks.Signature(parse(sign("rsa", "RS256", header, members{"sub": "a"}))); got.Verdict != SignatureValid {
			t.Errorf("%s: %s: %s", name, got.Verdict, got.Detail)
		}
	}
}

// TestRenamedKey covers an issuer that changed the kid of its key.
func TestRenamedKey(t *testing.T) {
	ks := mustJWKS(t, jwk("p256", "p256", nil), jwk("rsa", "new name", nil))
	got := ks.Signature(parse(sign("rsa", "RS256", members{"kid": "old name"}, members{"sub": "a"})))
	if got.Verdict != KeyUnknown || len(got.Findings) != 1 {
		t.Fatalf("%+v", got)
	}
	evidence := map[string]string{}
	for _, e := range got.Findings[0].Evidence {
		evidence[e.Source.String()] = e.Value.String()
	}
	want := map[string]string{
		"the token's header":              `kid: "old name"`,
		"the keys of test.json":           `"p256", "new name"`,
		"the key that made the signature": `key "new name"`,
	}
	if diff := cmp.Diff(want, evidence); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
