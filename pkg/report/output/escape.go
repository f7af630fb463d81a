package output

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// escapeJSON writes invisible characters as \u escapes. JSON is ASCII outside of strings, so every replaced
// character is in a string.
func escapeJSON(data []byte) []byte {
	return replaceInvisible(data, func(b *bytes.Buffer, r rune) {
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(b, `\u%04x`, unit)
		}
	})
}

// escapeYAML does the same for YAML, in which printYAML has put every such string
// in double quotes. YAML knows no surrogate pairs.
func escapeYAML(data []byte) []byte {
	return replaceInvisible(data, func(b *bytes.Buffer, r rune) {
		if r > 0xffff {
			fmt.Fprintf(b, `\U%08X`, r)
			return
		}
		fmt.Fprintf(b, `\u%04X`, r)
	})
}

// escapeText escapes the output of a template, except line breaks and tabs.
func escapeText(data []byte) []byte {
	parts := bytes.Split(data, []byte{'\t'})
	for i := range parts {
		parts[i] = []byte(escape.Lines(string(parts[i])))
	}
	return bytes.Join(parts, []byte{'\t'})
}

func replaceInvisible(data []byte, replace func(*bytes.Buffer, rune)) []byte {
	var b bytes.Buffer
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1: // a byte that is not UTF-8
			replace(&b, r)
		case r == '\n', escape.Visible(r):
			b.Write(data[:size])
		default:
			replace(&b, r)
		}
		data = data[size:]
	}
	return b.Bytes()
}
