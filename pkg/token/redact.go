package token

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

const members = `token|password|client-key-data|client-certificate-data|clientkeydata|token-secret|client_secret|id[-_]token|refresh[-_]token|access[-_]token`

// shapes are those of credentials, as they stand in headers, bodies and messages.
var shapes = regexp.MustCompile(
	`(?i)(authorization:?\s*\[?"?(?:bearer|basic)\s+)[^"'\s\]]+` +
		`|("(?:` + members + `)"\s*:\s*")(?:[^"\\]|\\.)*` +
		// The same in a body that a log quotes.
		`|(\\"(?:` + members + `)\\"\s*:\s*\\")(?:[^"\\]|\\[^"])*` +
		`|()eyJ[A-Za-z0-9_=+/-]+(?:\.[A-Za-z0-9_=+/-]*)*` +
		`|()ZXlK[A-Za-z0-9_=+/-]+` +
		`|()\b[a-z0-9]{6}\.[a-z0-9]{16}\b` +
		`|()k8s-aws-v1\.[A-Za-z0-9_=+/-]+` +
		`|()-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)-----END [A-Z ]*PRIVATE KEY-----`)

// SecretMember reports whether a member of that name in a token's claims is a credential: a
// distributed claim's (OpenID Connect Core section 5.6.2), or one that an issuer put there
// for others.
func SecretMember(name string) bool {
	switch name {
	case "access_token", "refresh_token", "id_token", "client_secret", "password":
		return true
	}
	return false
}

// passwords are those in URLs.
var passwords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(://[^/?#\s:@"'<>]*:)[^/?#\s@"'<>]+@`) })

// Redact replaces what looks like a credential by REDACTED, in text that comes from
// elsewhere: a log, an error, the message of a server that repeats what it was sent.
func Redact(text string) string {
	if strings.Contains(text, "://") && strings.Contains(text, "@") {
		text = passwords().ReplaceAllString(text, "${1}"+Redacted+"@")
	}
	if !mayHold(text) {
		return text
	}
	return shapes.ReplaceAllString(text, "${1}${2}${3}${4}${5}${6}${7}${8}"+Redacted)
}

// Hide takes a secret out of a text: to the letter, and as it stands in a URL, in JSON, in
// quotes and in base64.
func Hide(text, secret string) string {
	// A text of a few characters is no secret, and may be part of any word. No form is shorter
	// than the secret itself.
	if len(secret) < 8 || len(text) < len(secret) {
		return text
	}
	inJSON, _ := json.Marshal(secret)
	quoted := strconv.Quote(secret)
	for _, form := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), string(inJSON[1 : len(inJSON)-1]), quoted[1 : len(quoted)-1],
		base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		text = strings.ReplaceAll(text, form, Redacted)
	}
	return text
}

// beginnings are those of the shapes, in lower case, by their first byte; of a member of
// an object the quote is the first.
var beginnings = [256][]string{
	'a': {"authorization"}, 'e': {"eyj"}, 'z': {"zxlk"}, 'k': {"k8s-aws-v1."}, '-': {"-----begin"},
	'"': {`"token`, `"password`, `"client`, `"id-token`, `"id_token`, `"refresh`, `"access`},
}

// mayBegin are the bytes at which mayHold looks twice.
var mayBegin = func() (may [256]bool) {
	for c := range may {
		may[c] = c >= 0x80 || c == '.' || beginnings[c] != nil || c >= 'A' && c <= 'Z' && beginnings[c|0x20] != nil
	}
	return may
}()

// mayHold reports whether one of the shapes may be found in a text. Most texts hold none,
// and this says so fifty times as fast as the expression does.
func mayHold(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !mayBegin[c] {
			continue
		}
		switch {
		case c >= 0x80:
			// Letters beyond ASCII may be the same, to the expression, as some of ASCII.
			return true
		case c == '.' && i >= 6 && i+16 < len(text) && word(text[i-6:i]) && word(text[i+1:i+17]):
			return true
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		for _, b := range beginnings[c] {
			if len(text)-i >= len(b) && text[i+1]|0x20 == b[1]|0x20 && strings.EqualFold(text[i:i+len(b)], b) {
				return true
			}
		}
	}
	return false
}

func word(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}
