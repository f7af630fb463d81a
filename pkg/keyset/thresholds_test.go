package keyset

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Each time limit is exact to the nanosecond.
func TestThresholdsOfTime(t *testing.T) {
	ks := mustJWKS(t, jwk("p256", "p256", nil))
	for name, c := range map[string]struct {
		claims      members
		quiet, loud time.Duration
		says        string
	}{
		"nbf, and a minute of leeway":       {members{"nbf": after(time.Minute)}, 0, -1, "token-not-yet-valid"},
		"iat, and a minute of leeway":       {members{"iat": after(time.Minute)}, 0, -1, "token-issued-in-future"},
		"exp, and a minute of leeway":       {members{"exp": after(-time.Minute)}, -1, 0, "token-expired"},
		"exp":                               {members{"exp": after(0)}, -1, 0, "passes only because of 1m of leeway"},
		"warnafter":                         {members{"kubernetes.io": members{"warnafter": after(0)}}, 0, 1, "token-stale"},
		"an hour before exp":                {members{"iat": after(-23 * time.Hour)}, 0, 1, "token-expires-soon"},
		"a tenth of the life before exp":    {members{"iat": after(-18 * time.Minute), "exp": after(2 * time.Minute)}, 0, 1, "token-expires-soon"},
		"a tenth of the life that nbf told": {members{"iat": nil, "nbf": after(-18 * time.Minute), "exp": after(2 * time.Minute)}, 0, 1, "token-expires-soon"},
	} {
		t.Run(name, func(t *testing.T) {
			claims := members{"aud": "a", "iat": after(-time.Hour), "exp": after(time.Hour)}
			for claim, value := range c.claims {
				if claims[claim] = value; value == nil {
					delete(claims, claim)
				}
			}
			tok := parse(sign("p256", "ES256", nil, claims))
			for at, want := range map[time.Duration]bool{c.quiet: false, c.loud: true} {
				got := said(ks.Verify(tok, Options{At: noon.Add(at), Leeway: time.Minute}).Findings)
				if has := strings.Contains(strings.Join(got, "\n"), c.says); has != want {
					t.Errorf("at noon and %dns: %q", at, got)
				}
			}
		})
	}
}

// repeated is a set of n keys.
func repeated(key string, n int) []string { return slices.Repeat([]string{key}, n) }

// rsaJWK is an RSA key of that size and exponent, without a private key.
func rsaJWK(bits, exponent uint) string {
	n := new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1)
	encode := func(i *big.Int) string { return base64.RawURLEncoding.EncodeToString(i.Bytes()) }
	return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":%q}`, encode(n), encode(big.NewInt(int64(exponent))))
}

// The limits for the size and the number of keys.
func TestThresholdsOfKeys(t *testing.T) {
	weak, broken, double := jwk("weak rsa", "", nil), "{}", jwk("p256", "e", nil)
	for name, c := range map[string]struct {
		quiet, loud []string
		says        string
	}{
		"1024 bits that Go verifies with": {[]string{rsaJWK(1024, 65537)}, []string{rsaJWK(1023, 65537)}, "other Go programs"},
		"2048 bits of a key":              {[]string{rsaJWK(2048, 65537)}, []string{rsaJWK(2047, 65537)}, "weak-key"},
		"the exponent 65537":              {[]string{rsaJWK(2048, 65537)}, []string{rsaJWK(2048, 65535)}, "weak-key"},
		"16384 bits of a key":             {[]string{rsaJWK(MaxRSABits, 65537)}, []string{rsaJWK(MaxRSABits+1, 65537)}, "not try keys of more than 16384"},
		"20 findings of broken keys":      {repeated(broken, 20), repeated(broken, 21), "1 more keys"},
		"10 keys that a sentence lists":   {distinct(10), distinct(11), " more"},
	} {
		for keys, want := range map[*KeySet]bool{mustJWKS(t, c.quiet...): false, mustJWKS(t, c.loud...): true} {
			got := append(said(keys.Findings), said(keys.Signature(parse(sign("rsa", "RS256", members{"kid": "gone"}, members{}))).Findings)...)
			if has := strings.Contains(strings.Join(got, "\n"), c.says); has != want {
				t.Errorf("%s: with %d keys: %q", name, len(keys.Keys), got)
			}
		}
	}
	for id, key := range map[finding.ID]string{finding.WeakKey: weak, finding.KeySetDuplicateKid: double} {
		for n, want := range map[int]int{19: 19, 20: 20, 22: 20} {
			if id == finding.KeySetDuplicateKid {
				n++
			}
			if got := len(mustJWKS(t, repeated(key, n)...).Findings); got != want {
				t.Errorf("%s, with %d keys: %d findings", id, n, got)
			}
		}
	}
}

