package errortext

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Normal is a pasted text in its normal form: lines of plain characters, without colors, borders
// and the marks of quotations.
//
// People paste what a terminal, a mail, a web page or a CI system shows. Normalise undoes what these
// did to a text, once, before anything looks at it. What it does not undo is wrapping, which is
// ambiguous: Find reads broken lines in several ways and keeps the way that explains most.
type Normal struct{ lines []string }

// Normalise returns the normal form of a text.
func Normalise(text string) Normal {
	lines := strings.Split(apart(characters(utf8Text(text))), "\n")
	for i, line := range lines {
		lines[i] = bare(line)
	}
	lines[0] = withBeginning(lines[0])
	return Normal{lines}
}

// withBeginning completes the first line of a text that was cut within the words before an API server's err=.
func withBeginning(line string) string {
	const shortest = len("the request")
	for _, words := range []string{unable + `" err=`, unable + ` due to an error: `} {
		known := unable[len(unable)-shortest:] + words[len(unable):]
		at := strings.Index(line, known)
		if at < 0 || at >= len(unable)-shortest {
			continue
		}
		if end := at + shortest; line[:end] == unable[len(unable)-end:] {
			return unable + line[end:]
		}
	}
	return line
}

// Map returns the text with other lines: those that rewrite returns for all lines. It has to return
// as many. The lines are without what a transport put before each of them.
func (n Normal) Map(rewrite func(lines []string) []string) Normal {
	before, lines := make([]string, len(n.lines)), make([]string, len(n.lines))
	for i, line := range n.lines {
		if line != "" {
			at := ahead(line)
			before[i], lines[i] = line[:at], line[at:]
		}
	}
	out := slices.Clone(rewrite(lines))
	for i := range out {
		out[i] = before[i] + out[i]
	}
	return Normal{out}
}

// String returns the lines.
func (n Normal) String() string { return strings.Join(n.lines, "\n") }

// utf8Text decodes UTF-16 with a byte order mark, as PowerShell writes it into files.
func utf8Text(text string) string {
	order := 0
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
	case strings.HasPrefix(text, "\xfe\xff"):
		order = 1
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, uint16(text[i+order])|uint16(text[i+1-order])<<8)
	}
	return string(utf16.Decode(units))
}

// typographic maps characters to those that programs print.
var typographic = map[rune]string{
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '″': `"`, '«': `"`, '»': `"`, '〝': `"`, '〞': `"`, '〟': `"`, '「': `"`, '」': `"`, '『': `"`, '』': `"`,
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '‹': "'", '›': "'", '´': "'", 'ʼ': "'", 'ʹ': "'",
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-",
	'…': "...", '。': ".", '、': ",", '【': "[", '】': "]", '〔': "[", '〕': "]", '∶': ":", '⁄': "/", '∕': "/",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl",
	'\u0085': "\n", '\u2028': "\n", '\u2029': "\n", '␤': "\n", '␛': "\x1b",
}

// mojibake has UTF-8 that something read as Windows-1252.
var mojibake = strings.NewReplacer("â€œ", `"`, "â€\u009d", `"`, "â€\x9d", `"`, "â€˜", "'", "â€™", "'", "â€“", "-", "â€”", "-", "â€¦", "...", "Â\u00a0", " ", "ï»¿", "")

// characters returns a text with the characters that programs print: no escape sequences, no invisible
// characters, one kind of quotes, spaces and line ends, and no character references of HTML.
func characters(text string) string {
	if strings.Contains(text, "â€") || strings.Contains(text, "Â\u00a0") || strings.Contains(text, "ï»¿") {
		text = mojibake.Replace(text)
	}
	var out strings.Builder
	out.Grow(len(text))
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if n, plain := asciiEscape(text[i:]); n > 0 {
				out.WriteString(plain)
				i += n
				continue
			}
			switch {
			case c == '\n', c >= ' ' && c != 0x7f:
				out.WriteByte(c)
			case c == '\t':
				out.WriteByte(' ')
			case c == '\v', c == '\f', c == '\r' && strings.TrimLeft(text[i:], "\r") != "" && strings.TrimLeft(text[i:], "\r")[0] != '\n':
				out.WriteByte('\n')
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out.WriteByte(text[i])
		case r == 0x9b:
			size += control(text[i+size:], "[")
		default:
			out.WriteString(character(r))
		}
		i += size
	}
	return out.String()
}

// character returns what a program would print in place of a character beyond ASCII.
func character(r rune) string {
	if s, ok := typographic[r]; ok {
		return s
	}
	switch {
	case r == '\u202d', r == '\u202e':
		// What turns the direction of a text around is no trace of pasting: a report shows it.
		return string(r)
	case r >= 0xff01 && r <= 0xff5e:
		return string(r - 0xff01 + '!')
	case unicode.Is(unicode.Zs, r):
		return " "
	case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Cc, r), r >= 0xfe00 && r <= 0xfe0f, r == 0x034f:
		return ""
	}
	return string(r)
}

