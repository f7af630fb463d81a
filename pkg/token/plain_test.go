package token

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// plainHeaders, plainPayloads and plainSignatures combine to tokens, some of which are plain.
var (
	plainHeaders = []string{
		rs256, `{"typ":"JWT","alg":"RS256"}`, ` { "alg" : "ES256" , "kid" : "" } `, `{"alg":"HS256","cty":"x","x5t":"y","x5t#S256":"z"}`, `{"alg":"none"}`, `{"alg":"RS257"}`, `{"kid":"k"}`,
		`{"alg":"RS256","jwk":{}}`, `{"alg":"RS256","crit":["x"]}`, `{"alg":"RS256","kid":1}`, `{"alg":"RS256","alg":"RS256"}`, `{"alg":"RS256","kid":"eyJhbGciOiJub25lIn0"}`, `{"enc":"x","alg":"dir"}`, `[]`, `{"alg":"RS256"`, ``,
	}
	plainPayloads = []string{
		boundClaims, legacyClaims, `{}`, `{"iss":"https://i","sub":"s","aud":"a","exp":1800003600,"nbf":1800000000,"iat":1800000000}`,
		`{"z":[1,-2,[],{},{"b":true,"a":false}],"y":null,"aud":[],"b":{"d":1,"c":{}}}`, ` {"aud" : [ "a" , "b" ] , "a" : 0 } `, `{"kubernetes.io":{"serviceaccount":{}}}`, `{"kubernetes.io":{"namespace":"n","warnafter":0,"pod":{"name":"p"}}}`,
		`{"exp":-1}`, `{"exp":253402300799}`, `{"exp":253402300800}`, `{"exp":1e9}`, `{"iat":"1"}`, `{"nbf":null}`, `{"sub":1}`, `{"aud":[1]}`, `{"aud":null}`, `{"kubernetes.io":[]}`, `{"kubernetes.io":{"pod":{"uid":1}}}`, `{"kubernetes.io":{"secret":1}}`, `{"kubernetes.io":{"namespace":1}}`, `{"kubernetes.io":{"warnafter":"x"}}`,
		`{"a":-0}`, `{"a":01}`, `{"a":1.5}`, `{"a":9223372036854775807,"b":-9223372036854775808}`, `{"a":9223372036854775808}`, `{"a":"\u0061"}`, `{"a":"ä"}`, `{"a":"<"}`, `{"a":"` + "\x7f" + `"}`, `{"":1}`,
		`{"a":1,"a":2}`, `{"b":{"a":1,"a":1}}`, `{"b":1,"a":2,"b":3}`, `{"c":1,"b":2,"a":3}`, `{"a":1,}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a" 1}`, `{"a":tru}`, `{"a":1}}`, `{"a":1`, `{"a"`, `{`, `1`, `{"a":[[[[[[[[[]]]]]]]]]}`, `{"a":[` + strings.Repeat("1,", 300) + `1]}`,
		`{"access_token":"x"}`, `{"key":{"kty":"RSA","d":"x"}}`, `{"a":"eyJhbGciOiJub25lIn0.e30."}`, `{"a":"https://u:p@h"}`, `{"a":"abcdef.0123456789abcdef"}`, `{"kubernetes.io/serviceaccount/service-account.uid":"u"}`, `{"kubernetes.io/serviceaccount/namespace":""}`,
	}
	plainSignatures = []string{signature, strings.Repeat("x", 128), strings.Repeat("x", 127), strings.Repeat("x", 64), strings.Repeat("x", 32), ""}
)

// A token that Plain reads is one that Parse reads without a problem, with the same result.
func TestPlain(t *testing.T) {
	var again Plain
	read := map[string]bool{}
	for _, header := range plainHeaders {
		for _, payload := range plainPayloads {
			for _, signature := range plainSignatures {
				if comparePlain(t, &again, compactJWT(header, payload, signature)) {
					read[header], read[payload] = true, true
				}
			}
		}
	}
	for _, usual := range append(plainHeaders[:4:4], plainPayloads[:8]...) {
		if !read[usual] {
			t.Errorf("%s is not plain in any token", usual)
		}
	}
	// Any unusual encoding is left to Parse.
	for name, raw := range map[string]string{
		"line break": minimal[:10] + "\n" + minimal[10:], "carriage return": minimal + "\r", "padded": minimal + "=", "loose bits": minimal[:len(minimal)-1] + "h",
		"four parts": minimal + ".", "two parts": minimal[:strings.LastIndexByte(minimal, '.')], "one part": "x", "nothing": "", "Bearer": "Bearer " + minimal,
	} {
		if comparePlain(t, &again, raw) {
			t.Errorf("%s: it is plain", name)
		}
	}
	// A line break counts for as many bytes as it takes, which of every fourth length are none.
	for n := 1; n < 8; n++ {
		payload, signature := `{"a":"`+strings.Repeat("x", n)+`"}`, strings.Repeat("x", 128+n)
		if raw := compactJWT(rs256, payload, signature); !comparePlain(t, &again, raw) {
			t.Errorf("%s and a signature of %d bytes are not plain", payload, len(signature))
		} else {
			for i := range raw {
				for _, broken := range []string{raw[:i] + "\n" + raw[i:], raw[:i] + "\r\n" + raw[i:]} {
					if comparePlain(t, &again, broken) {
						t.Fatalf("%q is plain", broken)
					}
				}
			}
		}
	}
	if !comparePlain(t, &again, minimal) {
		t.Error("the token that these were made of is not plain")
	}
}

