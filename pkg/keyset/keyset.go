// Package keyset reads public keys, from JWK sets, PEM and issuers' discovery
// documents, says what is wrong with them, and verifies tokens with them. It knows
// no Kubernetes client; what the API server does with a key it says from the
// source of the libraries that server reads keys with (go-oidc 2.5.0 and
// go-jose 2.6.3).
package keyset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The types of keys (RFC 7518 section 6.1, RFC 8037 section 2).
const (
	typeRSA = "RSA"
	typeEC  = "EC"
	typeOKP = "OKP"
)

// Key is a public key and what is said about it.
type Key struct {
	// ID, Type, Algorithm and Use are kid, kty, alg and use of a JWK.
	ID        string `json:"kid,omitempty"`
	Type      string `json:"kty"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	// Bits is the size of the modulus or of the curve; 0 where the key is unreadable.
	Bits int `json:"bits,omitempty"`
	// Thumbprint is that of RFC 7638, with SHA-256, in base64url.
	Thumbprint string `json:"thumbprint,omitempty"`
	// KubernetesID is the kid that an API server derives from the key: base64url of
	// the SHA-256 of its DER (kubernetes pkg/serviceaccount, keyIDFromPublicKey).
	KubernetesID string `json:"kubernetesKid,omitempty"`
	// Source says where the key came from.
	Source string `json:"source,omitempty"`
	// Public is nil where the key is never to verify anything: Unusable says why.
	Public   crypto.PublicKey `json:"-"`
	Unusable string           `json:"-"`
	// AnyID is set for a key that came without a place for an ID (PEM): it is tried
	// whatever key a token names.
	AnyID bool `json:"-"`
	// operations is key_ops of a JWK.
	operations []string
}

// IsKubernetes reports whether the key's ID is the one that an API server derives.
func (k *Key) IsKubernetes() bool { return k.ID != "" && k.ID == k.KubernetesID }

// KeySet is a set of public keys and what is wrong with it.
type KeySet struct {
	// Source says where the set came from.
	Source string
	// ContentType is that of the answer in which an issuer served the set; empty for others.
	ContentType string
	Keys        []Key
	// Findings are about the set: that a token is verified with it does not need it
	// to have none.
	Findings []finding.Finding
	// Refused: an API server cannot read the set of such an issuer, and refuses all of its tokens.
	Refused bool
	// Document is the set as served, private and symmetric members replaced by
	// REDACTED; nil for keys that were no JWK set.
	Document json.RawMessage
}

// Merge puts sets together, in order. Document stays empty.
func Merge(sets ...*KeySet) *KeySet {
	all := &KeySet{}
	for i, s := range sets {
		if i > 0 {
			all.Source += ", "
		}
		all.Source += s.Source
		all.Refused = all.Refused || s.Refused
		all.Keys = append(all.Keys, s.Keys...)
		all.Findings = append(all.Findings, s.Findings...)
	}
	return all
}

// describe fills in what follows from the public key itself.
func (k *Key) describe(public crypto.PublicKey) error {
	switch p := public.(type) {
	case *rsa.PublicKey:
		k.Type, k.Bits = typeRSA, p.N.BitLen()
	case *ecdsa.PublicKey:
		k.Type, k.Bits = typeEC, p.Curve.Params().BitSize
	case ed25519.PublicKey:
		k.Type, k.Bits = typeOKP, 256
	default:
		return fmt.Errorf("keys of type %T are not supported", public)
	}
	thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return fmt.Errorf("it cannot be written as a JWK: %w", err)
	}
	k.Thumbprint = base64.RawURLEncoding.EncodeToString(thumbprint)
	if der, err := x509.MarshalPKIXPublicKey(public); err == nil {
		sum := sha256.Sum256(der)
		k.KubernetesID = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	k.Public = public
	return nil
}

// name names the key in a sentence.
func (k *Key) name(index int) string {
	if k.ID != "" {
		return fmt.Sprintf("key %s", quote(k.ID))
	}
	return fmt.Sprintf("key %d", index+1)
}

// The smallest RSA key that is not weak (NIST SP 800-131A), the smallest that Go
// verifies with, and the exponent below which one is small.
const (
	minRSABits  = 2048
	goRSABits   = 1024
	minExponent = 65537
)

// weakness says why the key is weak; "" where it is not.
func (k *Key) weakness() string {
	p, ok := k.Public.(*rsa.PublicKey)
	if !ok {
		return ""
	}
	switch {
	case k.Bits < goRSABits:
		return fmt.Sprintf("it has %d bits: less than %d, and neither the API server nor any other Go program verifies with it", k.Bits, goRSABits)
	case k.Bits < minRSABits:
		return fmt.Sprintf("it has %d bits, an RSA key should have %d at least", k.Bits, minRSABits)
	case p.E < minExponent:
		return fmt.Sprintf("its public exponent is %d, it should be %d at least", p.E, minExponent)
	}
	return ""
}

func weakKey(k *Key, name string) (finding.Finding, bool) {
	why := k.weakness()
	if why == "" {
		return finding.Finding{}, false
	}
	return finding.New(finding.WeakKey, finding.Proved, fmt.Sprintf("%s is weak: %s", name, why)).
		Do(fmt.Sprintf("Have the issuer sign with an RSA key of %d bits or more and the exponent %d, or with an EC key, and let tokens of the old key expire before it is withdrawn.", minRSABits, minExponent), ""), true
}