// typed returns a text with the quotes and dashes of a keyboard.
func typed(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		out.WriteString(character(r))
	}
	return out.String()
}

// asciiEscape returns the length of what stands for something else at the start of a text, and what
// it stands for: an escape sequence of a terminal, also written out, and a reference or a tag of
// HTML. The length is 0 for anything else.
func asciiEscape(text string) (n int, plain string) {
	switch text[0] {
	case 0x1b:
		return 1 + control(text[1:], ""), ""
	case '&':
		return reference(text)
	case '<':
		return tag(text)
	case '\\', '^', '#', '[':
		return written(text), ""
	}
	return 0, ""
}

// control returns the length of a terminal's control sequence after ESC, or after the introducer.
func control(text, introducer string) int {
	from := 0
	if introducer == "" {
		if text == "" {
			return 0
		}
		introducer, from = text[:1], 1
	}
	switch introducer {
	case "[":
		for i := from; i < min(len(text), from+40); i++ {
			if text[i] >= 0x40 && text[i] <= 0x7e {
				return i + 1
			}
			if text[i] < 0x20 || text[i] > 0x7e {
				return i
			}
		}
		return from
	case "]", "P", "_", "^":
		// A title or a hyperlink, up to BEL or ST. Without an end in the same line, only the
		// introducer goes.
		for i := from; i < min(len(text), from+2048) && text[i] != '\n'; i++ {
			switch {
			case text[i] == 0x07:
				return i + 1
			case text[i] == 0x1b && i+1 < len(text) && text[i+1] == '\\':
				return i + 2
			case strings.HasPrefix(text[i:], "\u009c"):
				return i + len("\u009c")
			}
		}
		return from
	case "(", ")", "#", "%":
		return min(len(text), from+1)
	case "\n", "\r":
		return 0
	}
	return from
}

