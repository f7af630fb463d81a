package keyset

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// JWT is the view of a token that verification needs: a token.Token or a token.Plain.
type JWT interface {
	Faults() []token.Problem
	HasHeader() bool
	HeaderMember(name string) (value any, ok bool)
	Algorithm() string
	KeyID() (kid string, ok bool)
	HasSigningInput() bool
	SigningInput() string
	Signature() []byte
	HasClaims() bool
	Claim(name string) any
	Issuer() string
	Audience() (aud []string, present bool)
	IssuedAt() (time.Time, bool)
	NotBefore() (time.Time, bool)
	ExpiresAt() (time.Time, bool)
	WarnAfter() (time.Time, bool)
	ServiceAccount() *token.ServiceAccount
	IsLegacy() bool
}

// signed is a signature with the input that it signs.
type signed interface {
	// madeWith reports whether the private half of the key made the signature.
	madeWith(public crypto.PublicKey) bool
}

// parseSigned parses the signature of a token; ok is false if a JOSE library cannot.
func parseSigned(t JWT) (s signed, ok bool) {
	if p, plain := t.(*token.Plain); plain {
		if s, ok := pkcs1(p); ok {
			return s, true
		}
	}
	signature := t.Signature()
	parsed, err := jose.ParseSignedCompact(t.SigningInput()+"."+base64.RawURLEncoding.EncodeToString(signature), []jose.SignatureAlgorithm{algorithms[t.Algorithm()].jose})
	return joseSigned{parsed}, err == nil && signature != nil
}

// joseSigned is a token as go-jose reads it.
type joseSigned struct{ parsed *jose.JSONWebSignature }

func (s joseSigned) madeWith(public crypto.PublicKey) bool {
	_, err := s.parsed.Verify(public)
	return err == nil
}

// pkcs1Signed is a signature of RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3).
type pkcs1Signed struct {
	hash              crypto.Hash
	digest, signature []byte
}

// pkcs1 verifies a plain token as go-jose does, without parsing the token again.
func pkcs1(p *token.Plain) (s pkcs1Signed, ok bool) {
	s.signature = p.Signature()
	switch p.Algorithm() {
	case "RS256":
		sum := sha256.Sum256(p.SigningBytes())
		s.hash, s.digest = crypto.SHA256, sum[:]
	case "RS384":
		sum := sha512.Sum384(p.SigningBytes())
		s.hash, s.digest = crypto.SHA384, sum[:]
	case "RS512":
		sum := sha512.Sum512(p.SigningBytes())
		s.hash, s.digest = crypto.SHA512, sum[:]
	default:
		return s, false
	}
	return s, true
}

func (s pkcs1Signed) madeWith(public crypto.PublicKey) bool {
	key, ok := public.(*rsa.PublicKey)
	return ok && rsa.VerifyPKCS1v15(key, s.hash, s.digest, s.signature) == nil
}
