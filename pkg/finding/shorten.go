package finding

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxText is the number of characters that are kept of a foreign text: an error message, a claim,
// a name. Legitimate texts are shorter.
const MaxText = 8 << 10

// Shorten replaces the middle of a text of more characters than most (50 at least) by the number of
// characters left out. Redact secrets first: half of a secret is no longer recognized.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	count := utf8.RuneCountInString(text)
	if count <= most {
		return text
	}
	// The replacement, with a number of up to eight digits, has 39 characters.
	kept := most - 39
	behind := kept / 3
	return text[:offset(text, kept-behind)] + fmt.Sprintf(" … (%d characters left out) … ", count-kept) + text[offset(text, count-behind):]
}

// offset is the index of the first byte of the n-th character.
func offset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// Truncate keeps at most so many bytes of a text, in whole characters, and replaces the rest by the
// ellipsis.
func Truncate(text string, most int, ellipsis string) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + ellipsis
}
