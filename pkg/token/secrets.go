package token

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Secrets are the credentials that one run has read. All output of the run passes through it, so
// that foreign text cannot repeat a secret.
//
// A secret is recognized unchanged, in base64 of either alphabet at any offset, in hexadecimal, and
// in each of these escaped for URLs, JSON, Go or HTML up to three times, or broken into lines. A
// piece of at least minPiece characters is recognized if it cannot be anything else: a piece of a
// JWT, of another random text, or of an encoded form. Of a secret that consists of words, only a
// piece at its beginning or end beside the mark of a truncation is recognized.
//
// The zero value has no secrets and is ready to use. A nil one is valid and ignores Add.
type Secrets struct {
	mu      sync.Mutex
	known   map[string]bool
	pending []string
	index   index
}

const (
	// minSecret is the minimum length of a secret, in bytes; a shorter text may be part of any
	// word.
	minSecret = 8
	// minPiece is the minimum length of a piece of a secret, in bytes: 120 bits of random base64,
	// which no other text contains by chance.
	minPiece = 20
	// maxPhrase is the maximum length of a secret that can be a name or a phrase, in bytes.
	maxPhrase = 256
	// systemPrefix is the prefix of names that Kubernetes defines.
	systemPrefix = "system:"
)

// Add makes a text secret, with the known secrets inside it.
func (s *Secrets) Add(secret string) {
	if s == nil || len(secret) < minSecret {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(secret)
	if signed, ok := decodeBase64(strings.TrimPrefix(secret, awsPrefix)); ok && strings.HasPrefix(secret, awsPrefix) {
		// These two parameters are enough to restore the token.
		if u, err := url.Parse(string(signed)); err == nil {
			for _, name := range []string{"X-Amz-Signature", "X-Amz-Security-Token"} {
				s.add(u.Query().Get(name))
			}
		}
	}
}

func (s *Secrets) add(secret string) {
	if len(secret) < minSecret || s.known[secret] {
		return
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[secret] = true
	s.pending = append(s.pending, secret)
}

// AddURL makes the credentials in an address secret, which may be an invalid URL. A text that is
// not an address has none.
func (s *Secrets) AddURL(address string) {
	found := urlCredentials(address, true)
	if c, ok := schemeless(address); ok {
		found = append(found, c)
	} else if scheme, _, ok := strings.Cut(address, "://"); !ok || strings.IndexFunc(scheme, notWord) >= 0 {
		return
	}
	for _, c := range found {
		// The path may be the rest of a password.
		for _, to := range []int{c.to, max(strings.LastIndexByte(address, '@'), c.to)} {
			credentials := address[c.from:to]
			secrets := []string{credentials[len(shownUser(credentials)):]}
			if user, password, _ := strings.Cut(credentials, ":"); user != credentials && shownUser(credentials) == "" {
				secrets = []string{user, password}
			}
			for _, secret := range secrets {
				s.Add(secret)
				if plain, err := url.PathUnescape(secret); err == nil {
					s.Add(plain)
				}
			}
		}
	}
}

// Hide redacts all secrets in a foreign text.
func (s *Secrets) Hide(text string) string { return replaced(text, s.find(text, nil)) }

// HideValue is Hide for a value of an answer, such as a name. In a name that Kubernetes defines, it
// redacts no secret that consists of words, because the diagnosis depends on such names.
func (s *Secrets) HideValue(text string) string {
	return replaced(text, s.findInValue(text))
}

func (s *Secrets) findInValue(text string) []stretch {
	if strings.HasPrefix(text, systemPrefix) {
		return s.find(text, distinctive)
	}
	return s.find(text, nil)
}

// RedactAnswer is HideValue, and also redacts everything that only a credential can be.
func (s *Secrets) RedactAnswer(text string) string {
	return replaced(text, findCertain(text, s.findInValue(text)))
}

// HideDistinctive redacts the secrets that cannot be a name, a word or a number. It is for text
// with words of our own, because a password may be any of them.
func (s *Secrets) HideDistinctive(text string) string {
	return replaced(text, s.find(text, distinctive))
}

// HideTokens redacts the secrets of HideDistinctive that are one word of token characters. In a
// document of any format, such a word is inside one string, so the document stays valid.
func (s *Secrets) HideTokens(text string) string {
	return replaced(text, s.find(text, func(f *form) bool { return f.distinctive && f.word }))
}

// Redact is Hide, and also redacts everything that looks like a credential.
func (s *Secrets) Redact(text string) string { return RedactOf(text, s) }

// RedactOf is Redact for the secrets of several runs.
func RedactOf(text string, runs ...*Secrets) string {
	var found []stretch
	for _, s := range runs {
		found = append(found, s.find(text, nil)...)
	}
	return replaced(text, findLikely(text, findCertain(text, found)))
}

// RedactDistinctive is HideDistinctive, and also redacts everything that looks like a credential.
func (s *Secrets) RedactDistinctive(text string) string {
	return replaced(text, findLikely(text, findCertain(text, s.find(text, distinctive))))
}

// RedactValue is HideDistinctive, and also redacts everything that only a credential can be. It is
// for values that may be names.
func (s *Secrets) RedactValue(text string) string {
	return replaced(text, findCertain(text, s.find(text, distinctive)))
}

func distinctive(f *form) bool { return f.distinctive }

// find returns the stretches with the wanted secrets; nil means all secrets.
func (s *Secrets) find(text string, wanted func(*form) bool) []stretch {
	if s == nil || len(text) < minSecret {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.pending {
		for _, f := range formsOf(secret) {
			s.index.add(f)
		}
	}
	s.pending = nil
	if len(s.index.forms) == 0 {
		return nil
	}
	var found []stretch
	eachView(text, func(v view) { found = s.index.find(v, wanted, found) })
	return found
}

// Hide redacts one secret in a foreign text.
func Hide(text, secret string) string {
	var s Secrets
	s.Add(secret)
	return s.Hide(text)
}

// stretch is a part of a text.
type stretch struct{ from, to int }

// replaced replaces each stretch by REDACTED; adjacent stretches become one.
func replaced(text string, found []stretch) string { return replacedLines(text, found, false) }

// replacedLines is replaced. With keep, the line breaks in the stretches remain.
func replacedLines(text string, found []stretch, keep bool) string {
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b stretch) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for i, f := range found {
		if i == 0 || f.from > end {
			out.WriteString(text[end:f.from] + Redacted)
			end = f.from
		}
		if keep && f.to > end {
			out.WriteString(strings.Repeat("\n", strings.Count(text[end:f.to], "\n")))
		}
		end = max(end, f.to)
	}
	return out.String() + text[end:]
}

// form is one encoding of a secret.
type form struct {
	text string
	// piece is the minimum length of a recognized part, in bytes. Of a phrase, only its beginning
	// and end are recognized.
	piece  int
	phrase bool
	// distinctive reports that the form is no name, word or number.
	distinctive bool
	// word reports that the form has only the characters of a token (RFC 6750 section 2.1).
	word, base64 bool
}

// formsOf returns the encodings in which a secret is recognized.
func formsOf(secret string) []form {
	raw := form{text: secret, piece: minPiece, phrase: !isRandom(secret), distinctive: isDistinctive(secret), word: strings.IndexFunc(secret, notWord) < 0}
	out := []form{raw}
	if strings.Contains(secret, " ") {
		raw.text = strings.ReplaceAll(secret, " ", "+")
		out = append(out, raw)
	}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("xx"[:before] + secret))
		// The neighboring bytes influence the first and the last character of base64.
		encoded = encoded[(8*before+5)/6 : 8*(before+len(secret))/6]
		out = append(out, form{text: encoded, piece: minPiece, distinctive: true, word: true, base64: true})
	}
	digits := hex.EncodeToString([]byte(secret))
	for _, text := range []string{digits, strings.ToUpper(digits)} {
		out = append(out, form{text: text, piece: minPiece, distinctive: true, word: true})
	}
	return out
}

