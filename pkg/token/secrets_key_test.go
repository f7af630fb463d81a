package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
)

// The private numbers of a key are redacted, and the public ones are not.
func TestAddKey(t *testing.T) {
	onCurve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ofRSA, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	scalar, err := onCurve.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(onCurve)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key, public any
		private     []byte
		other       *pem.Block
	}{
		"EC":      {onCurve, &onCurve.PublicKey, scalar, &pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}},
		"RSA":     {ofRSA, &ofRSA.PublicKey, ofRSA.D.Bytes(), &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(ofRSA)}},
		"Ed25519": {edwards, edwards.Public(), edwards.Seed(), nil},
	} {
		der, err := x509.MarshalPKCS8PrivateKey(c.key)
		if err != nil {
			t.Fatal(err)
		}
		public, err := x509.MarshalPKIXPublicKey(c.public)
		if err != nil {
			t.Fatal(err)
		}
		blocks := []*pem.Block{{Type: "PRIVATE KEY", Bytes: der}}
		if c.other != nil {
			blocks = append(blocks, c.other)
		}
		for _, block := range blocks {
			var s Secrets
			s.AddKey("a certificate may stand before it\n" + string(pem.EncodeToMemory(block)))
			for how, text := range map[string]string{
				"JWK": base64.RawURLEncoding.EncodeToString(c.private), "hexadecimal": hex.EncodeToString(c.private), "base64": base64.StdEncoding.EncodeToString(c.private),
			} {
				if got := s.Hide("d is " + text); found(got, string(c.private), 20) != "" || !strings.HasPrefix(got, "d is REDACTED") {
					t.Errorf("%s in %s, %s: %q", name, block.Type, how, got)
				}
			}
			// In DER, the number may begin at any position.
			if got := s.Hide(base64.StdEncoding.EncodeToString(block.Bytes)); !strings.Contains(got, Redacted) {
				t.Errorf("%s in %s: %q", name, block.Type, got)
			}
			honest := []string{string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), base64.RawURLEncoding.EncodeToString(ofRSA.N.Bytes()), hex.EncodeToString(public)}
			for _, text := range honest {
				if got := s.Redact(text); got != text {
					t.Errorf("%s in %s: of %q is left %q", name, block.Type, text, got)
				}
			}
		}
	}
	var s Secrets
	s.AddKey("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n")
	s.AddKey("no key")
	if len(s.known) > 0 {
		t.Errorf("%d", len(s.known))
	}
}
