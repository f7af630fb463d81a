package picture

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// style is what SGR sequences set; the zero value is plain text.
type style struct {
	color, ground                           color
	bold, faint, italic, underline, inverse bool
}

// color is the terminal's default (0), or one of its sixteen colours: 1 to 16.
type color uint8

// A run is text in one style, at a column of its line. Its width does not depend on the font: a run is plain letters, which
// each monospaced font has, or one character, which may be repeated.
type run struct {
	text   string
	column int
	cells  int
	style  style
	plain  bool   // of letters that are one column wide in any font
	glyph  string // the character that it repeats, if not plain
}

// screen is the content of a terminal.
type screen struct {
	columns int
	lines   [][]run
	column  int // where the next character goes
	style   style
}

// show writes text to a terminal with that many columns and as many rows as needed. It interprets SGR sequences with the
// sixteen colours. It drops all other escape sequences, control characters, invisible characters, and those that change
// the direction of text.
func show(text string, columns int) [][]run {
	s := screen{columns: columns, lines: [][]run{nil}}
	text = strings.ToValidUTF8(text, "\uFFFD")
	for text != "" {
		n := strings.IndexFunc(text, unicode.IsControl)
		if n < 0 {
			n = len(text)
		}
		s.print(text[:n])
		text = text[n:]
		if text == "" {
			break
		}
		c, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch c {
		case '\n':
			s.newline()
		case '\t':
			s.print(strings.Repeat(" ", min(8-s.column%8, max(s.columns-s.column, 0))))
		case '\x1b':
			text = s.escape(text)
		case '\u009b':
			text = s.control(text)
		case '\u0090', '\u0098', '\u009d', '\u009e', '\u009f':
			text = afterString(text)
		}
	}
	for n := len(s.lines); n > 0 && len(s.lines[n-1]) == 0; n-- {
		s.lines = s.lines[:n-1]
	}
	return s.lines
}

func (s *screen) newline() {
	s.lines = append(s.lines, nil)
	s.column = 0
}

// print adds text without control characters.
func (s *screen) print(text string) {
	state := -1
	var cluster string
	for text != "" {
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		cluster = visible(cluster)
		if width := uniseg.StringWidth(cluster); width > 0 {
			s.put(cluster, min(width, 2))
		}
	}
}

// mostMarks bounds the characters of a letter, so that combining marks cannot cover other lines.
const mostMarks = 8

// visible returns the visible part of a character that XML allows.
func visible(cluster string) string {
	var out strings.Builder
	n := 0
	for _, c := range cluster {
		const joiner = '\u200d' // of emoji
		switch {
		case unicode.Is(unicode.Cf, c) && c != joiner, c == '\u2028', c == '\u2029':
			continue
		case c == '\ufffe', c == '\uffff':
			c = '\ufffd'
		}
		if n++; n > mostMarks {
			break
		}
		out.WriteRune(c)
	}
	return out.String()
}

func (s *screen) put(cluster string, width int) {
	if s.column+width > s.columns {
		s.newline()
	}
	plain := isPlain(cluster)
	line := &s.lines[len(s.lines)-1]
	if n := len(*line); n > 0 {
		last := &(*line)[n-1]
		if last.style == s.style && last.column+last.cells == s.column && (last.plain && plain || !plain && last.glyph == cluster) {
			last.text += cluster
			last.cells += width
			s.column += width
			return
		}
	}
	r := run{text: cluster, column: s.column, cells: width, style: s.style, plain: plain}
	if !plain {
		r.glyph = cluster
	}
	*line = append(*line, r)
	s.column += width
}

// isPlain reports whether a character is a Latin letter or sign that each monospaced font has.
func isPlain(cluster string) bool {
	c, size := utf8.DecodeRuneInString(cluster)
	return size == len(cluster) && (c < 0x7f || c >= 0xc0 && c <= 0x17f)
}

// escape interprets an escape sequence after its ESC, and returns the rest of the text.
func (s *screen) escape(text string) string {
	if text == "" {
		return ""
	}
	switch text[0] {
	case '[':
		return s.control(text[1:])
	case ']', 'P', 'X', '^', '_':
		return afterString(text[1:])
	}
	n := 0
	for n < len(text) && text[n] >= 0x20 && text[n] <= 0x2f {
		n++
	}
	if n < len(text) && text[n] >= 0x30 && text[n] <= 0x7e {
		n++
	}
	return text[n:]
}

// control interprets a control sequence (ECMA-48, 5.4) after its introducer.
func (s *screen) control(text string) string {
	n := 0
	for n < len(text) && text[n] >= 0x20 && text[n] <= 0x3f {
		n++
	}
	if n < len(text) && text[n] >= 0x40 && text[n] <= 0x7e {
		if text[n] == 'm' {
			s.render(text[:n])
		}
		n++
	}
	return text[n:]
}

// afterString skips a control string (ECMA-48, 5.6), which ends with ST, or on terminals also with BEL.
func afterString(text string) string {
	for i, c := range text {
		switch {
		case c == '\a':
			return text[i+1:]
		case c == '\u009c':
			return text[i+len("\u009c"):]
		case c == '\x1b' && strings.HasPrefix(text[i+1:], `\`):
			return text[i+2:]
		}
	}
	return ""
}

// render is Select Graphic Rendition (ECMA-48, 8.3.117). Unknown parameters are ignored.
func (s *screen) render(parameters string) {
	if strings.Trim(parameters, "0123456789;") != "" {
		return
	}
	codes := strings.Split(parameters, ";")
	for i := 0; i < len(codes); i++ {
		code, err := strconv.Atoi(codes[i])
		if err != nil && codes[i] != "" {
			continue
		}
		switch {
		case code == 0:
			s.style = style{}
		case code == 1:
			s.style.bold = true
		case code == 2:
			s.style.faint = true
		case code == 3:
			s.style.italic = true
		case code == 4:
			s.style.underline = true
		case code == 7:
			s.style.inverse = true
		case code == 22:
			s.style.bold, s.style.faint = false, false
		case code == 23:
			s.style.italic = false
		case code == 24:
			s.style.underline = false
		case code == 27:
			s.style.inverse = false
		case code >= 30 && code <= 37:
			s.style.color = color(code - 30 + 1)
		case code == 39:
			s.style.color = 0
		case code >= 40 && code <= 47:
			s.style.ground = color(code - 40 + 1)
		case code == 49:
			s.style.ground = 0
		case code >= 90 && code <= 97:
			s.style.color = color(code - 90 + 9)
		case code >= 100 && code <= 107:
			s.style.ground = color(code - 100 + 9)
		case code == 38 || code == 48 || code == 58:
			// A colour of another palette: its numbers are not SGR codes.
			switch {
			case i+1 < len(codes) && codes[i+1] == "5":
				i += 2
			case i+1 < len(codes) && codes[i+1] == "2":
				i += 4
			}
		}
	}
}
