package keyset

import (
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	jose2 "gopkg.in/go-jose/go-jose.v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// manyKeys is the largest key set of usual providers, many times over: RSA and EC keys in turn.
const manyKeys = 5000

// bigSet returns a JWK set of n keys. The RSA moduli are odd numbers of 2048 bits, as reading needs no more.
func bigSet(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	encode := base64.RawURLEncoding.EncodeToString
	keys := make([]string, n)
	for i := range keys {
		if i%2 == 0 {
			modulus := bytes(256)
			modulus[0] |= 0x80
			modulus[255] |= 1
			keys[i] = fmt.Sprintf(`{"kty":"RSA","use":"sig","alg":"RS256","kid":"k%d","e":"AQAB","n":%q}`, i, encode(modulus))
			continue
		}
		key, err := ecdh.P256().NewPrivateKey(append([]byte{0}, bytes(31)...))
		if err != nil {
			panic(err)
		}
		point := key.PublicKey().Bytes()
		keys[i] = fmt.Sprintf(`{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"k%d","x":%q,"y":%q}`, i, encode(point[1:33]), encode(point[33:]))
	}
	return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`)
}

// BenchmarkParseJWKS reads a large set, here and with the JOSE library of the API server alone.
func BenchmarkParseJWKS(b *testing.B) {
	data := bigSet(manyKeys)
	b.Run("here", func(b *testing.B) {
		for b.Loop() {
			if set, err := ParseJWKS(data, finding.T("the benchmark")); err != nil || len(set.Findings) > 0 {
				b.Fatal(err, set)
			}
		}
	})
	b.Run("go-jose 2", func(b *testing.B) {
		for b.Loop() {
			var set jose2.JSONWebKeySet
			if err := json.Unmarshal(data, &set); err != nil {
				b.Fatal(err)
			}
		}
	})
}
