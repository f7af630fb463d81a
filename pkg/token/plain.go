package token

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plain is a JWT in the usual form of issuers, read at a tenth of the cost of Parse: it builds no
// maps, and reuses its memory for the next token. Parse finds no problem in such a token, and both
// types' methods return the same.
type Plain struct {
	Kind Kind

	// input is the encoded header and payload, in the memory of Read's caller.
	input     []byte
	signature []byte
	claims    plainObject
	// The indices in claims of the claims that are read more than once; 0 if absent.
	iss, aud, exp, nbf, iat, warnAfter int32

	// header is the decoded headerText, which the tokens of an issuer have in common; headerJSON
	// is its printed form.
	headerText, headerJSON []byte
	header                 plainObject
	algorithm, keyID       string
	// headerSecret reports whether the header may have a secret.
	headerSecret bool

	decoded []byte
	// harmless are the previous token's strings without secrets, by index: issuers repeat most.
	harmless []string
}

// Format implements fmt.Formatter for every verb, because the content is a secret.
func (p *Plain) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// Read reads a token. It returns false for any unusual token, valid or not, which Parse then
// reads. The caller must not change raw until the next Read.
func (p *Plain) Read(raw []byte) bool {
	first := bytes.IndexByte(raw, '.')
	last := first + 1 + bytes.IndexByte(raw[first+1:], '.')
	if first < 0 || last <= first {
		return false
	}
	p.input = raw[:last]
	return p.readHeader(raw[:first]) && p.readClaims(raw[first+1:last]) && p.readSignature(raw[last+1:])
}

// strict is base64url without unused bits, so that encoding again yields the same text.
var strict = base64.RawURLEncoding.Strict()

// decodeStrict decodes a part into reused memory.
func decodeStrict(memory, part []byte) (decoded []byte, ok bool) {
	size := strict.DecodedLen(len(part))
	decoded = slices.Grow(memory[:0], size)[:size]
	n, err := strict.Decode(decoded, part)
	// The decoder skips line breaks, which need not change the decoded length.
	return decoded, err == nil && n == size && !bytes.ContainsAny(part, "\r\n")
}

func (p *Plain) decode(part []byte) (text string, ok bool) {
	p.decoded, ok = decodeStrict(p.decoded, part)
	if !ok {
		return "", false
	}
	return string(p.decoded), true
}

func (p *Plain) readHeader(part []byte) bool {
	if len(p.headerText) > 0 && bytes.Equal(part, p.headerText) {
		return true
	}
	p.headerText = p.headerText[:0]
	text, ok := p.decode(part)
	if !ok || !p.header.read(text) {
		return false
	}
	for i := p.header.first(); i > 0; i = p.header.values[i].next {
		switch v := &p.header.values[i]; v.name {
		case "alg", "kid", "typ", "cty", "x5t", "x5t#S256":
			// Every JOSE library accepts these members, and none changes the verification.
			if v.kind != plainString {
				return false
			}
		default:
			return false
		}
	}
	p.algorithm, p.keyID = p.header.string("alg"), p.header.string("kid")
	p.headerJSON = p.header.appendObject(p.headerJSON[:0], p.header.first())
	_, p.headerSecret = p.header.mayHoldSecret(nil)
	p.headerText = append(p.headerText, part...)
	return true
}

func (p *Plain) readSignature(part []byte) (ok bool) {
	if p.signature, ok = decodeStrict(p.signature, part); !ok {
		return false
	}
	n := len(p.signature)
	if want := signatureBytes[p.algorithm]; want > 0 {
		return n == want
	}
	return (strings.HasPrefix(p.algorithm, "RS") || strings.HasPrefix(p.algorithm, "PS")) && n >= minRSABytes
}

