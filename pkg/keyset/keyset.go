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
	Source finding.Text `json:"source,omitzero"`
	// Public is nil where the key is never to verify anything: Unusable says why.
	Public   crypto.PublicKey `json:"-"`
	Unusable finding.Text     `json:"-"`
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
	Source finding.Text
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
	var sources []finding.Value
	for _, s := range sets {
		sources = append(sources, s.Source)
		all.Refused = all.Refused || s.Refused
		all.Keys = append(all.Keys, s.Keys...)
		all.Findings = append(all.Findings, s.Findings...)
	}
	all.Source = finding.Join(", ", sources...)
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
		return finding.Errorf("keys of type %s are not supported", finding.Standard(fmt.Sprintf("%T", public)))
	}
	thumbprint, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return finding.Errorf("it cannot be written as a JWK: %s", finding.Err(err))
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
func (k *Key) name(index int) finding.Text {
	if k.ID != "" {
		return finding.T("key %q", finding.KeyID.Of(k.ID))
	}
	return finding.T("key %s", finding.Count(index+1))
}

// The smallest RSA key that is not weak (NIST SP 800-131A), the smallest that Go
// verifies with, and the exponent below which one is small.
const (
	minRSABits  = 2048
	goRSABits   = 1024
	minExponent = 65537
)

// weakness says why the key is weak; nothing where it is not.
func (k *Key) weakness() finding.Text {
	p, ok := k.Public.(*rsa.PublicKey)
	if !ok {
		return finding.Text{}
	}
	switch {
	case k.Bits < goRSABits:
		return finding.T("it has %s bits: less than %s, and neither the API server nor any other Go program verifies with it", finding.Count(k.Bits), finding.Count(goRSABits))
	case k.Bits < minRSABits:
		return finding.T("it has %s bits, an RSA key should have %s at least", finding.Count(k.Bits), finding.Count(minRSABits))
	case p.E < minExponent:
		return finding.T("its public exponent is %s, it should be %s at least", finding.Count(p.E), finding.Count(minExponent))
	}
	return finding.Text{}
}

func weakKey(k *Key, name finding.Text) (finding.Finding, bool) {
	why := k.weakness()
	if why.IsZero() {
		return finding.Finding{}, false
	}
	return finding.Found(finding.WeakKey, finding.Proved, "%s is weak: %s", name, why).
		FixBy(finding.T("Have the issuer sign with an RSA key of %s bits or more and the exponent %s, or with an EC key, and let tokens of the old key expire before it is withdrawn.", finding.Count(minRSABits), finding.Count(minExponent)), finding.Command{}), true
}
