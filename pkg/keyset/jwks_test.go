package keyset

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	jose2 "gopkg.in/go-jose/go-jose.v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestParseJWKS(t *testing.T) {
	ks, err := ParseJWKS(jwks(
		// RFC 7638 section 3.1.
		`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
		// RFC 8037 appendix A.
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig"}`,
		jwk("p521", "p521", members{"alg": "ES512", "key_ops": []string{"verify"}}),
	), finding.T("https://issuer.example/keys"))
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		ID, Type, Algorithm, Use string
		Bits                     int
		Thumbprint               string
		Source                   string
	}
	var got []key
	for _, k := range ks.Keys {
		thumbprint := k.Thumbprint
		if k.ID == "p521" {
			thumbprint = ""
		}
		got = append(got, key{k.ID, k.Type, k.Algorithm, k.Use, k.Bits, thumbprint, k.Source.String()})
	}
	want := []key{
		{"2011-04-29", "RSA", "RS256", "", 2048, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "https://issuer.example/keys"},
		{"", "OKP", "", "sig", 256, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "https://issuer.example/keys"},
		{"p521", "EC", "ES512", "", 521, "", "https://issuer.example/keys"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), said(ks.Findings)); diff != "" {
		t.Errorf("findings: -want +got:\n%s", diff)
	}
}

