package token

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// RedactLines is Redact for the lines of a text. It also finds a credential that was broken into
// several lines, of the text or of a string in it. It returns as many lines.
func RedactLines(lines []string) []string {
	text := strings.Join(lines, "\n")
	found := findSecretData(text, findCertain(text, nil))
	at := 0
	for _, line := range lines {
		for _, s := range findLikely(line, nil) {
			found = append(found, stretch{at + s.from, at + s.to})
		}
		at += len(line) + 1
	}
	if strings.Contains(text, "\n") || strings.Contains(text, `\n`) || strings.Contains(text, `\r`) {
		for _, by := range []glue{nothing, aSpace, itsSpace, aSpaceAfterName} {
			found = append(found, acrossLines(text, by)...)
		}
	}
	if len(found) == 0 {
		return lines
	}
	return strings.Split(replacedLines(text, found, true), "\n")
}

// glue is what replaces a line break.
type glue int

const (
	nothing glue = iota
	// aSpace is for a name that ends a line, and its value that begins the next.
	aSpace
	// itsSpace is a space if the line ended with one, or the next line begins with one.
	itsSpace
	// aSpaceAfterName is for a value that is broken too.
	aSpaceAfterName
)

// acrossLines returns the stretches that look like a credential after the line breaks are replaced.
func acrossLines(text string, by glue) []stretch {
	flat := flatten(text, by)
	joined := string(flat.text)
	var found []stretch
	for _, s := range findLikely(joined, findCertain(joined, nil)) {
		_, begins := slices.BinarySearch(flat.breaks, s.from)
		if _, spaced := slices.BinarySearch(flat.breaks, s.from-1); by == aSpace || by == aSpaceAfterName {
			begins = spaced || begins && by == aSpaceAfterName
		}
		if begins && starts().MatchString(joined[s.from:s.to]) {
			continue
		}
		if s := flat.stretch(text, s); text[s.from:s.to] != "token" {
			// The message invalid bearer token may end a line.
			found = append(found, s)
		}
	}
	return found
}

// flatText is a text without its line breaks.
type flatText struct {
	view
	// breaks are the places in the text at which a line break was.
	breaks []int
	// longest is the length of the longest line.
	longest int
}

// maxEnd bounds how much of a line, from each end, is read with the lines beside it.
const maxEnd = 16 << 10

// flatten replaces line breaks, also those that are escaped in a string, with the spaces around them.
func flatten(text string, by glue) flatText {
	out := flatText{view: view{text: make([]byte, 0, len(text)), from: make([]int32, 0, len(text)+1)}}
	add := func(from, to int) {
		out.text = append(out.text, text[from:to]...)
		for i := from; i < to; i++ {
			out.from = append(out.from, int32(i))
		}
	}
	line := func(begin, end int) {
		out.longest = max(out.longest, end-begin)
		if end-begin > 2*maxEnd {
			add(begin, begin+maxEnd)
			out.text, out.from = append(out.text, '\n'), append(out.from, int32(begin+maxEnd))
			begin = end - maxEnd
		}
		add(begin, end)
	}
	begin := 0
	for i := 0; i < len(text); {
		n := breakAt(text[i:])
		if n == 0 || by == aSpace && text[i] == '=' {
			i++
			continue
		}
		end := begin + len(strings.TrimRight(text[begin:i], " "))
		line(begin, end)
		out.breaks = append(out.breaks, len(out.text))
		if by == aSpace || by == aSpaceAfterName && endsWithName(text[begin:end]) || by == itsSpace && (i-end == 1 || n > 1 && text[i+n-1] == ' ' && text[i+n-2] != ' ') {
			out.text, out.from = append(out.text, ' '), append(out.from, int32(i))
		}
		i += n
		begin = i
	}
	line(begin, len(text))
	out.from = append(out.from, int32(len(text)))
	return out
}

// endsWithName reports whether a line ends with the name of a value that follows.
func endsWithName(line string) bool {
	line = line[max(0, len(line)-64):]
	word := line[strings.LastIndexAny(line, " \t\"'[({")+1:]
	if word == "" {
		return false
	}
	if word[0] == '-' || strings.EqualFold(word, "bearer") || strings.EqualFold(word, "basic") || strings.EqualFold(word, "login") {
		return true
	}
	_, ok := nameAt(line, len(line))
	return ok
}

// maxBackslashes bounds how far the escapes of one character are read.
const maxBackslashes = 64

