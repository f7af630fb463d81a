package token

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// signatureBytes is the length of an algorithm's signatures (RFC 7518 section 3, RFC 8037 section
// 3.1). An RSA signature is as long as its key.
var signatureBytes = map[string]int{
	"ES256": 64, "ES384": 96, "ES512": 132, "EdDSA": 64,
	"HS256": 32, "HS384": 48, "HS512": 64,
}

// minRSABytes is the length of a signature by the shortest RSA key, of 1024 bits, that Go's
// crypto/rsa and so the API server accepts.
const minRSABytes = 128

// checkSignature checks the form of the signature, and reports only what is certain without the key.
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
		j.malformed(finding.T("the signature has %s bytes and seems to be ASN.1 DER; a signature of %s has exactly %s", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case want > 0 && n > want:
		j.malformed(finding.T("the signature has %s bytes; a signature of %s has exactly %s", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case want > 0 && n < want:
		j.truncated(finding.T("the signature is incomplete: it has %s bytes, and a signature of %s has exactly %s", finding.Count(n), finding.Standard(alg), finding.Count(want)))
	case rsa && n < minRSABytes:
		j.truncated(finding.T("the signature is incomplete: it has %s bytes, and an RSA signature has at least %s", finding.Count(n), finding.Count(minRSABytes)))
	case rsa && n%8 != 0 && s.loose:
		// No usual key has this length, and no encoder writes this end.
		j.truncated(finding.T("the signature is incomplete: it ends after %s, which no encoder of base64url does", countCharacters(s.length)))
	case s.odd:
		j.truncated(finding.T("the signature is incomplete: it has %s, which is not a valid length of base64url", countCharacters(s.length)))
	}
}

// compact returns the JWT in compact form, without white space; "" for other tokens.
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

// SigningInput returns the input of a JWT's signature: the encoded header and payload. It is for
// pkg/keyset.
func (t *Token) SigningInput() string {
	compact := t.compact()
	if compact == "" || t.Parts != 3 {
		return ""
	}
	return compact[:strings.LastIndexByte(compact, '.')]
}

// HasSigningInput reports whether SigningInput is not empty.
func (t *Token) HasSigningInput() bool { return t.Parts == 3 && t.compact() != "" }

// Signature returns the decoded signature of a JWT; nil if it cannot be decoded. It is for
// pkg/keyset.
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