// distinct returns n keys, each with its own kid.
func distinct(n int) (keys []string) {
	for i := range n {
		keys = append(keys, jwk("p256", fmt.Sprint(i), nil))
	}
	return keys
}

// Up to a hundred keys are tried for a token without a kid, and up to fifty keys with other kids for a renamed
// key.
func TestThresholdsOfTries(t *testing.T) {
	right := jwk("rsa", "", nil)
	others := func(n int) *KeySet { return mustJWKS(t, append(repeated(jwk("other rsa", "", nil), n), right)...) }
	nameless := parse(sign("rsa", "RS256", members{"kid": nil}, members{}))
	for n, want := range map[int]SignatureVerdict{99: SignatureValid, 100: KeyUnknown} {
		if got := others(n).Signature(nameless); got.Verdict != want {
			t.Errorf("the right key behind %d: %s", n, got.Verdict)
		}
	}
	renamed := parse(sign("rsa", "RS256", members{"kid": "old name"}, members{}))
	for n, want := range map[int]bool{49: true, 50: false} {
		f := others(n).Signature(renamed).Findings[0]
		if got := slices.ContainsFunc(f.Evidence, func(e finding.Evidence) bool { return fmt.Sprint(e.Source) == "the key that made the signature" }); got != want {
			t.Errorf("the renamed key behind %d: %+v", n, f.Evidence)
		}
	}
}

// An Ed25519 signature with 63 of its 64 bytes is truncated. One with 64 bytes that does not match is not.
func TestThresholdOfSignature(t *testing.T) {
	ks := mustJWKS(t, jwk("ed25519", "ed25519", nil))
	raw := sign("ed25519", "EdDSA", nil, members{})
	input, signature := raw[:strings.LastIndexByte(raw, '.')+1], rawSignature("ed25519", "EdDSA", "something else")
	for n, want := range map[int]finding.ID{63: finding.TokenTruncated, 64: finding.SignatureInvalid} {
		got := ks.Signature(parse(input + base64.RawURLEncoding.EncodeToString(signature[:n]))).Findings
		if len(got) != 1 || got[0].ID != want {
			t.Errorf("%d bytes: %q", n, said(got))
		}
	}
}

// A document at the size limit is read, and one with one byte more is not.
func TestThresholdsOfSize(t *testing.T) {
	set, public := jwks(jwk("p256", "e", nil)), pkix(t, "ed25519")
	padded := func(text string, size int) string { return text + strings.Repeat("\n", size-len(text)) }
	server, fetcher := issuer(t, map[string]http.HandlerFunc{
		"/mib":      answer(http.StatusOK, padded(`{"issuer":"https://i.example"}`, maxDocumentBytes)),
		"/more/mib": answer(http.StatusOK, padded(`{"issuer":"https://i.example"}`, maxDocumentBytes+1)),
	})
	for name, c := range map[string]struct {
		read func(size int) error
		most int
	}{
		"a key set": {func(size int) error {
			_, err := ParseJWKS([]byte(padded(string(set), size)), finding.Text{})
			return err
		}, MaxJWKSBytes},
		"public keys":   {func(size int) error { _, err := ParsePEM([]byte(padded(public, size)), finding.Text{}); return err }, MaxJWKSBytes},
		"keys in PEM":   {func(n int) error { _, err := ParsePEM([]byte(strings.Repeat(public, n)), finding.Text{}); return err }, maxKeys},
		"keys in a set": {func(n int) error { _, err := ParseJWKS(jwks(repeated("{}", n)...), finding.Text{}); return err }, maxKeys},
		"a document": {func(size int) error {
			path := map[bool]string{true: "/mib", false: "/more/mib"}[size == maxDocumentBytes]
			_, _, _, err := fetcher.Get(t.Context(), server.URL+path, "application/json", maxDocumentBytes)
			return err
		}, maxDocumentBytes},
	} {
		if err := c.read(c.most); err != nil {
			t.Errorf("%s of %d: %v", name, c.most, err)
		}
		if err := c.read(c.most + 1); err == nil {
			t.Errorf("%s of %d is read", name, c.most+1)
		}
	}
}