// written returns the length of an escape sequence whose ESC is written out or lost: `\x1b[31m`,
// `\u001b[0m`, `\033[0m`, `\e[0m`, `^[[0m`, `#033[0m`, `[31m`.
func written(text string) int {
	rest := text
	switch text[0] {
	case '\\':
		text = text[:min(len(text), 128)]
		rest = strings.TrimLeft(text, `\`)
		for _, esc := range []string{"x1b", "x1B", "u001b", "u001B", "033", "e"} {
			if after, ok := strings.CutPrefix(rest, esc+"["); ok {
				return sequence(text, after)
			}
		}
		return 0
	case '^':
		rest = strings.TrimPrefix(text, "^[[")
	case '#':
		if rest = strings.TrimPrefix(text, "#033["); rest == text {
			rest = strings.TrimPrefix(text, "#[")
		}
	case '[':
		rest = text[1:]
	}
	if rest == text {
		return 0
	}
	n := sequence(text, rest)
	if (text[0] == '[' || text[0] == '#') && n > 0 && (!isDigit(rest[0]) || strings.IndexByte("mK", text[n-1]) < 0 || n < len(text) && text[n] == ']') {
		// [5m] is a duration.
		return 0
	}
	return n
}

// sequence returns the length of a sequence of text whose parameters are at the start of rest.
func sequence(text, rest string) int {
	end := strings.TrimLeft(rest[:min(len(rest), 24)], "0123456789;?")
	if end == "" || !unicode.IsLetter(rune(end[0])) {
		return 0
	}
	return len(text) - len(rest) + min(len(rest), 24) - len(end) + 1
}

// references are the named character references that stand in pasted errors.
var references = map[string]string{
	"quot": `"`, "apos": "'", "lt": "<", "gt": ">", "amp": "&", "nbsp": " ", "ensp": " ", "emsp": " ", "thinsp": " ", "shy": "", "zwnj": "", "zwj": "", "ZeroWidthSpace": "",
	"ldquo": `"`, "rdquo": `"`, "bdquo": `"`, "laquo": `"`, "raquo": `"`, "lsquo": "'", "rsquo": "'", "sbquo": "'", "prime": "'", "Prime": `"`, "QUOT": `"`, "LT": "<", "GT": ">", "AMP": "&",
	"ndash": "-", "mdash": "-", "minus": "-", "hyphen": "-", "hellip": "...", "colon": ":", "semi": ";", "comma": ",", "period": ".", "sol": "/", "bsol": `\`, "equals": "=", "lowbar": "_",
	"lpar": "(", "rpar": ")", "lbrack": "[", "lsqb": "[", "rbrack": "]", "rsqb": "]", "lcub": "{", "rcub": "}", "num": "#", "commat": "@", "percnt": "%", "plus": "+", "NewLine": "\n", "Tab": " ",
}

// reference reads a character reference, which may be escaped more than once.
func reference(text string) (n int, plain string) {
	rest := text[1:]
	for strings.HasPrefix(rest, "amp;") {
		rest = rest[len("amp;"):]
	}
	name, _, ok := strings.Cut(rest[:min(len(rest), 16)], ";")
	n = len(text) - len(rest)
	if ok {
		if digits, numeric := strings.CutPrefix(name, "#"); numeric {
			base := 10
			if strings.HasPrefix(strings.ToLower(digits), "x") {
				digits, base = digits[1:], 16
			}
			if c, err := strconv.ParseInt(digits, base, 32); err == nil && c > 0 && utf8.ValidRune(rune(c)) {
				switch {
				case c >= 0x80:
					return n + len(name) + 1, character(rune(c))
				case c >= ' ' || c == '\n':
					return n + len(name) + 1, string(rune(c))
				}
				return n + len(name) + 1, " "
			}
		} else if plain, known := references[name]; known {
			return n + len(name) + 1, plain
		}
	}
	if n > 1 {
		return n, "&"
	}
	return 0, ""
}

// tags are the tags of a page around an error, and what they stand for. Those of a whole document
// stay: that a page came in place of an API server's answer is a finding of its own.
var tags = map[string]string{
	"br": "\n", "p": "\n", "div": "\n", "li": "\n", "tr": "\n", "pre": "\n",
	"b": "", "i": "", "em": "", "strong": "", "code": "", "tt": "", "kbd": "", "samp": "", "span": "", "font": "", "td": " ", "wbr": "", "mark": "",
}

func tag(text string) (n int, plain string) {
	name := strings.TrimPrefix(text[1:min(len(text), 200)], "/")
	end := strings.IndexByte(name, '>')
	if end < 0 {
		return 0, ""
	}
	n = 1 + len(text[1:min(len(text), 200)]) - len(name) + end + 1
	word, attributes, _ := strings.Cut(strings.TrimSuffix(name[:end], "/"), " ")
	plain, known := tags[strings.ToLower(word)]
	if !known || attributes != "" && !strings.Contains(attributes, "=") {
		return 0, ""
	}
	return n, plain
}

// borders are the ASCII characters of which lines between parts of a text are made.
const borders = "-=+_*~#|"

// isBox reports whether a character draws a box.
func isBox(r rune) bool { return r >= 0x2500 && r <= 0x259f }

// bare returns a line without its indentation, the marks of quotations, comments and code blocks,
// and the borders of a box.
func bare(line string) string {
	boxed := false
	for {
		line = strings.TrimLeft(line, " ")
		if line == "" {
			return ""
		}
		r, size := utf8.DecodeRuneInString(line)
		switch {
		case r == '>' || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "// "):
			line = line[strings.IndexByte(line, line[0])+1:]
			line = strings.TrimLeft(line, "/")
			continue
		case r == '|' || isBox(r):
			boxed = true
			line = line[size:]
			continue
		case strings.HasPrefix(line, "```"), strings.HasPrefix(line, "~~~"), len(line) > 2 && strings.Trim(line, borders) == "":
			return ""
		case r > utf8.RuneSelf && r != utf8.RuneError && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			// A bullet, an arrow, a cross.
			line = line[size:]
			continue
		case strings.HasPrefix(line, "##["), strings.HasPrefix(line, "##vso["):
			// Azure Pipelines.
			if end := strings.IndexByte(line[:min(len(line), 100)], ']'); end > 0 {
				line = line[end+1:]
				continue
			}
		case strings.HasPrefix(line, "::error"), strings.HasPrefix(line, "::warning"):
			// GitHub Actions.
			if end := strings.Index(line[2:min(len(line), 400)], "::"); end > 0 {
				line = line[end+4:]
				continue
			}
		}
		break
	}
	return squeezed(tail(line, boxed))
}

// tail returns a line without the white space, the border and the mark of a broken line at its end.
func tail(line string, boxed bool) string {
	line = strings.TrimRight(line, " ")
	r, size := utf8.DecodeLastRuneInString(line)
	if (r == '|' || isBox(r)) && (boxed || strings.HasSuffix(line[:len(line)-size], "  ")) || r == '↵' || r == '⏎' || r == '¶' || r == '␍' {
		line = strings.TrimRight(line[:len(line)-size], " ")
	}
	return line
}

// markup are the marks of wikis and trackers around an error.
var markup = strings.NewReplacer("{noformat}", "", "{code}", "", "{quote}", "", "`", "")

// squeezed returns a line without repeated spaces and without the marks of Markdown and Jira.
func squeezed(line string) string {
	if strings.IndexByte(line, '`') >= 0 || strings.Contains(line, "{noformat}") || strings.Contains(line, "{code") || strings.Contains(line, "{quote}") {
		line = markup.Replace(line)
		if from := strings.Index(line, "{code:"); from >= 0 {
			if n := strings.IndexByte(line[from:], '}'); n > 0 {
				line = line[:from] + line[from+n+1:]
			}
		}
	}
	if strings.Contains(line, "**") && !strings.Contains(line, "***") && strings.Count(line, "**")%2 == 0 {
		line = strings.ReplaceAll(line, "**", "")
	}
	if !strings.Contains(line, "  ") {
		return line
	}
	var out strings.Builder
	out.Grow(len(line))
	for i := range len(line) {
		if line[i] != ' ' || i == 0 || line[i-1] != ' ' {
			out.WriteByte(line[i])
		}
	}
	return out.String()
}