// breakAt returns the length of the line break at the start of a text, with the spaces after it.
func breakAt(text string) int {
	n := 0
	switch text[0] {
	case '\n':
		n = 1
	case '=':
		// A soft line break of quoted-printable (RFC 2045, section 6.7).
		if len(text) == 1 || text[1] != '\n' {
			return 0
		}
		n = 2
	case '\\':
		escape := strings.TrimLeft(text[:min(len(text), maxBackslashes)], `\`)
		if escape == "" || escape[0] != 'n' && escape[0] != 'r' && escape[0] != '\n' {
			return 0
		}
		n = min(len(text), maxBackslashes) - len(escape) + 1
	default:
		return 0
	}
	for n < len(text) && text[n] == ' ' {
		n++
	}
	return n
}

// stretch returns the stretch of the original text for a stretch of the flat text, without the
// words of the next line that only follow a credential.
func (f *flatText) stretch(text string, s stretch) stretch {
	const indent = 8
	first, _ := slices.BinarySearch(f.breaks, s.from+1)
	if key := f.text[s.from:s.to]; bytes.HasPrefix(key, []byte("--")) {
		// The header of a private key, and a complete key, are certain.
		if header := bytes.Index(key, []byte(keyHeader)); header >= 0 {
			first, _ = slices.BinarySearch(f.breaks, s.from+header+len(keyHeader))
		}
		if bytes.Contains(key, []byte("-----END ")) {
			first = len(f.breaks)
		}
	}
	c := carried{jwt: bytes.HasPrefix(f.text[s.from:], []byte("ey")), last: s.from - 1}
	read := s.from
	for i := first; i < len(f.breaks) && f.breaks[i] < s.to; i++ {
		at, end := f.breaks[i], s.to
		if i+1 < len(f.breaks) {
			end = min(end, f.breaks[i+1])
		}
		begin := 0
		if i > 0 {
			begin = f.breaks[i-1]
		}
		for ; read < at; read++ {
			if f.text[read] == '.' {
				c.dots, c.last = c.dots+1, read
			}
		}
		c.full = at-begin+indent >= f.longest
		c.fills = end == len(f.text) || i+1 < len(f.breaks) && end == f.breaks[i+1]
		if !c.continues(at-c.last-1, string(f.text[at:end]), string(f.text[end:min(len(f.text), end+1)])) {
			s.to = at
			break
		}
	}
	// The end of a stretch at a break is before the break.
	to := f.start(s.to)
	if s.to > s.from {
		to = f.start(s.to-1) + 1
	}
	return stretch{f.start(s.from), to}
}

// signatures are the lengths of signatures in base64url.
var signatures = []int{43, 64, 86, 128, 171, 176, 342, 512, 683}

// starts matches words with which the line of a log or of a header begins.
var starts = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[IWEF][0-9]{4}$|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}:[0-9]{2}:[0-9]{2}|[A-Z]+/[0-9.]+$)|:$`)
})

// shouted are words in upper case with which messages begin.
var shouted = map[string]bool{
	"ACCESS": true, "API": true, "AUTH": true, "AWS": true, "BAD": true, "CA": true, "CONNECT": true, "CRITICAL": true, "DEBUG": true, "DELETE": true, "DENIED": true, "DNS": true, "EOF": true, "ERR": true, "ERROR": true,
	"EXPIRED": true, "FAILED": true, "FAILURE": true, "FATAL": true, "FORBIDDEN": true, "GET": true, "GKE": true, "HEAD": true, "HTTP": true, "HTTPS": true, "ID": true, "INFO": true, "INVALID": true, "IP": true, "JSON": true, "JWT": true,
	"NOT": true, "NOTE": true, "NOTICE": true, "OIDC": true, "OK": true, "PATCH": true, "POST": true, "PUT": true, "RBAC": true, "SSL": true, "STDERR": true, "STDOUT": true, "TIMEOUT": true, "TLS": true, "TRACE": true,
	"UNAUTHORIZED": true, "UNKNOWN": true, "URL": true, "USER": true, "UTC": true, "WARN": true, "WARNING": true, "X": true, "YAML": true,
}

// carried is a credential at the end of a line.
type carried struct {
	jwt bool
	// dots is the number of its dots, and last the place of the last one.
	dots, last int
	// full reports that its line is as long as others. Only a full line is broken within a word.
	full bool
	// fills reports that the word after it fills the next line.
	fills bool
}

// continues reports whether a word at the beginning of the next line continues the credential. signature is
// the length after its last dot, and next is what follows the word.
func (c *carried) continues(signature int, word, next string) bool {
	const (
		longest  = 16 // a longer word of a token's characters that fills its line is no word
		shortest = 3
	)
	switch {
	case c.jwt && (c.dots < 2 || slices.Contains(signatures, signature+len(word))):
		return true
	case next == ":" || word == "" || starts().MatchString(word):
		return false
	case c.fills && (len(word) >= longest || len(word) <= shortest):
		return true
	case !c.jwt && !c.full:
		return false
	}
	if closes := next != "" && strings.Contains(`"'&`, next); c.full && (closes || strings.ToUpper(word) == word && !shouted[strings.Trim(word, ".,;!()[]")]) {
		return true
	}
	letters, digits := strings.IndexFunc(word, unicode.IsLetter) >= 0, strings.IndexFunc(word, unicode.IsDigit) >= 0
	upper := strings.IndexFunc(word[1:], unicode.IsUpper) >= 0 && strings.IndexFunc(word, unicode.IsLower) >= 0
	return letters && digits || upper
}
