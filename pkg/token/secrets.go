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

// Secrets are the credentials that one run has met so far. Whatever the run writes goes
// through it, so that a text from outside that repeats one of them is not repeated.
//
// A secret is recognised to the letter, in base64 of either alphabet wherever it stands in what
// was encoded, in hexadecimal, and in all of these escaped for URLs, JSON, Go or HTML, up to
// three times over, or broken into lines. A piece is recognised from minPiece characters on
// where it cannot be anything else: of a JWT, of another random text, and of every encoded
// form. Of a secret that is made of words, a piece is one only at its beginning or end, beside
// the mark of a cut.
//
// The zero value knows no secret and is ready to be used; so is a nil one, which learns none.
type Secrets struct {
	mu      sync.Mutex
	known   map[string]bool
	pending []string
	index   index
}

const (
	// minSecret is the length from which on a text is a secret, in bytes; a shorter one may be
	// part of any word.
	minSecret = 8
	// minPiece is the length from which on a part of a secret is one, in bytes: 120 bits of
	// random base64, which no other text has by chance.
	minPiece = 20
	// maxPhrase is the length up to which a secret can be a name or a phrase, in bytes.
	maxPhrase = 256
	// systemPrefix is that of the names that Kubernetes gives.
	systemPrefix = "system:"
)

// Add has a secret hidden from now on, and what is known to be secret inside it.
func (s *Secrets) Add(secret string) {
	if s == nil || len(secret) < minSecret {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(secret)
	if signed, ok := decodeBase64(strings.TrimPrefix(secret, awsPrefix)); ok && strings.HasPrefix(secret, awsPrefix) {
		// Whoever has these two can put the token together again.
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

// AddURL has the credentials hidden that an address holds, which may be no valid URL. What is
// no address at all holds none.
func (s *Secrets) AddURL(address string) {
	found := urlCredentials(address, true)
	if c, ok := schemeless(address); ok {
		found = append(found, c)
	} else if scheme, _, ok := strings.Cut(address, "://"); !ok || strings.IndexFunc(scheme, notWord) >= 0 {
		return
	}
	for _, c := range found {
		// What is read as a path may be the rest of a password.
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

// Hide takes all secrets out of a text that comes from outside.
func (s *Secrets) Hide(text string) string { return replaced(text, s.find(text, nil)) }

// HideValue is Hide for a value of an answer, such as a name. One that Kubernetes gives, of which
// much depends, is none of the secrets that are words.
func (s *Secrets) HideValue(text string) string {
	return replaced(text, s.findInValue(text))
}

func (s *Secrets) findInValue(text string) []stretch {
	if strings.HasPrefix(text, systemPrefix) {
		return s.find(text, distinctive)
	}
	return s.find(text, nil)
}

// RedactAnswer is HideValue, and takes out what can be nothing but a credential.
func (s *Secrets) RedactAnswer(text string) string {
	return replaced(text, findCertain(text, s.findInValue(text)))
}

// HideDistinctive takes those secrets out of a text that cannot be taken for a name, a word or
// a number: the text may hold words of our own, and a password may be any of them.
func (s *Secrets) HideDistinctive(text string) string {
	return replaced(text, s.find(text, distinctive))
}

// HideTokens takes out those of HideDistinctive that are one word of the characters that tokens
// have. In a document of whatever format each stands inside one string, so that it stays one.
func (s *Secrets) HideTokens(text string) string {
	return replaced(text, s.find(text, func(f *form) bool { return f.distinctive && f.word }))
}

// Redact is Hide, and takes out what looks like a credential of anybody's.
func (s *Secrets) Redact(text string) string { return RedactOf(text, s) }

// RedactOf is Redact for the secrets of several runs.
func RedactOf(text string, runs ...*Secrets) string {
	var found []stretch
	for _, s := range runs {
		found = append(found, s.find(text, nil)...)
	}
	return replaced(text, findLikely(text, findCertain(text, found)))
}

// RedactDistinctive is HideDistinctive, and takes out what looks like a credential of anybody's.
func (s *Secrets) RedactDistinctive(text string) string {
	return replaced(text, findLikely(text, findCertain(text, s.find(text, distinctive))))
}

// RedactValue is HideDistinctive, and takes out what can be nothing but a credential, for
// values among which names are.
func (s *Secrets) RedactValue(text string) string {
	return replaced(text, findCertain(text, s.find(text, distinctive)))
}

func distinctive(f *form) bool { return f.distinctive }

// find returns where the secrets stand in a text that are wanted; nil stands for all.
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

// Hide takes one secret out of a text that comes from outside.
func Hide(text, secret string) string {
	var s Secrets
	s.Add(secret)
	return s.Hide(text)
}

// stretch is a part of a text.
type stretch struct{ from, to int }

// replaced has REDACTED in the place of each stretch; stretches that touch become one.
func replaced(text string, found []stretch) string {
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b stretch) int { return a.from - b.from })
	var out strings.Builder
	end := 0
	for i, f := range found {
		if i == 0 || f.from > end {
			out.WriteString(text[end:f.from] + Redacted)
		}
		end = max(end, f.to)
	}
	return out.String() + text[end:]
}

// form is one way to write a secret.
type form struct {
	text string
	// piece is the length from which on a part of it is recognised, in bytes; beginnings and
	// ends alone where it is a phrase.
	piece  int
	phrase bool
	// distinctive: it is no name, word or number.
	distinctive bool
	// word: it has the characters of a token alone (RFC 6750 section 2.1).
	word, base64 bool
}

// formsOf lists the ways to write a secret that are looked for.
func formsOf(secret string) []form {
	raw := form{text: secret, piece: minPiece, phrase: !isRandom(secret), distinctive: isDistinctive(secret), word: strings.IndexFunc(secret, notWord) < 0}
	out := []form{raw}
	if strings.Contains(secret, " ") {
		raw.text = strings.ReplaceAll(secret, " ", "+")
		out = append(out, raw)
	}
	for before := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("xx"[:before] + secret))
		// What stands before and after decides part of the outermost characters.
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

// isRandom reports whether a part of a secret cannot be a part of a name: it is a JWT, has
// capitals, small letters and digits, or nearly all of it is letters and digits in one.
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

// isDistinctive reports whether a text is none that reports have words for: long, or with
// both letters and digits, and no name that Kubernetes gives and no address.
func isDistinctive(secret string) bool {
	letters, digits := strings.ContainsFunc(secret, unicode.IsLetter), strings.ContainsFunc(secret, unicode.IsDigit)
	switch {
	case !letters, strings.HasPrefix(secret, systemPrefix), strings.Contains(secret, "://"):
		return false
	}
	return len(secret) >= minPiece || digits && len(secret) >= 12
}
