package token

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// signatureBytes is how long the signature of an algorithm is (RFC 7518 section
// 3, RFC 8037 section 3.1). That of RSA is as long as the key.
var signatureBytes = map[string]int{
	"ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64,
	"HS256": 32, "HS384": 48, "HS512": 64,
}

// minRSABytes is the signature of the shortest RSA key, of 1024 bits, with which
// Go's crypto/rsa, and so the API server, verifies.
const minRSABytes = 128

// checkSignature judges the form of the signature, claiming only what is certain
// without the key.
func (j *jwt) checkSignature() {
	s, alg := j.segments[2], j.Algorithm()
	if !s.invalid.IsZero() {
		j.malformed(finding.T("%s: %s", s.name, s.invalid))
		return
	}
	if alg == "none" {
		return
	}
	if s.length == 0 {
		j.truncated(finding.T("the signature is empty, though alg is %q", finding.Standard(alg)))
		return
	}
	n, want := len(s.bytes), signatureBytes[alg]
	rsa := strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	switch {
	case want > 0 && n > want && n >= 2 && s.bytes[0] == 0x30 && alg[0] == 'E':
		j.malformed(finding.T("the signature has %s bytes and seems to be ASN.1 DER, %s has exactly %s", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case want > 0 && n > want:
		j.malformed(finding.T("the signature has %s bytes, %s has exactly %s", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case want > 0 && n < want:
		j.truncated(finding.T("the signature has %s bytes, %s has exactly %s: its end is missing", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case rsa && n < minRSABytes:
		j.truncated(finding.T("the signature has %s bytes, that of an RSA key has at least %s: its end is missing", finding.Count(n), finding.Count(minRSABytes)))
	case rsa && n%8 != 0 && s.loose:
		// The length of no usual key, and an end that no encoder writes.
		j.truncated(finding.T("the signature breaks off after %s, which is no end of base64url", countCharacters(s.length)))
	case s.odd:
		j.truncated(finding.T("the signature has %s, a length that base64url never has: some are missing", countCharacters(s.length)))
	}
}

// compact returns the JWT in compact form, of which white space is no part; "" where it is none.
func (t *Token) compact() string {
	switch t.Kind {
	case KindJWT, KindServiceAccount, KindLegacyServiceAccount:
	default:
		return ""
	}
	if t.Inner != nil {
		return t.Inner.compact()
	}
	return t.Raw.Reveal()
}

// SigningInput returns what the signature of a JWT is made over: header and
// payload as they are written. It is for pkg/keyset.
func (t *Token) SigningInput() string {
	compact := t.compact()
	if compact == "" || t.Parts != 3 {
		return ""
	}
	return compact[:strings.LastIndexByte(compact, '.')]
}

// HasSigningInput reports whether there is one.
func (t *Token) HasSigningInput() bool { return t.Parts == 3 && t.compact() != "" }

// Signature returns the signature of a JWT, decoded; nil where it cannot be. It is
// for pkg/keyset.
func (t *Token) Signature() []byte {
	compact := t.compact()
	if compact == "" || t.Parts != 3 {
		return nil
	}
	s := decodeSegment(finding.Text{}, compact[strings.LastIndexByte(compact, '.')+1:])
	if !s.invalid.IsZero() || s.odd {
		return nil
	}
	return s.bytes
}
