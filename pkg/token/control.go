package token

import (
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// isControl reports whether a character is not white space and not allowed in an HTTP header
// (RFC 9110 section 5.5).
func isControl(r rune) bool { return (r < ' ' || r == 0x7f) && !isBlank(r) }

// terminalSequence matches the escape sequences for colors and bracketed paste.
var terminalSequence = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z~]`)

// parseControl reads a token with control characters: UTF-16 text read as bytes, escape sequences
// of a terminal, or damage.
func (t *Token) parseControl(raw string, in reading) {
	text, encoding := DecodeUTF16([]byte(raw))
	if encoding != "" {
		t.addProblem(finding.TokenHasControlCharacters, finding.T("the token is encoded in %s: every character has a zero byte beside it, which no HTTP client can send in a header", finding.Standard(encoding)))
	} else {
		text = strings.Map(func(r rune) rune {
			if isControl(r) {
				return -1
			}
			return r
		}, terminalSequence.ReplaceAllString(raw, ""))
		t.addProblem(finding.TokenHasControlCharacters, controlDetail(raw))
	}
	meant := parse(strings.TrimFunc(text, isBlank), in.inner())
	if meant.Kind == KindOpaque && meant.Inner == nil && encoding == "" {
		// The rest may or may not be a token.
		return
	}
	t.Inner = meant
	t.Kind, t.Parts, t.Header, t.Claims = meant.Kind, meant.Parts, meant.Header, meant.Claims
	t.Bootstrap, t.AWS = meant.Bootstrap, meant.AWS
	t.Problems = append(t.Problems, meant.Problems...)
}

// controlDetail returns the number of control characters and the position of the first.
func controlDetail(raw string) finding.Text {
	first, n := -1, 0
	for i, r := range raw {
		if !isControl(r) {
			continue
		}
		if n++; first < 0 {
			first = i
		}
	}
	what := characterName(rune(raw[first]))
	if n > 1 {
		what = finding.T("%s control characters, the first %s", finding.Count(n), codePoint(rune(raw[first])))
	}
	return finding.T("the token has %s after %s, which no HTTP client can send in a header", what, characters(raw[:first]))
}

// DecodeUTF16 decodes UTF-16 text with a byte order mark, or pure ASCII in UTF-16 without one.
// encoding is its name, and empty for other text.
func DecodeUTF16(b []byte) (text, encoding string) {
	marked := len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff)
	if len(b) < 4 || len(b)%2 != 0 {
		return "", ""
	}
	// In little-endian ASCII the second byte of each pair is zero, in big-endian the first.
	high := 1
	if marked && b[0] == 0xfe || !marked && b[0] == 0 {
		high = 0
	}
	encoding = map[int]string{1: "UTF-16 (little-endian)", 0: "UTF-16 (big-endian)"}[high]
	if marked {
		b = b[2:]
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		unit := uint16(b[i+high])<<8 | uint16(b[i+1-high])
		if !marked && (unit > 0x7e || unit < ' ' && !isBlank(rune(unit))) {
			return "", ""
		}
		units = append(units, unit)
	}
	text = string(utf16.Decode(units))
	if strings.ContainsRune(text, utf8.RuneError) || strings.ContainsRune(text, 0) {
		return "", ""
	}
	return text, encoding
}