// TestKubernetesID derives the ID as kubernetes pkg/serviceaccount does.
func TestKubernetesID(t *testing.T) {
	der, err := x509.MarshalPKIXPublicKey(privateKeys()["rsa"].Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	id := base64.RawURLEncoding.EncodeToString(sum[:])
	ks := mustJWKS(t, jwk("rsa", id, nil), jwk("p256", id, nil))
	if !ks.Keys[0].IsKubernetes() || ks.Keys[1].IsKubernetes() {
		t.Errorf("want the first of %q and %q to be Kubernetes' own, and not the second", ks.Keys[0].KubernetesID, ks.Keys[1].KubernetesID)
	}
}

// TestFaultyKeys checks the findings about faulty keys, and whether the keys are used. The behavior of an API
// server was tested with go-jose 2.6.3.
func TestFaultyKeys(t *testing.T) {
	const (
		refuses = "; an API server rejects the whole set, and every token of the issuer"
		never   = "; an API server never uses the key"
	)
	rsaKey, ecKey := jwk("rsa", "r", nil), jwk("p256", "e", nil)
	tests := map[string]struct {
		key    string
		want   string
		usable bool
	}{
		"oct":             {`{"kty":"oct","kid":"s","k":"c2VjcmV0"}`, `key "s": the key is symmetric: everyone who can read the set can sign tokens for verifiers that accept the key` + never, false},
		"private RSA":     {with(rsaKey, members{"d": "AQAB", "p": "AQAB", "q": "AQAB"}), `key "r": the key is private (with d, p, q): everyone who can read the set can sign tokens` + never, false},
		"private RSA, d":  {with(rsaKey, members{"d": "AQAB"}), `key "r": the key is private (with d): everyone who can read the set can sign tokens` + refuses, false},
		"private EC":      {with(ecKey, members{"d": "AQAB"}), `key "e": the key is private (with d): everyone who can read the set can sign tokens` + never, false},
		"primes":          {with(rsaKey, members{"p": "AQAB"}), `key "r": the key has members of a private key (p); an API server ignores them, and an attacker can use them`, false},
		"no kty":          {`{}`, "key 1: the key has no kty" + refuses, false},
		"null":            {`null`, "key 1: the key has no kty" + refuses, false},
		"not an object":   {`[]`, "key 1: the key is not a JSON object" + refuses, false},
		"an unknown kty":  {`{"kty":"AKP","alg":"ML-DSA-44","pub":"AQAB"}`, `key 1: an API server does not support the kty "AKP"` + refuses, false},
		"Ed448":           {`{"kty":"OKP","crv":"Ed448","x":"AQAB"}`, `key 1: the curve "Ed448" is not supported; the only one supported for kty OKP is Ed25519` + refuses, false},
		"secp256k1":       {with(ecKey, members{"crv": "secp256k1"}), `key "e": the curve "secp256k1" is not supported; P-256, P-384 and P-521 are` + refuses, false},
		"a short Ed25519": {`{"kty":"OKP","crv":"Ed25519","x":"AQAB"}`, "key 1: the member x does not have the 32 bytes of an Ed25519 key" + never, false},
		"off the curve":   {with(ecKey, members{"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}), `key "e": the key cannot be read: invalid EC key, X/Y are not on declared curve` + refuses, false},
		"no y":            {with(ecKey, members{"y": nil}), `key "e": the key cannot be read: invalid EC key, missing x/y values` + refuses, false},
		"no e":            {with(rsaKey, members{"e": nil}), `key "r": the key cannot be read: invalid RSA key, missing n/e values` + refuses, false},
		"e is 1":          {with(rsaKey, members{"e": "AQ"}), `key "r": the public exponent is not valid for RSA` + never, false},
		"e is huge":       {with(rsaKey, members{"e": strings.Repeat("_", 4000)}), `key "r": the public exponent is not valid for RSA` + never, false},
		"n is huge":       {with(rsaKey, members{"n": strings.Repeat("_", 4000)}), `key "r": the key has 24000 bits, and this program does not try keys of more than 16384; an API server would try the key`, false},
		"padding":         {with(rsaKey, members{"e": "AQAB=="}), `key "r": the key cannot be read: illegal base64 data at input byte 4` + refuses, false},
		"a kid of digits": {with(rsaKey, members{"kid": 7}), "key 1: kid has the wrong type" + refuses, false},
		"a bad x5c":       {with(rsaKey, members{"x5c": []string{"!"}}), `key "r": the key cannot be read: failed to unmarshal x5c field: illegal base64 data at input byte 0` + refuses, false},
		"x5u":             {with(rsaKey, members{"x5u": "https://c.example"}), `key "r": the key has the member x5u, which an API server cannot read` + refuses, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ks := mustJWKS(t, test.key)
			if diff := cmp.Diff([]string{"key-set-invalid: " + test.want}, said(ks.Findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(ks.Keys) != 1 || (ks.Keys[0].Public != nil) != test.usable {
				t.Errorf("%+v", ks.Keys)
			}
		})
	}
}

// TestKeysAsTheAPIServerReadsThem compares the findings about keys with the library that an API server uses for
// the key sets of issuers: exactly a key that it cannot read invalidates the set. The members of a key have exact
// names, and each may occur once.
func TestKeysAsTheAPIServerReadsThem(t *testing.T) {
	rsaKey, ecKey := jwk("rsa", "r", nil), jwk("p256", "e", nil)
	tests := map[string]struct {
		key    string
		id     string
		usable bool
	}{
		"in order":            {rsaKey, "r", true},
		"kid in capitals":     {strings.Replace(rsaKey, `"kid"`, `"KID"`, 1), "", true},
		"kty in capitals":     {strings.Replace(rsaKey, `"kty"`, `"KTY"`, 1), "r", false},
		"n in capitals":       {strings.Replace(rsaKey, `"n"`, `"N"`, 1), "r", false},
		"both cases of a kid": {strings.Replace(rsaKey, `"kid":"r"`, `"kid":"r","KID":"x"`, 1), "r", true},
		"kid twice":           {strings.Replace(rsaKey, `"kid":"r"`, `"kid":"r","kid":"r"`, 1), "r", false},
		"x twice, unknown":    {strings.Replace(ecKey, `"kid"`, `"more":1,"more":1,"kid"`, 1), "e", false},
		"twice, further down": {strings.Replace(ecKey, `"kid"`, `"more":{"a":1,"a":1},"kid"`, 1), "e", true},
		"null":                {`null`, "", false},
		"an unknown kty":      {`{"kty":"AKP","kid":"a","alg":"ML-DSA-44","pub":"AQAB"}`, "a", false},
		"x5u":                 {with(rsaKey, members{"x5u": "https://c.example"}), "r", true},
		"n is huge":           {with(rsaKey, members{"n": strings.Repeat("_", 4000)}), "r", false},
		"n of 16384 bits":     {with(rsaKey, members{"n": base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 2048))}), "r", true},
		"n of 16385 bits":     {with(rsaKey, members{"n": base64.RawURLEncoding.EncodeToString(append([]byte{1}, bytes.Repeat([]byte{0xff}, 2048)...))}), "r", false},
		"a bad x5t":           {with(rsaKey, members{"x5t": "!"}), "r", false},
		"another x5t":         {with(rsaKey, members{"x5t": "AQAB"}), "r", false},
		"use of another type": {with(rsaKey, members{"use": []string{"sig"}}), "r", false},
		"key_ops a string":    {with(rsaKey, members{"key_ops": "verify"}), "r", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var read jose2.JSONWebKeySet
			err := json.Unmarshal(jwks(test.key), &read)
			ks := mustJWKS(t, test.key)
			if got := ks.Keys[0]; got.ID != test.id || (got.Public != nil) != test.usable {
				t.Errorf("kid %q, usable %t: %s", got.ID, got.Public != nil, got.Unusable)
			}
			if err == nil && read.Keys[0].KeyID != test.id {
				t.Errorf("an API server reads the kid %q", read.Keys[0].KeyID)
			}
			said := strings.Join(said(ks.Findings), "\n")
			if refused := strings.Contains(said, rejectsSet.String()); refused != (err != nil) {
				t.Errorf("an API server says %v, and the findings are %q", err, said)
			}
		})
	}
}

// TestKeysInOtherCase covers the set itself, which encoding/json decodes: it accepts "KEYS" as "keys" and uses the
// last of several. A finding warns of other readers.
func TestKeysInOtherCase(t *testing.T) {
	r, e := "["+jwk("rsa", "r", nil)+"]", "["+jwk("p256", "e", nil)+"]"
	tests := map[string]struct {
		set, kid, want string
	}{
		"as it should be": {`{"keys":` + r + `}`, "r", ""},
		"in capitals":     {`{"KEYS":` + r + `}`, "r", `key-set-invalid: the keys are in the member "KEYS": an API server reads it as "keys", other readers find no keys`},
		"folded":          {`{"\u212Aeys":` + r + `}`, "r", "key-set-invalid: the keys are in the member \"\u212aeys\": an API server reads it as \"keys\", other readers find no keys"},
		"twice":           {`{"keys":` + r + `,"keys":` + e + `}`, "e", `key-set-invalid: the member keys occurs 2 times, as "keys", "keys": an API server reads the last one, other readers may read another one or none`},
		"capitals last":   {`{"keys":` + r + `,"Keys":` + e + `}`, "e", `key-set-invalid: the member keys occurs 2 times, as "keys", "Keys": an API server reads the last one, other readers may read another one or none`},
		"capitals first":  {`{"Keys":` + r + `,"keys":` + e + `}`, "e", `key-set-invalid: the member keys occurs 2 times, as "Keys", "keys": an API server reads the last one, other readers may read another one or none`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var read jose2.JSONWebKeySet
			if err := json.Unmarshal([]byte(test.set), &read); err != nil || len(read.Keys) != 1 || read.Keys[0].KeyID != test.kid {
				t.Fatalf("an API server reads %+v, %v", read, err)
			}
			ks, err := ParseJWKS([]byte(test.set), finding.T("x"))
			if err != nil || len(ks.Keys) != 1 || ks.Keys[0].ID != test.kid {
				t.Fatalf("%+v, %v", ks, err)
			}
			if got := strings.Join(said(ks.Findings), "\n"); got != test.want {
				t.Errorf("want %s\ngot  %s", test.want, got)
			}
			for _, f := range ks.Findings {
				if f.Severity != finding.Warning {
					t.Errorf("%s is of severity %s, and an API server can use the set", f.ID, f.Severity)
				}
			}
		})
	}
}

// TestPrivateKeysAreDescribed checks that the public part of a private key is shown.
func TestPrivateKeysAreDescribed(t *testing.T) {
	public := mustJWKS(t, jwk("rsa", "r", nil)).Keys[0]
	private := mustJWKS(t, jwk("rsa", "r", members{"d": "AQAB"})).Keys[0]
	if private.Thumbprint == "" || private.Thumbprint != public.Thumbprint || private.Bits != 2048 {
		t.Errorf("%+v", private)
	}
}

func TestWeakAndDoubleKeys(t *testing.T) {
	rsaKey := jwk("rsa", "r", nil)
	tests := map[string]struct {
		keys []string
		want []string
	}{
		"1024 bits":      {[]string{jwk("weak rsa", "w", nil)}, []string{`weak-key: key "w" is weak: 1024 bits, and an RSA key should have at least 2048`}},
		"512 bits":       {[]string{`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 85) + `A"}`}, []string{"weak-key: key 1 is weak: 512 bits, less than the 1024 that the API server and other Go programs need to verify with a key"}},
		"exponent 3":     {[]string{with(rsaKey, members{"e": "Aw"})}, []string{`weak-key: key "r" is weak: the public exponent is 3 and should be at least 65537`}},
		"one ID twice":   {[]string{rsaKey, jwk("other rsa", "r", nil)}, []string{`key-set-duplicate-kid: keys 1 and 2 of the set have the same kid "r": an API server tries both, other readers only one of them`}},
		"one key twice":  {[]string{rsaKey, jwk("p256", "e", nil), rsaKey}, []string{`key-set-duplicate-kid: keys 1 and 3 of the set are the same key, "r"`}},
		"two types":      {[]string{rsaKey, jwk("p256", "r", nil)}, nil},
		"no IDs":         {[]string{jwk("rsa", "", nil), jwk("other rsa", "", nil)}, nil},
		"an empty set":   {nil, []string{"key-set-invalid: the set is empty: no token can be verified with it"}},
		"an escaped kid": {[]string{jwk("weak rsa", "\x1b[31m\u202e", nil)}, []string{`weak-key: key "\x1b[31m\u202e" is weak: 1024 bits, and an RSA key should have at least 2048`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, said(mustJWKS(t, test.keys...).Findings)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestJWKSThatCannotBeRead(t *testing.T) {
	tests := map[string]struct {
		data string
		want string
	}{
		"nothing":       {" \n", "the content is empty; a key set is expected"},
		"HTML":          {"\n<!DOCTYPE html><title>Sign in</title>", "the content is an HTML or XML page, not a key set"},
		"PEM with text": {"kid: a\n-----BEGIN PUBLIC KEY-----\n", "the content is PEM, not a key set in JSON (--public-key reads PEM)"},
		"PEM":           {"-----BEGIN PUBLIC KEY-----\n", "the content is PEM, not a key set in JSON (--public-key reads PEM)"},
		"a token":       {"eyJhbGciOiJSUzI1NiJ9.e30.AA", "the content is a token, not a key set"},
		"not JSON":      {`{"keys":[}`, "not a key set: invalid JSON, invalid character '}' looking for beginning of value at byte 10"},
		"cut":           {`{"keys":[`, "not a key set: invalid JSON, unexpected end of JSON input at byte 9"},
		"a list":        {`[]`, `the content is JSON, but not a key set: an object with the member "keys" is expected`},
		"null":          {`null`, `the content is JSON, but not a key set: an object with the member "keys" is expected`},
		"discovery":     {`{"issuer":"https://i","jwks_uri":"https://i/keys"}`, "the content is a discovery document, not a key set; the key set is at its jwks_uri"},
		"one key":       {`{"kty":"RSA"}`, `the content is a single key, not a key set: an object with a list of keys in the member "keys" is expected`},
		"another one":   {`{"error":"x"}`, `not a key set: the member "keys" is missing`},
		"keys a string": {`{"keys":"x"}`, `not a key set: the member "keys" is not a list`},
		"too many":      {`{"keys":[{}` + strings.Repeat(",{}", 10_000) + `]}`, "the key set has 10001 keys; the limit is 10000"},
		"too large":     {`{"keys":[` + strings.Repeat(" ", 4<<20) + `]}`, "the key set is larger than 4 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ks, err := ParseJWKS([]byte(test.data), finding.T("x"))
			if ks != nil || err == nil || err.Error() != test.want {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

func TestByteOrderMark(t *testing.T) {
	ks, err := ParseJWKS(append([]byte("\xef\xbb\xbf"), jwks(jwk("rsa", "r", nil))...), finding.T("x"))
	if err != nil || len(ks.Keys) != 1 {
		t.Fatal(err)
	}
	want := []string{"key-set-invalid: the document begins with a byte order mark, which JSON does not allow: an API server cannot read it"}
	if diff := cmp.Diff(want, said(ks.Findings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestUTF16 covers the UTF-16 that > of PowerShell writes: a key set is read, although an API server would not
// read it, and PEM is reported.
func TestUTF16(t *testing.T) {
	wide := func(s string) []byte {
		out := []byte{0xff, 0xfe}
		for i := range len(s) {
			out = append(out, s[i], 0)
		}
		return out
	}
	ks, err := ParseJWKS(wide(string(jwks(jwk("rsa", "r", nil)))), finding.T("x"))
	if err != nil || len(ks.Keys) != 1 || ks.Keys[0].Public == nil || !ks.Rejected {
		t.Fatalf("%+v, %v", ks, err)
	}
	want := []string{"key-set-invalid: the document is encoded in UTF-16 (little-endian) instead of UTF-8: an API server cannot read it"}
	if diff := cmp.Diff(want, said(ks.Findings)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := ParsePEM(wide("-----BEGIN PUBLIC KEY-----"), finding.T("x")); err == nil || !strings.Contains(err.Error(), "the content is UTF-16 (little-endian), and PEM is ASCII") {
		t.Error(err)
	}
}

// TestManyFaultsAreCounted checks that ten thousand faulty keys do not give ten thousand findings.
func TestManyFaultsAreCounted(t *testing.T) {
	ks := mustJWKS(t, strings.Split(strings.TrimSuffix(strings.Repeat("{},", maxKeys), ","), ",")...)
	if len(ks.Keys) != maxKeys || len(ks.Findings) != maxKeyFindings+1 {
		t.Fatalf("%d keys, %d findings", len(ks.Keys), len(ks.Findings))
	}
	if got := ks.Findings[maxKeyFindings].Detail; got.String() != "9980 more keys of the set cannot be used" {
		t.Error(got)
	}
}

// TestNothingPrivateIsKept searches for private members in everything that a set has.
func TestNothingPrivateIsKept(t *testing.T) {
	const canary = "Y2FuYXJ5Y2FuYXJ5"
	secrets := members{}
	for _, name := range append([]string{"D", "K"}, secretMembers...) {
		secrets[name] = canary
	}
	secrets["oth"] = []any{map[string]any{"r": canary, "d": canary, "t": canary}}
	ks := mustJWKS(t, jwk("rsa", "r", secrets), `{"kty":"oct","k":"`+canary+`"}`, jwk("p256", "nested", members{"more": map[string]any{"d": canary}}))
	all := fmt.Sprintf("%+v %#v", ks, ks.Keys) + string(ks.Document())
	out, err := json.Marshal(ks)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(all+string(out), canary) {
		t.Error("a private member is kept")
	}
	var document struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(ks.Document(), &document); err != nil {
		t.Fatal(err)
	}
	if d := document.Keys[0]["d"]; d != redacted || document.Keys[1]["k"] != redacted || document.Keys[0]["kid"] != "r" {
		t.Errorf("%s", ks.Document())
	}
}

// FuzzParseJWKS checks that all bytes are read or rejected, and that the kept part is JSON without private
// members.
func FuzzParseJWKS(f *testing.F) {
	for _, key := range []string{jwk("rsa", "r", nil), jwk("p256", "e", members{"d": "AQAB"}), jwk("ed25519", "o", nil), `{"kty":"oct","k":"AQAB"}`} {
		f.Add(jwks(key))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ks, err := ParseJWKS(data, finding.T("x"))
		if err != nil {
			return
		}
		var kept struct {
			Keys []map[string]any `json:"keys"`
		}
		if !json.Valid(ks.Document()) {
			t.Fatalf("%s", ks.Document())
		}
		if json.Unmarshal(ks.Document(), &kept) != nil {
			return // a key that is no object
		}
		for _, key := range kept.Keys {
			for name, value := range key {
				if isSecret(name) && value != redacted {
					t.Errorf("%s is kept", name)
				}
			}
		}
	})
}

// TestLargestSetIsRead checks that a set at the limits is read and searched.
func TestLargestSetIsRead(t *testing.T) {
	key := jwk("p256", "e", nil)
	ks := mustJWKS(t, strings.Split(strings.TrimSuffix(strings.Repeat(key+"\n", maxKeys), "\n"), "\n")...)
	if got := ks.Signature(parse(sign("other rsa", "RS256", members{"kid": nil}, members{}))); got.Verdict != KeyUnknown {
		t.Errorf("%+v", got)
	}
}

func TestMerge(t *testing.T) {
	a, b := mustJWKS(t, jwk("rsa", "r", nil)), mustJWKS(t, jwk("weak rsa", "w", nil))
	got := Merge(a, b)
	if len(got.Keys) != 2 || len(got.Findings) != 1 || got.Source.String() != "test.json, test.json" {
		t.Errorf("%+v", got)
	}
}