// comparePlain compares Plain with Parse, and reports whether the token is plain. again has read other tokens
// before.
func comparePlain(t *testing.T, again *Plain, raw string) bool {
	t.Helper()
	var p Plain
	plain := p.Read([]byte(raw))
	if got := again.Read([]byte(raw)); got != plain {
		t.Fatalf("%q: plain is %t for one that has read others before, %t for a new one", raw, got, plain)
	}
	if !plain {
		return false
	}
	want := Parse(raw)
	if len(want.Problems) > 0 || want.Inner != nil || want.Parts != 3 || want.AWS != nil || want.Bootstrap != nil {
		t.Fatalf("%q is plain, and Parse says %+v", raw, want)
	}
	for _, p := range []*Plain{&p, again} {
		for what, pair := range map[string][2]any{
			"Kind": {p.Kind, want.Kind}, "Faults": {len(p.Faults()), len(want.Faults())}, "IsLegacy": {p.IsLegacy(), want.IsLegacy()},
			"HasHeader": {p.HasHeader(), want.HasHeader()}, "HasClaims": {p.HasClaims(), want.HasClaims()}, "HasSigningInput": {p.HasSigningInput(), want.HasSigningInput()},
			"SigningInput": {p.SigningInput(), want.SigningInput()}, "SigningBytes": {string(p.SigningBytes()), want.SigningInput()}, "Signature": {string(p.Signature()), string(want.Signature())},
			"Algorithm": {p.Algorithm(), want.Algorithm()}, "KeyID": {both(p.KeyID()), both(want.KeyID())},
			"Issuer": {p.Issuer(), want.Issuer()}, "Audience": {both(p.Audience()), both(want.Audience())}, "ServiceAccount": {p.ServiceAccount(), want.ServiceAccount()},
			"IssuedAt": {both(p.IssuedAt()), both(want.IssuedAt())}, "NotBefore": {both(p.NotBefore()), both(want.NotBefore())},
			"ExpiresAt": {both(p.ExpiresAt()), both(want.ExpiresAt())}, "WarnAfter": {both(p.WarnAfter()), both(want.WarnAfter())},
			"header": {string(p.AppendHeader(nil)), asJSON(t, want.Header)}, "claims": {string(p.AppendClaims(nil)), asJSON(t, want.Claims)},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("%q: %s is %#v, of Parse %#v", raw, what, pair[0], pair[1])
			}
		}
		for name := range want.Claims {
			if got := p.Claim(name); !reflect.DeepEqual(got, want.Claim(name)) {
				t.Errorf("%q: claim %s is %#v, of Parse %#v", raw, name, got, want.Claim(name))
			}
		}
		for _, name := range []string{"alg", "kid", "typ", "crit", "b64", "jwk", "nonce"} {
			if got, want := both(p.HeaderMember(name)), both(want.HeaderMember(name)); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: member %s is %#v, of Parse %#v", raw, name, got, want)
			}
		}
		if p.Claim("none") != nil || strings.Contains(fmt.Sprintf("%v %+v %#v %s", p, p, p, p), "{") {
			t.Errorf("%q: a claim that is not there, or a print of it: %v", raw, p)
		}
		if !p.MayHoldSecret() && (holdsSecret(want.Header) || holdsSecret(want.Claims)) {
			t.Errorf("%q: a secret is overlooked", raw)
		}
	}
	return true
}

// holdsSecret reports whether a value has a secret.
func holdsSecret(v any) bool {
	switch v := v.(type) {
	case string:
		return Redact(v) != v
	case map[string]any:
		for name, member := range v {
			if SecretMember(name) || name == "kty" || holdsSecret(member) {
				return true
			}
		}
	case []any:
		for _, element := range v {
			if holdsSecret(element) {
				return true
			}
		}
	}
	return false
}

func both[A, B any](a A, b B) [2]any { return [2]any{a, b} }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// FuzzPlain compares Plain with Parse for any header, payload and signature.
func FuzzPlain(f *testing.F) {
	for i, header := range plainHeaders {
		f.Add(header, plainPayloads[0], plainSignatures[i%len(plainSignatures)])
	}
	for i, payload := range plainPayloads {
		f.Add(plainHeaders[i%4], payload, signature)
	}
	var again Plain
	f.Fuzz(func(t *testing.T, header, payload, signature string) {
		comparePlain(t, &again, compactJWT(header, payload, signature))
	})
}
