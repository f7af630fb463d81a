// Package escape makes text that came from outside safe and honest to show.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxMarks is how many combining marks may follow one another. Scripts need three
// or four; piled up without end they paint over the lines above and below.
const maxMarks = 6

// Text makes text that came from outside safe and honest to show: whatever a
// terminal would obey or a reader could not see is spelled out.
//
// Spelled out are control characters (line breaks and tabs among them), and with
// them every ANSI escape sequence; format characters such as bidirectional
// overrides and isolates, zero-width characters and tags; line and paragraph
// separators and spaces other than the common one; invisible letters and
// variation selectors; private use and unassigned characters; bytes that are not
// UTF-8; combining marks with nothing to stand on, or too many of them.
//
// A backslash is left alone, so `CORP\alice` stays readable: the result is for
// reading, not for decoding.
func Text(s string) string { return escape(s, false) }

// Lines is Text for text in which line breaks have a meaning.
func Lines(s string) string { return escape(s, true) }

func escape(s string, keepLines bool) string {
	var b strings.Builder
	marks := maxMarks // at the start, a mark would combine with what we print before it
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
			marks = 0
		case r == '\n' && keepLines:
			b.WriteByte('\n')
			marks = maxMarks
		case unicode.Is(unicode.M, r) && marks >= maxMarks, !Visible(r):
			b.WriteString(spell(r))
			marks = 0
		default:
			b.WriteRune(r)
			if unicode.Is(unicode.M, r) {
				marks++
			} else {
				marks = 0
			}
		}
		i += size
	}
	return b.String()
}

// Visible reports whether r is a character that shows itself, and nothing else,
// when it is printed.
func Visible(r rune) bool {
	if r < 0x80 {
		return 0x20 <= r && r < 0x7f
	}
	const brailleBlank = '\u2800'
	return unicode.IsPrint(r) && r != brailleBlank && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func spell(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// Words returns a text in which foreign words are escaped.
func Words(t finding.Text) string {
	if whole := t.String(); len(whole) > mostShown {
		return Show(whole)
	}
	var b strings.Builder
	for _, s := range t.Spans() {
		b.WriteString(Span(s))
	}
	return b.String()
}

// Span returns a span of a text, escaped if it is foreign.
func Span(s finding.Span) string {
	if s.Class == finding.Ours {
		return s.Shown()
	}
	return Text(s.Shown())
}

// mostShown is the maximum length of a value in characters. The middle of a longer value is omitted.
const mostShown = 1000

// Show is Text for text that may be of any length.
func Show(s string) string { return Text(finding.Shorten(s, mostShown)) }
