package keyset

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// decoded is membersOf with encoding/json.
func decoded(data []byte) (members []member, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	for decoder.More() {
		var m member
		name, err := decoder.Token()
		if err != nil || decoder.Decode(&m.value) != nil {
			return nil, false
		}
		m.name, _ = name.(string)
		members = append(members, m)
	}
	return members, json.Valid(data)
}

func compareMembers(t *testing.T, data []byte) {
	t.Helper()
	got := membersOf(data)
	want, ok := decoded(data)
	if ok != (got != nil) || ok && len(got) != len(want) {
		t.Fatalf("%q: got %d members, want %d", data, len(got), len(want))
	}
	for i := range got {
		if got[i].name != want[i].name || !bytes.Equal(got[i].value, want[i].value) {
			t.Errorf("%q: got %q: %s, want %q: %s", data, got[i].name, got[i].value, want[i].name, want[i].value)
		}
		var text string
		err := json.Unmarshal(want[i].value, &text)
		if s, isString := stringOf(got[i].value); isString != (err == nil) || s != text {
			t.Errorf("%s is the string %q, want %q", got[i].value, s, text)
		}
	}
}

var oddObjects = []string{
	`{}`, ` { } `, `{"a":1}`, `{"a":"b","a":null}`, "{ \"a\" : [ 1 , \"]\" , {\"b\":\"}\"} ] ,\n\"c\"\t:true}", `{"a\"":"\\","b":"\\\"","\u0061":"\u00e9\ud83d"}`,
	"{\"\xff\":\"\xff\"}", `{"a":-1.5e3,"b":false}`, `[]`, `null`, ``, `{"a"}`, `{"a":1`, `{"a":1}x`, `{"a":1,}`, `{"a":{"b":[[{}],"{"]}}`, `"{}"`,
}

// The scanner finds the members that encoding/json finds.
func TestMembers(t *testing.T) {
	for _, object := range oddObjects {
		compareMembers(t, []byte(object))
	}
	for value, want := range map[string]int{`[]`: 0, `[1]`: 1, ` [ "a,b" , [1,2] , {"c":3} ] `: 3, `{}`: -1, `null`: -1} {
		if elements, ok := scanList([]byte(value)); ok != (want >= 0) || ok && len(elements) != want {
			t.Errorf("%s has %d elements", value, len(elements))
		}
	}
}

func FuzzMembers(f *testing.F) {
	for _, object := range oddObjects {
		f.Add([]byte(object))
	}
	f.Fuzz(func(t *testing.T, data []byte) { compareMembers(t, data) })
}

// The thumbprint is that of go-jose.
func TestThumbprint(t *testing.T) {
	set, err := ParseJWKS(bigSet(6), finding.T("a test"))
	if err != nil {
		t.Fatal(err)
	}
	keys := []crypto.PublicKey{set.Keys[0].Public, set.Keys[1].Public}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.Public())
	}
	okp, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, public := range append(keys, okp) {
		want, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if got := thumbprint(public); got != base64.RawURLEncoding.EncodeToString(want) {
			t.Errorf("%T: %s", public, got)
		}
	}
}

// Only a set with a string of the length of such a modulus is read for its largest key.
func TestTooLargeRSA(t *testing.T) {
	key := func(bits int) string {
		return `{"kty":"RSA","e":"AQAB","n":"` + base64.RawURLEncoding.EncodeToString(append([]byte{1}, make([]byte, bits/8)...)) + `"}`
	}
	for set, want := range map[string]int{
		`{"keys":[` + key(2048) + `]}`:                                     0,
		`{"keys":[` + key(MaxRSABits-8) + `]}`:                             0,
		`{"keys":[` + key(2048) + `,` + key(MaxRSABits) + `]}`:             MaxRSABits + 1,
		`{"keys":[{"kty":"RSA","x":"` + strings.Repeat("A", 9000) + `"}]}`: 0,
		`{"keys":`: 0,
	} {
		if got := TooLargeRSA([]byte(set)); got != want {
			t.Errorf("%.60s…: %d bits, want %d", set, got, want)
		}
	}
}
