package finding

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxText is how many characters are kept of a text that comes from outside: a server's
// message, a claim in a sentence, a name. No honest one is longer.
const MaxText = 8 << 10

// Shorten takes out the middle of a text of more characters than most (50 at least), and says
// there how many are left out. What looks like a secret is taken out before: half of one
// looks like nothing.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	count := utf8.RuneCountInString(text)
	if count <= most {
		return text
	}
	// The words in the middle, with a number of up to eight digits, take 39.
	kept := most - 39
	behind := kept / 3
	return text[:offset(text, kept-behind)] + fmt.Sprintf(" … (%d characters left out) … ", count-kept) + text[offset(text, count-behind):]
}

// offset is where the character of that number begins.
func offset(text string, n int) int {
	for i := range text {
		if n == 0 {
			return i
		}
		n--
	}
	return len(text)
}

// Truncate keeps at most so many bytes of a text, of whole characters, and puts the ellipsis in
// the place of the rest.
func Truncate(text string, most int, ellipsis string) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + ellipsis
}
