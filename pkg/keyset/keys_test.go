package keyset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The private keys of the tests, created once for each run.
var privateKeys = sync.OnceValue(func() map[string]crypto.Signer {
	keys := map[string]crypto.Signer{}
	for name, bits := range map[string]int{"rsa": 2048, "other rsa": 2048, "weak rsa": 1024} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	for name, curve := range map[string]elliptic.Curve{"p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			panic(err)
		}
		keys[name] = key
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	keys["ed25519"] = key
	return keys
})

// keyFor names the private key that an algorithm takes.
var keyFor = map[string]string{
	"RS256": "rsa", "RS384": "rsa", "RS512": "rsa", "PS256": "rsa", "PS384": "rsa", "PS512": "rsa",
	"ES256": "p256", "ES384": "p384", "ES512": "p521", "EdDSA": "ed25519",
}

// members are members of a JWK or a header.
type members map[string]any

// jwk is the public half of a key as JSON.
func jwk(key, kid string, more members) string {
	data, err := json.Marshal(jose.JSONWebKey{Key: privateKeys()[key].Public(), KeyID: kid})
	if err != nil {
		panic(err)
	}
	return with(string(data), more)
}

// with adds members to a JSON object; nil removes one.
func with(object string, more members) string {
	var m map[string]any
	if err := json.Unmarshal([]byte(object), &m); err != nil {
		panic(err)
	}
	for name, value := range more {
		if m[name] = value; value == nil {
			delete(m, name)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func jwks(keys ...string) []byte {
	return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)
}

func mustJWKS(t testing.TB, keys ...string) *KeySet {
	t.Helper()
	ks, err := ParseJWKS(jwks(keys...), finding.T("test.json"))
	if err != nil {
		t.Fatal(err)
	}
	return ks
}

// sign signs claims with a key; header replaces or adds members, nil removes one.
func sign(key, alg string, header members, claims any) string {
	all := members{"alg": alg, "kid": key}
	maps.Copy(all, header)
	for name, value := range header {
		if value == nil {
			delete(all, name)
		}
	}
	h, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	payload, ok := claims.(string)
	if !ok {
		p, err := json.Marshal(claims)
		if err != nil {
			panic(err)
		}
		payload = string(p)
	}
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	return input + "." + base64.RawURLEncoding.EncodeToString(rawSignature(key, alg, input))
}

// rawSignature signs as RFC 7518 has it, without the library that the package
// verifies with.
func rawSignature(key, alg, input string) []byte {
	signer := privateKeys()[key]
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	var digest []byte
	if hash != 0 {
		h := hash.New()
		h.Write([]byte(input))
		digest = h.Sum(nil)
	}
	var signature []byte
	var err error
	switch k := signer.(type) {
	case *rsa.PrivateKey:
		var options crypto.SignerOpts = hash
		if strings.HasPrefix(alg, "PS") {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		}
		signature, err = k.Sign(rand.Reader, digest, options)
	case *ecdsa.PrivateKey:
		r, s, signError := ecdsa.Sign(rand.Reader, k, digest)
		size := (k.Curve.Params().BitSize + 7) / 8
		signature, err = make([]byte, 2*size), signError
		r.FillBytes(signature[:size])
		s.FillBytes(signature[size:])
	case ed25519.PrivateKey:
		signature, err = k.Sign(rand.Reader, []byte(input), crypto.Hash(0))
	}
	if err != nil {
		panic(fmt.Sprint(key, " ", alg, ": ", err))
	}
	return signature
}

// said returns the IDs and details of findings, for comparison.
func said(findings []finding.Finding) (out []string) {
	for _, f := range findings {
		out = append(out, string(f.ID)+": "+f.Detail.String())
	}
	return out
}

func parse(raw string) *token.Token { return token.Parse(raw) }

// plainVerified compares the findings about a token.Plain with those about the same token as a token.Token. It
// reports whether the token is plain.
func plainVerified(t testing.TB, ks *KeySet, raw string, o Options) bool {
	t.Helper()
	var p token.Plain
	if !p.Read([]byte(raw)) {
		return false
	}
	tok := parse(raw)
	if o.At.IsZero() {
		o.At = noon
	}
	for _, pair := range [][2]any{{ks.Verify(&p, o), ks.Verify(tok, o)}, {ks.Signature(&p), ks.Signature(tok)}} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%q: as a Plain %+v, as a Token %+v", raw, pair[0], pair[1])
		}
	}
	return true
}

func jsonOf(text string) (v any) {
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	return v
}
