package token

import (
	"encoding/base64"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	members = `token|password|passwd|client-key-data|client-certificate-data|clientkeydata|token-secret|client[-_]?secret|client[-_]assertion|` +
		`id[-_]?token|refresh[-_]?token|access[-_]?token|session[-_]?token|secret[-_]?access[-_]?key|private[-_]key`
	// dot matches the dot between the parts of a JWT, which may be escaped for a URL, JSON, Go or
	// HTML.
	dot     = `(?:\.|(?:%(?:25)*|\\+u00|\\+x)2[eE]|&#46;|&#x2[eE];|&period;)`
	base64s = `[A-Za-z0-9_=+/-]`
	// omitted matches what a program puts in the place of the middle of a token.
	omitted = `(?:…|(?i:%E2%80%A6)|[.]*(?:[<(\[]|%(?:25)*(?:3C|28|5B)|\\+u003[cC]|&lt;)[a-z0-9. +]{1,30}(?:[)>\]]|%(?:25)*(?:3E|29|5D)|\\+u003[eE]|&gt;)[.]*)`
)

// likely are the forms of credentials in headers, bodies and messages. A name may have the same
// form.
var likely = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?i)(authorization\\*"?:?\s*=?\s*\[?\\*"?(?:bearer|basic|negotiate)\s+)[^"'\s\]]+` +
			`|("(?:` + members + `)"\s*:\s*")(?:[^"\\]|\\.)*` +
			// Private members of a JWK (RFC 7518, section 6).
			`|("(?:d|p|q|dp|dq|qi|k)"\s*:\s*")` + base64s + `{20,}` +
			`|(\\"(?:d|p|q|dp|dq|qi|k)\\"\s*:\s*\\")` + base64s + `{20,}` +
			// The credentials of image registries.
			`|(\\*"auth\\*"\s*:\s*\\*")[A-Za-z0-9+/=]{12,}` +
			// The same members in a body that a log quotes.
			`|(\\"(?:` + members + `)\\"\s*:\s*\\")(?:[^"\\]|\\[^"])*` +
			`|(\b(?:set-)?cookie\\*"?:\s*\[?\\*"?[^=;,\s]+=\s?)[^;\s]+(?:;\s*[^=;,\s"]+=\s?[^;\s"]+)*` +
			`|()\b[a-z0-9]{6}\.[a-z0-9]{16}\b`)
})

// bearer matches a token after its scheme, in any header.
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(\bbearer\s+)([^\s"',\\\]]{8,})`) })

// certain are the forms that only a credential has. A match that only begins like a JWT is examined
// further.
var certain = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(
		`(?:eyJ|eyA|ew[0okg])` + base64s + `+(?:` + dot + base64s + `*)*(?:` + omitted + base64s + `{16,})?` +
			`|ZXlK` + base64s + `+` +
			`|k8s-aws-v1\.` + base64s + `+` +
			`|LS0tLS1CRUdJTi` + base64s + `+` +
			// A kubeconfig in base64.
			`|YXBpVmVyc2lvbjog` + base64s + `{40,}`)
})

// SecretMember reports whether a claim with this name is a credential: that of a distributed claim
// (OpenID Connect Core section 5.6.2), or one that an issuer added for other services.
func SecretMember(name string) bool {
	switch name {
	case "access_token", "refresh_token", "id_token", "client_secret", "secret", "password",
		"registration_access_token", "private_key", "device_code", "client_assertion", "api_key":
		return true
	}
	return false
}

// NamesSecret reports whether the name of a flag, a variable or a key indicates a credential.
func NamesSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"secret", "password", "passwd", "token", "key", "credential"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// Redact replaces everything that looks like a credential by REDACTED, in foreign text: a log, an
// error, or a message of a server that repeats its input.
func Redact(text string) string { return replaced(text, findLikely(text, findCertain(text, nil))) }

// RedactValue replaces everything that only a credential can be by REDACTED, in values that may be
// names: JWTs, private keys, credentials in URLs.
func RedactValue(text string) string { return replaced(text, findCertain(text, nil)) }

// findLikely adds the stretches that look like a credential.
func findLikely(text string, found []stretch) []stretch {
	found = findNamed(text, findSecretData(text, found))
	if !mayHold(text, likelyBeginnings) {
		return found
	}
	for _, m := range likely().FindAllStringSubmatchIndex(text, -1) {
		found = append(found, stretch{lastGroup(m), m[1]})
	}
	for _, m := range bearer().FindAllStringSubmatchIndex(text, -1) {
		value := text[m[4]:m[5]]
		if len(value) < minPiece && !strings.ContainsAny(value, "0123456789") || strings.Contains(strings.TrimRight(value, "="), "=") {
			// The text is about bearer tokens, or is a parameter of a challenge.
			continue
		}
		found = append(found, stretch{m[4], m[5]})
	}
	return findPrinted(text, found)
}

// findPrinted adds the output of an exec plugin that an error of client-go quotes.
func findPrinted(text string, found []stretch) []stretch {
	const before = "decoding stdout: "
	for at := 0; ; {
		i := strings.Index(text[at:], before)
		if i < 0 {
			return found
		}
		at += i + len(before)
		line := text[at:]
		if end := strings.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		for _, m := range quotation().FindAllStringIndex(line, -1) {
			switch word := line[m[0]+1 : m[1]-1]; {
			case word == "ExecCredential", word == time.RFC3339, strings.HasPrefix(word, "client.authentication.k8s.io/"), goFile().MatchString(word):
			default:
				found = append(found, stretch{at + m[0] + 1, at + m[1] - 1})
			}
		}
	}
}

