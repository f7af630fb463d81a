package errortext

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// escapes are what other formats do to a text: JSON, Go, Python, shells, URLs, CSV and YAML. A text
// that may have them is read both ways.
var escapes = []struct {
	// mark stands in every text with these escapes.
	mark    string
	resolve func(string) string
}{
	{`\`, unescaped},
	{`%`, percentDecoded},
	// A query may have spaces as its only escapes.
	{`?error=`, queryDecoded}, {`&error_description=`, queryDecoded},
	{`""`, func(s string) string { return strings.ReplaceAll(s, `""`, `"`) }},
	{`''`, func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, `'"'"'`, `'`), `''`, `'`) }},
	// YAML, Python and people write single quotes for double ones.
	{`'`, func(s string) string { return strings.ReplaceAll(s, `'`, `"`) }},
	{`=3D`, quotedPrintable}, {`=22`, quotedPrintable},
}

// longestPath is the length of a path before a folder whose name begins with a dot.
const longestPath = 200

// unescaped resolves the escapes of JSON, Go, Python and Markdown once.
func unescaped(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			out.WriteByte('\n')
		case 'r', 't':
			out.WriteByte(' ')
		case 'x', 'u':
			digits := 2
			if c == 'u' {
				digits = 4
			}
			n, err := strconv.ParseUint(s[i+1:min(len(s), i+1+digits)], 16, 32)
			if err != nil || i+digits >= len(s) || !utf8.ValidRune(rune(n)) {
				out.WriteByte('\\')
				i--
				if i+1 < len(s) {
					i++
					out.WriteByte(c)
				}
				continue
			}
			out.WriteRune(rune(n))
			i += digits
		default:
			if wordByte(c) && c != '_' || c == ' ' || c == '.' && strings.Contains(s[max(0, i-longestPath):i], `:\`) {
				// A path of Windows has no escapes.
				out.WriteByte('\\')
			}
			out.WriteByte(c)
		}
	}
	return out.String()
}

// queryDecoded is percentDecoded for a text without percent signs.
func queryDecoded(s string) string {
	if strings.Contains(s, "%") {
		return s
	}
	return percentDecoded(s)
}

// percentDecoded resolves the escapes of URLs.
func percentDecoded(s string) string {
	if strings.Contains(s, "%!") {
		// Go's marks of wrong arguments.
		return s
	}
	return hexDecoded(strings.NewReplacer("+", " ", "&", "\n", "=", "=\n").Replace(s), '%')
}

// quotedPrintable resolves the escapes of mails.
func quotedPrintable(s string) string { return hexDecoded(s, '=') }

// hexDecoded resolves two hexadecimal digits after a mark.
func hexDecoded(s string, mark byte) string {
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == mark && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}
