// Package keyset reads public keys from JWK sets, PEM files and discovery documents, reports
// their faults, and verifies tokens with them. It imports no Kubernetes client. Statements
// about the API server follow the sources of its libraries, go-oidc 2.5.0 and go-jose 2.6.3.
package keyset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Key types (RFC 7518 section 6.1, RFC 8037 section 2).
const (
	typeRSA = "RSA"
	typeEC  = "EC"
	typeOKP = "OKP"
)

// Key is a public key with its metadata.
type Key struct {
	// ID, Type, Algorithm and Use are kid, kty, alg and use of a JWK.
	ID        string `json:"kid,omitempty"`
	Type      string `json:"kty"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	// Bits is the size of the modulus or of the curve; 0 if the key is unreadable.
	Bits int `json:"bits,omitempty"`
	// Thumbprint is the RFC 7638 thumbprint, with SHA-256, in base64url.
	Thumbprint string `json:"thumbprint,omitempty"`
	// KubernetesID is the kid that an API server derives from the key: base64url of
	// the SHA-256 of its DER (kubernetes pkg/serviceaccount, keyIDFromPublicKey).
	KubernetesID string `json:"kubernetesKid,omitempty"`
	// Source is where the key was read from.
	Source finding.Text `json:"source,omitzero"`
	// Public is nil if the key must not verify anything; Unusable is the reason.
	Public   crypto.PublicKey `json:"-"`
	Unusable finding.Text     `json:"-"`
	// AnyID is set for a key whose format has no ID (PEM): it is tried for every kid.
	AnyID bool `json:"-"`
	// operations is key_ops of a JWK.
	operations []string
}

// IsKubernetes reports whether the key's ID is the one that an API server derives.
func (k *Key) IsKubernetes() bool { return k.ID != "" && k.ID == k.KubernetesID }

// KeySet is a set of public keys and its faults.
type KeySet struct {
	// Source is where the set was read from.
	Source finding.Text
	// Form names the form of the document if it is not a JWK set; an API server finds no keys in it.
	Form finding.Text
	// ContentType is the Content-Type that an issuer served the set with; empty for other sources.
	ContentType string
	Keys        []Key
	// Findings are the faults of the set. A set with faults can still verify a token.
	Findings []finding.Finding
	// Rejected reports that an API server cannot read the set and rejects all tokens of its issuer.
	Rejected bool
	// text is the JWK set as served, which may have private keys.
	text token.Secret
}

// Document returns the set as served, with private and symmetric members replaced by
// REDACTED; nil for keys that were not read from a JWK set.
func (ks *KeySet) Document() json.RawMessage { return redact([]byte(ks.text.Reveal())) }

// Merge returns the keys and findings of all sets, in order, without a Document.
func Merge(sets ...*KeySet) *KeySet {
	all := &KeySet{}
	var sources []finding.Value
	for _, s := range sets {
		sources = append(sources, s.Source)
		all.Rejected = all.Rejected || s.Rejected
		all.Keys = append(all.Keys, s.Keys...)
		all.Findings = append(all.Findings, s.Findings...)
	}
	all.Source = finding.Join(", ", sources...)
	return all
}

// describe fills in the fields that the public key determines.
func (k *Key) describe(public crypto.PublicKey) error {
	switch p := public.(type) {
	case *rsa.PublicKey:
		k.Type, k.Bits = typeRSA, p.N.BitLen()
	case *ecdsa.PublicKey:
		k.Type, k.Bits = typeEC, p.Curve.Params().BitSize
		if p.Curve == elliptic.P224() {
			return finding.Errorf("the key is on the curve P-224, which a JWK cannot have")
		}
	case ed25519.PublicKey:
		k.Type, k.Bits = typeOKP, 256
	default:
		return finding.Errorf("keys of type %s are not supported", finding.Standard(fmt.Sprintf("%T", public)))
	}
	k.Thumbprint = thumbprint(public)
	if der, err := x509.MarshalPKIXPublicKey(public); err == nil {
		sum := sha256.Sum256(der)
		k.KubernetesID = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	k.Public = public
	return nil
}

// thumbprint returns the RFC 7638 thumbprint of a supported key; empty if its point is not on the curve.
func thumbprint(public crypto.PublicKey) string {
	encode := base64.RawURLEncoding.AppendEncode
	b := make([]byte, 0, 1024)
	switch p := public.(type) {
	case *rsa.PublicKey:
		b = encode(append(b, `{"e":"`...), big.NewInt(int64(p.E)).Bytes())
		b = encode(append(b, `","kty":"RSA","n":"`...), p.N.Bytes())
	case *ecdsa.PublicKey:
		// The point is a mark, x and y.
		point, err := p.Bytes()
		if err != nil {
			return ""
		}
		size := len(point) / 2
		b = append(append(append(b, `{"crv":"`...), p.Curve.Params().Name...), `","kty":"EC","x":"`...)
		b = encode(b, point[1:1+size])
		b = encode(append(b, `","y":"`...), point[1+size:])
	case ed25519.PublicKey:
		b = encode(append(b, `{"crv":"Ed25519","kty":"OKP","x":"`...), p)
	}
	sum := sha256.Sum256(append(b, `"}`...))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// name returns the key's kid, or its position in the set, for a sentence.
func (k *Key) name(index int) finding.Text {
	if k.ID != "" {
		return finding.T("key %q", finding.KeyID.Of(k.ID))
	}
	return finding.T("key %s", finding.Count(index+1))
}

// The smallest RSA key that is not weak (NIST SP 800-131A), the smallest one that Go's
// crypto/rsa accepts, and the smallest public exponent that is not weak.
const (
	minRSABits  = 2048
	goRSABits   = 1024
	minExponent = 65537
)

// weakness returns why the key is weak; empty if it is not.
func (k *Key) weakness() finding.Text {
	p, ok := k.Public.(*rsa.PublicKey)
	if !ok {
		return finding.Text{}
	}
	switch {
	case k.Bits < goRSABits:
		return finding.T("%s bits, less than the %s that the API server and other Go programs need to verify with a key", finding.Count(k.Bits), finding.Count(goRSABits))
	case k.Bits < minRSABits:
		return finding.T("%s bits, and an RSA key should have at least %s", finding.Count(k.Bits), finding.Count(minRSABits))
	case p.E < minExponent:
		return finding.T("the public exponent is %s and should be at least %s", finding.Count(p.E), finding.Count(minExponent))
	}
	return finding.Text{}
}

// weakKey is the finding about a key that is weak for a reason.
func weakKey(name, why finding.Text) finding.Finding {
	return finding.Found(finding.WeakKey, finding.Proved, "%s is weak: %s", name, why).
		FixBy(finding.T("Ask the issuer's operator to sign with an EC key, or with an RSA key of at least %s bits and the exponent %s. Keep publishing the old key until its tokens have expired.", finding.Count(minRSABits), finding.Count(minExponent)), finding.Command{})
}