// goFile matches the place in a Go program that is the name of a scheme.
var goFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w.~@/+-]+\.go(?::\d+)?$`) })

var quotation = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.){8,}"`) })

// lastGroup returns the end of the group before a secret: of the one alternative that matched.
func lastGroup(m []int) int {
	for i := 2; i < len(m); i += 2 {
		if m[i] >= 0 {
			return m[i+1]
		}
	}
	return m[0]
}

// findCertain adds the stretches that only a credential can be.
func findCertain(text string, found []stretch) []stretch {
	found = findKeys(text, findPrefixed(text, findInURLs(text, false, found)))
	if !mayHold(text, certainBeginnings) {
		return found
	}
	for _, m := range certain().FindAllStringIndex(text, -1) {
		shape := text[m[0]:m[1]]
		switch {
		case strings.HasPrefix(shape, "LS0t"):
			if plain, _ := base64.RawStdEncoding.DecodeString(shape[:min(len(shape), 60)&^3]); !strings.Contains(string(plain), "PRIVATE KEY") {
				continue
			}
		case strings.HasPrefix(shape, "e"):
			if !isJSON(shape, m[0] > 0 && isAlnum(text[m[0]-1])) {
				continue
			}
			if last := strings.LastIndexFunc(shape, notBase64); last > 0 && len(shape)-last > minPiece {
				// The signature may also appear alone.
				found = findAll(text, shape[last+1:], found)
			}
		}
		found = append(found, stretch{m[0], m[1]})
	}
	return found
}

// findAll adds all occurrences of a secret.
func findAll(text, secret string, found []stretch) []stretch {
	for at := 0; ; {
		i := strings.Index(text[at:], secret)
		if i < 0 {
			return found
		}
		at += i + len(secret)
		found = append(found, stretch{at - len(secret), at})
	}
}

// isJSON reports whether base64 is the beginning of a JSON object, as the header of a JWT is.
// Inside other base64, more of the object is required. An object that does not begin with {" is
// required to be a complete JWT.
func isJSON(text string, inside bool) bool {
	const enough = 12
	sample := text
	if i := strings.IndexFunc(text, notBase64); i >= 0 {
		sample = text[:i]
	}
	sample = sample[:min(len(sample), 4*enough)&^3]
	plain, err := base64.RawStdEncoding.DecodeString(string(fold(sample)))
	if err != nil || inside && len(sample) < enough {
		return false
	}
	for i, c := range string(plain) {
		if c < ' ' && !unicode.IsSpace(c) || c == 0x7f || c == utf8.RuneError && i+utf8.UTFMax <= len(plain) {
			return false
		}
	}
	if strings.HasPrefix(text, "eyJ") {
		return true
	}
	return strings.Contains(string(plain), `"`) && strings.Count(text, ".") >= 2
}

func notBase64(c rune) bool { return c > 0x7f || !isAlnum(byte(c)) && !strings.ContainsRune("+/-_", c) }

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// beginnings has the first characters of forms, in lower case, by their first byte. For a member of
// an object, that is the quote.
type beginnings [256][]string

var (
	likelyBeginnings = &beginnings{
		'a': {"authorization"}, 'b': {"bearer"}, 'c': {"cookie"}, 'd': {"decoding stdout"},
		'"': {`"token`, `"auth`, `"pass`, `"client`, `"id`, `"refresh`, `"access`, `"session`, `"secret`, `"private`, `"d`, `"p`, `"q`, `"k"`, `"k\`},
	}
	certainBeginnings = &beginnings{
		'e': {"eyj", "eya", "ew0", "ewo", "ewk", "ewg"}, 'z': {"zxlk"}, 'k': {"k8s-aws-v1."}, 'l': {"ls0tls1crudjti"}, 'y': {"yxbpvmvyc2lvbjog"},
	}
)

// mayBegin are the bytes at which mayHold compares further.
var mayBegin = func() (may [256]bool) {
	begins := func(c int) bool { return likelyBeginnings[c] != nil || certainBeginnings[c] != nil }
	for c := range may {
		may[c] = c >= 0x80 || c == '.' || begins(c) || c >= 'A' && c <= 'Z' && begins(c|0x20)
	}
	return may
}()

// mayHold reports whether a text may contain one of the forms. It excludes most texts fifty times
// as fast as the regular expression.
func mayHold(text string, shapes *beginnings) bool {
	for i := range len(text) {
		c := text[i]
		if !mayBegin[c] {
			continue
		}
		switch {
		case shapes == likelyBeginnings && c >= 0x80:
			// The regular expression ignores case, so some letters beyond ASCII match ASCII
			// letters.
			return true
		case shapes == likelyBeginnings && c == '.' && i >= 6 && i+16 < len(text) && word(text[i-6:i]) && word(text[i+1:i+17]):
			return true
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		}
		for _, b := range shapes[c] {
			if len(text)-i >= len(b) && text[i+1]|0x20 == b[1]|0x20 && strings.EqualFold(text[i:i+len(b)], b) {
				return true
			}
		}
	}
	return false
}

func word(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) {
			return false
		}
	}
	return true
}
