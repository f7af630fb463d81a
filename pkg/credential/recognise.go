package credential

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// MaxInput is the size up to which input is read, in bytes.
const MaxInput = 1 << 20

// Recognise makes a credential of what was given as an argument, in a file or on
// standard input, by its content. source names the place, as reports do;
// white space around the content counts in an argument, and not elsewhere. An error
// says in one sentence why the content is no credential; it never quotes it.
func Recognise(content []byte, source string) (*Credential, error) {
	if len(content) > MaxInput {
		return nil, fmt.Errorf("%s is larger than 1 MiB, which no credential is", source)
	}
	text, marked, err := decodeText(content)
	if err != nil {
		return nil, fmt.Errorf("%s %w", source, err)
	}
	whole := text
	if source != "argument" {
		text = strings.TrimSpace(text)
	}
	c := &Credential{Source: source}
	if marked {
		c.Notes = append(c.Notes, "a byte order mark was left out of "+source+": a client that reads it would send it along")
	}
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.Contains(trimmed, "-----BEGIN ") && !looksLikeDocument(trimmed):
		c.Certificate, err = ParseCertificate([]byte(trimmed))
	case looksLikeDocument(trimmed):
		// To the letter: the last line break of a YAML document may be part of a token.
		err = c.fromDocument([]byte(whole))
	default:
		c.fromHeader(text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	return c, nil
}

// decodeText turns what a shell may have written into text: a byte order mark is
// removed, which is reported, and UTF-16 (what PowerShell's `>` writes) is decoded.
func decodeText(b []byte) (text string, marked bool, err error) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		b, marked = b[3:], true
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")):
		if len(b)%2 != 0 {
			return "", false, errors.New("is UTF-16 text with half a character at its end")
		}
		units := make([]uint16, 0, len(b)/2)
		for i := 2; i < len(b); i += 2 {
			hi, lo := b[i+1], b[i]
			if b[0] == 0xfe {
				hi, lo = lo, hi
			}
			units = append(units, uint16(hi)<<8|uint16(lo))
		}
		return string(utf16.Decode(units)), true, nil
	}
	if bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b) {
		return "", false, errors.New("is binary data, not text: a credential is a token, a header line, a document or PEM")
	}
	return string(b), marked, nil
}

// looksLikeDocument tells a JSON or YAML document from a token.
func looksLikeDocument(s string) bool {
	// PEM begins with dashes, too.
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "---") && !strings.HasPrefix(s, "----") {
		return true
	}
	for line := range strings.Lines(s) {
		if strings.HasPrefix(line, "apiVersion:") || strings.HasPrefix(line, "kind:") {
			return true
		}
	}
	return false
}

// fromHeader takes the token out of a header line; what is no header line is a
// token. One space separates the scheme from the token: a second one belongs to
// what is sent, and makes the API server ignore the header.
func (c *Credential) fromHeader(s string) {
	line := s
	name, value, isHeader := strings.Cut(strings.TrimLeft(line, " \t"), ":")
	if isHeader = isHeader && strings.EqualFold(name, "authorization"); isHeader {
		line = strings.TrimPrefix(value, " ")
	}
	scheme, rest, spaced := strings.Cut(line, " ")
	if !spaced {
		scheme = strings.TrimSpace(scheme)
	}
	switch {
	case strings.EqualFold(scheme, "bearer"):
		c.Token = token.Parse(rest)
		c.Notes = append(c.Notes, "the token was taken out of a header line")
	case isHeader && strings.EqualFold(scheme, "basic"):
		c.Basic = basicFrom(rest)
	default:
		c.Token = token.Parse(line)
	}
}

func basicFrom(encoded string) *Basic {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return &Basic{Password: token.NewSecret(encoded)}
	}
	user, password, _ := strings.Cut(string(plain), ":")
	return &Basic{Username: user, Password: token.NewSecret(password)}
}