// readClaims reads the payload and checks the types of its claims as checkClaims does.
func (p *Plain) readClaims(part []byte) bool {
	text, ok := p.decode(part)
	if !ok || !p.claims.read(text) {
		return false
	}
	p.Kind = KindJWT
	p.iss, p.aud, p.exp, p.nbf, p.iat, p.warnAfter = 0, 0, 0, 0, 0, 0
	legacy := false
	for i := p.claims.first(); i > 0; i = p.claims.values[i].next {
		v := &p.claims.values[i]
		switch v.name {
		case claimLegacyNamespace, claimLegacySecret, claimLegacyName:
			legacy = legacy || v.text != ""
			ok = v.kind == plainString
		case "sub", "jti", claimLegacyUID:
			ok = v.kind == plainString
		case "iss":
			p.iss, ok = i, v.kind == plainString
		case "exp":
			p.exp, ok = i, v.isTime()
		case "nbf":
			p.nbf, ok = i, v.isTime()
		case "iat":
			p.iat, ok = i, v.isTime()
		case "aud":
			p.aud, ok = i, v.kind == plainString || v.kind == plainList && p.claims.allStrings(v)
		case claimKubernetes:
			ok = v.kind == plainMembers && p.readKubernetes(v)
		}
		if !ok {
			return false
		}
	}
	if legacy && p.Kind == KindJWT {
		p.Kind = KindLegacyServiceAccount
	}
	return true
}

// readKubernetes reads the claim kubernetes.io.
func (p *Plain) readKubernetes(k *plainValue) bool {
	for i := k.inside; i > 0; i = p.claims.values[i].next {
		ok := true
		switch v := &p.claims.values[i]; v.name {
		case "namespace":
			ok = v.kind == plainString
			if v.text != "" {
				p.Kind = KindServiceAccount
			}
		case "serviceaccount":
			p.Kind = KindServiceAccount
			ok = v.kind == plainMembers && p.claims.isRef(v)
		case "pod", "secret", "node":
			ok = v.kind == plainMembers && p.claims.isRef(v)
		case "warnafter":
			p.warnAfter, ok = i, v.isTime()
		}
		if !ok {
			return false
		}
	}
	return true
}

// HasHeader is that of Token.
func (p *Plain) HasHeader() bool { return true }

// HeaderMember is that of Token.
func (p *Plain) HeaderMember(name string) (value any, ok bool) { return p.header.member(name) }

// Algorithm is that of Token.
func (p *Plain) Algorithm() string { return p.algorithm }

// KeyID is that of Token.
func (p *Plain) KeyID() (kid string, ok bool) { return p.keyID, p.keyID != "" }

// Faults is that of Token: there are none.
func (p *Plain) Faults() []Problem { return nil }

// IsLegacy is that of Token.
func (p *Plain) IsLegacy() bool { return p.Kind == KindLegacyServiceAccount }

// HasSigningInput is that of Token.
func (p *Plain) HasSigningInput() bool { return true }

// SigningInput is that of Token.
func (p *Plain) SigningInput() string { return string(p.input) }

// SigningBytes is SigningInput in memory that ends with the next Read.
func (p *Plain) SigningBytes() []byte { return p.input }

// Signature is that of Token, in memory that ends with the next Read.
func (p *Plain) Signature() []byte { return p.signature }

// HasClaims is that of Token.
func (p *Plain) HasClaims() bool { return true }

// Claim is that of Token.
func (p *Plain) Claim(name string) any {
	v, _ := p.claims.member(name)
	return v
}

// Issuer is that of Token.
func (p *Plain) Issuer() string {
	if p.iss == 0 {
		return ""
	}
	return p.claims.values[p.iss].text
}

// Audience is that of Token.
func (p *Plain) Audience() (aud []string, present bool) {
	if p.aud == 0 {
		return nil, false
	}
	v := &p.claims.values[p.aud]
	if v.kind == plainString {
		return []string{v.text}, true
	}
	for i := v.inside; i > 0; i = p.claims.values[i].next {
		aud = append(aud, p.claims.values[i].text)
	}
	return aud, true
}

// IssuedAt is that of Token.
func (p *Plain) IssuedAt() (time.Time, bool) { return p.time(p.iat) }

// NotBefore is that of Token.
func (p *Plain) NotBefore() (time.Time, bool) { return p.time(p.nbf) }

// ExpiresAt is that of Token.
func (p *Plain) ExpiresAt() (time.Time, bool) { return p.time(p.exp) }

