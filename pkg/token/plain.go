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

// Plain is a JWT that is written as issuers write theirs, read at a tenth of what Parse costs:
// nothing is built of it, and its memory is used again for the next. Of such a token Parse
// finds no problem, and its methods answer as those of the Token do that Parse returns.
type Plain struct {
	Kind Kind

	// input is header and payload as they are written, in the memory of who called Read.
	input     []byte
	signature []byte
	claims    plainObject
	// Where the claims are in claims that are asked for more than once; 0 where they are not.
	iss, aud, exp, nbf, iat, warnAfter int32

	// header is what was read of headerText, the header as it is written: the tokens of an
	// issuer have it in common. headerJSON is how it is printed.
	headerText, headerJSON []byte
	header                 plainObject
	algorithm, keyID       string
	// headerSecret is whether the header may hold a secret.
	headerSecret bool

	decoded []byte
	// harmless are texts of the token before, by their places: issuers repeat most of them.
	harmless []string
}

// Format implements fmt.Formatter for every verb: what was read is a secret.
func (p *Plain) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// Read reads a token. It reports false for whatever is unusual about it, right or wrong: all
// of that is for Parse. raw has to stay as it is until the next Read.
func (p *Plain) Read(raw []byte) bool {
	first := bytes.IndexByte(raw, '.')
	last := first + 1 + bytes.IndexByte(raw[first+1:], '.')
	if first < 0 || last <= first {
		return false
	}
	p.input = raw[:last]
	return p.readHeader(raw[:first]) && p.readClaims(raw[first+1:last]) && p.readSignature(raw[last+1:])
}

// strict is base64url of which no bit is unused: who encodes again gets the same text.
var strict = base64.RawURLEncoding.Strict()

// decodeStrict decodes a part into memory that is used again.
func decodeStrict(memory, part []byte) (decoded []byte, ok bool) {
	size := strict.DecodedLen(len(part))
	decoded = slices.Grow(memory[:0], size)[:size]
	n, err := strict.Decode(decoded, part)
	// The decoder passes over line breaks, one of which may leave the length as it is.
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
			// What any JOSE library takes, and nothing that it has to heed.
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

// readClaims reads the payload, and holds its claims to the types that checkClaims wants.
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

// MayHoldSecret reports whether something in header or claims may be a credential, which is
// not to be printed. Of what has a name like a key's, the private part would be one.
func (p *Plain) MayHoldSecret() bool {
	if p.headerSecret {
		return true
	}
	var may bool
	p.harmless, may = p.claims.mayHoldSecret(p.harmless)
	return may
}

// mayHoldSecret does not look again at a text that is known at its place, and adds those that
// were not.
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

// object builds what Parse builds.
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

// closed puts a bracket in the place of the last comma.
func closed(b []byte, bracket byte) []byte {
	if b[len(b)-1] == ',' {
		b = b[:len(b)-1]
	}
	return append(b, bracket)
}
