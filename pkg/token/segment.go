package token

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// segment is one part of a JWT, decoded as far as possible.
type segment struct {
	name  finding.Text
	bytes []byte
	// invalid names the first character that is not base64url; empty without one.
	invalid finding.Text
	// padded and foreign report whether the part ends in "=" and whether it uses the + and / of
	// the standard alphabet. JWS allows neither, but both can be decoded.
	padded, foreign bool
	// odd reports whether the number of characters is invalid in base64.
	odd bool
	// loose reports whether the last character has bits that no encoder sets, so that the text was
	// truncated or changed. Decoders accept that.
	loose bool
	// length is the number of characters, without padding.
	length int
}

// decodeSegment decodes the part s and tolerates padding and the standard alphabet.
func decodeSegment(name finding.Text, s string) segment {
	seg := segment{name: name}
	bare := strings.TrimRight(s, "=")
	seg.padded = bare != s
	if strings.ContainsAny(bare, "+/") {
		seg.foreign = true
		bare = strings.NewReplacer("+", "-", "/", "_").Replace(bare)
	}
	seg.length = len(bare)
	if i := strings.IndexFunc(bare, notBase64URL); i >= 0 {
		r, size := utf8.DecodeRuneInString(bare[i:])
		character := finding.T("%s", finding.Quoted(fmt.Sprintf("%q", r)))
		if r == utf8.RuneError && size == 1 {
			character = finding.T("the byte %s", finding.Quoted(fmt.Sprintf("%#02x", bare[i])))
		}
		seg.invalid = finding.T("%s at character %s is not base64url", character, finding.Count(utf8.RuneCountInString(bare[:i])+1))
		bare = bare[:i]
	}
	if len(bare)%4 == 1 {
		seg.odd = seg.invalid.IsZero()
		bare = bare[:len(bare)-1]
	}
	// Only characters of the alphabet, and a length that can be: this cannot fail.
	seg.bytes, _ = base64.RawURLEncoding.DecodeString(bare)
	if _, err := base64.RawURLEncoding.Strict().DecodeString(bare); err != nil {
		seg.loose = true
	}
	return seg
}

func notBase64URL(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// padding returns how the part differs from the base64url of JWS; empty if it does not.
func (s segment) padding() finding.Text {
	switch {
	case s.padded && s.foreign:
		return finding.T(`%s ends in "=" and uses "+" or "/"`, s.name)
	case s.padded:
		return finding.T(`%s ends in "="`, s.name)
	case s.foreign:
		return finding.T(`%s uses "+" or "/"`, s.name)
	}
	return finding.Text{}
}