// WarnAfter is that of Token.
func (p *Plain) WarnAfter() (time.Time, bool) {
	at, ok := p.time(p.warnAfter)
	return at, ok && at.Unix() != 0
}

func (p *Plain) time(claim int32) (time.Time, bool) {
	if claim == 0 {
		return time.Time{}, false
	}
	return numericDate(p.claims.values[claim].number)
}

func (v *plainValue) isTime() bool {
	return v.kind == plainNumber && v.number >= 0 && v.number <= maxNumericDate
}

// ServiceAccount is that of Token.
func (p *Plain) ServiceAccount() *ServiceAccount {
	if p.Kind != KindServiceAccount && p.Kind != KindLegacyServiceAccount {
		return nil
	}
	t := Token{Kind: p.Kind, Claims: map[string]any{}}
	for i := p.claims.first(); i > 0; i = p.claims.values[i].next {
		if v := &p.claims.values[i]; strings.HasPrefix(v.name, claimKubernetes) {
			t.Claims[v.name] = p.claims.value(v)
		}
	}
	return t.ServiceAccount()
}

// AppendHeader appends the header as encoding/json writes that of Token.
func (p *Plain) AppendHeader(b []byte) []byte { return append(b, p.headerJSON...) }

// AppendClaims appends the claims as encoding/json writes those of Token.
func (p *Plain) AppendClaims(b []byte) []byte { return p.claims.appendObject(b, p.claims.first()) }

// MayHoldSecret reports whether the header or the claims may have a credential that must not be
// printed, such as the private part of a key.
func (p *Plain) MayHoldSecret() bool {
	if p.headerSecret {
		return true
	}
	var may bool
	p.harmless, may = p.claims.mayHoldSecret(p.harmless)
	return may
}

// mayHoldSecret skips strings that are known to be harmless at the same index, and returns the
// updated list.
func (o *plainObject) mayHoldSecret(known []string) (harmless []string, may bool) {
	for i := range o.values {
		if i == len(known) {
			known = append(known, "")
		}
		v := &o.values[i]
		if v.name == "kty" || SecretMember(v.name) {
			return known, true
		}
		if v.kind == plainString && v.text != known[i] {
			if Redact(v.text) != v.text {
				return known, true
			}
			known[i] = v.text
		}
	}
	return known, false
}

// object builds the same map as Parse.
func (o *plainObject) object(first int32) map[string]any {
	members := map[string]any{}
	for i := first; i > 0; i = o.values[i].next {
		members[o.values[i].name] = o.value(&o.values[i])
	}
	return members
}

func (o *plainObject) value(v *plainValue) any {
	switch v.kind {
	case plainString:
		return v.text
	case plainNumber:
		return v.number
	case plainWord:
		if v.text == "null" {
			return nil
		}
		return v.text == "true"
	case plainMembers:
		return o.object(v.inside)
	}
	list := []any{}
	for i := v.inside; i > 0; i = o.values[i].next {
		list = append(list, o.value(&o.values[i]))
	}
	return list
}

func (o *plainObject) appendObject(b []byte, first int32) []byte {
	b = append(b, '{')
	for i := first; i > 0; i = o.values[i].next {
		v := &o.values[i]
		b = append(append(append(b, '"'), v.name...), '"', ':')
		b = append(o.appendValue(b, v), ',')
	}
	return closed(b, '}')
}

func (o *plainObject) appendValue(b []byte, v *plainValue) []byte {
	switch v.kind {
	case plainString:
		return append(append(append(b, '"'), v.text...), '"')
	case plainNumber:
		return strconv.AppendInt(b, v.number, 10)
	case plainWord:
		return append(b, v.text...)
	case plainMembers:
		return o.appendObject(b, v.inside)
	}
	b = append(b, '[')
	for i := v.inside; i > 0; i = o.values[i].next {
		b = append(o.appendValue(b, &o.values[i]), ',')
	}
	return closed(b, ']')
}

// closed replaces the last comma by a bracket.
func closed(b []byte, bracket byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, bracket)
}
