package token

import (
	"regexp"
	"strings"
	"sync"
)

// keyHeader ends the first and the last line of a private key in PEM.
const keyHeader = "PRIVATE KEY-----"

// cutKey matches the content of a private key without its end.
var cutKey = sync.OnceValue(func() *regexp.Regexp {
	const space = `(?:\s|\\+[nr])*`
	return regexp.MustCompile(`^(?:` + space + `[A-Za-z-]+: [^\s\\]+)*(?:(?:` + space + base64s + `{16,})+(?:` + space + base64s + `+)?)?`)
})

// findKeys adds private keys in PEM, also those without their end.
func findKeys(text string, found []stretch) []stretch {
	for at, last := 0, -1; ; {
		i := strings.Index(text[at:], keyHeader)
		if i < 0 {
			return found
		}
		i += at
		at = i + len(keyHeader)
		begin, ok := lineOfKey(text[:i], "BEGIN ")
		if !ok {
			continue
		}
		if last != len(text) && last < at {
			last = endOfKey(text, at)
		}
		if last == len(text) {
			found = append(found, stretch{begin, at + len(cutKey().FindString(text[at:]))})
			continue
		}
		found, at = append(found, stretch{begin, last}), last
	}
}

// lineOfKey returns where the line of a key begins whose header follows a text.
func lineOfKey(text, word string) (begin int, ok bool) {
	const longest = 64
	from := max(0, len(text)-longest)
	i := strings.LastIndex(text[from:], "--"+word)
	if i < 0 || strings.Trim(text[from+i+len("--")+len(word):], "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ") != "" {
		return 0, false
	}
	begin = from + i
	// In YAML, the first three dashes separate documents.
	return begin - len("---")*strings.Count(text[max(0, begin-len("---")):begin], "---"), true
}

// endOfKey returns the end of the first key that ends after a position; the end of the text without one.
func endOfKey(text string, at int) int {
	for {
		i := strings.Index(text[at:], keyHeader)
		if i < 0 {
			return len(text)
		}
		i += at
		at = i + len(keyHeader)
		if _, ok := lineOfKey(text[:i], "END "); ok {
			return at
		}
	}
}