func notWord(c rune) bool {
	return c > 0x7f || !isAlnum(byte(c)) && !strings.ContainsRune("-._~+/=", c)
}

// isRandom reports whether a part of a secret cannot be a part of a name: the secret is a JWT, has
// upper-case letters, lower-case letters and digits, or consists almost entirely of letters and
// digits without a break.
func isRandom(secret string) bool {
	if len(secret) > maxPhrase || strings.HasPrefix(secret, "eyJ") && strings.Contains(secret, ".") {
		return true
	}
	has := func(class func(rune) bool) bool { return strings.ContainsFunc(secret, class) }
	if has(unicode.IsUpper) && has(unicode.IsLower) && has(unicode.IsDigit) && !has(unicode.IsSpace) {
		return true
	}
	longest := 0
	for _, run := range strings.FieldsFunc(secret, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
		if strings.ContainsFunc(run, unicode.IsDigit) && strings.ContainsFunc(run, unicode.IsLetter) {
			longest = max(longest, len(run))
		}
	}
	return longest >= minPiece && 4*longest >= 3*len(secret)
}

// isDistinctive reports whether a text cannot be a word of a report: it is long, or has both
// letters and digits, and is no name that Kubernetes defines and no address.
func isDistinctive(secret string) bool {
	letters, digits := strings.ContainsFunc(secret, unicode.IsLetter), strings.ContainsFunc(secret, unicode.IsDigit)
	switch {
	case !letters, strings.HasPrefix(secret, systemPrefix), strings.Contains(secret, "://"):
		return false
	}
	return len(secret) >= minPiece || digits && len(secret) >= 12
}
