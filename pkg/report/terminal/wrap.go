package terminal

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/bidi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// hang writes words wrapped to a limit. The first line follows lead, and the others are indented by its width.
func (p *page) hang(at int, lead, words []piece, limit int) {
	words = slices.Clone(words)
	for i := range words {
		words[i].text = finding.Shorten(words[i].text, mostLine)
	}
	margin := strings.Repeat(" ", at)
	all := wrap(words, limit-at-width(lead))
	if len(all) == 0 {
		all = [][]piece{nil}
	}
	for i, line := range all {
		if i == 0 {
			line = trimRight(append(slices.Clone(lead), line...))
		}
		if len(line) > 0 {
			p.out.WriteString(margin + p.render(line...))
		}
		p.blank()
		if i == 0 {
			margin += strings.Repeat(" ", width(lead))
		}
	}
}

func trimRight(pieces []piece) []piece {
	for n := len(pieces); n > 0; n-- {
		pieces[n-1].text = strings.TrimRight(pieces[n-1].text, " ")
		if pieces[n-1].text != "" {
			return pieces[:n]
		}
	}
	return nil
}

// breakpoints are the characters at which a word that is longer than a line is broken. hide replaces them in other
// words, and spaces in text that is not broken, so that the library does not break there. Package escape removes
// the replacements from foreign text.
const breakpoints = "/:.,-_=&?;"

var hide, show = func() (hide, show *strings.Replacer) {
	var from, to []string
	for i, r := range []rune(breakpoints + " ") {
		from, to = append(from, string(r), string(rune(0xe000+i))), append(to, string(rune(0xe000+i)), string(r))
	}
	return strings.NewReplacer(from...), strings.NewReplacer(to...)
}()

// wrap breaks pieces into lines of at most the given width, at spaces.
func wrap(pieces []piece, limit int) [][]piece {
	limit = max(limit, 1)
	var b strings.Builder
	for _, one := range pieces {
		if one.whole && ansi.StringWidth(one.text) <= limit {
			one.text = hide.Replace(one.text)
		}
		b.WriteString(one.text)
	}
	words := joined(strings.Split(apart(b.String()), " "), limit)
	for i, w := range words {
		if n := max(len(w)-1, 0); ansi.StringWidth(w) <= limit {
			words[i] = hide.Replace(w)
		} else if w[n] < utf8.RuneSelf {
			// The word keeps its last character.
			words[i] = w[:n] + hide.Replace(w[n:])
		}
	}
	lines := strings.Split(ansi.Wrap(strings.Join(words, " "), limit, breakpoints), "\n")
	for i := len(lines) - 1; i > 0; i-- {
		// The library separates a letter from its combining marks.
		rest := strings.TrimLeftFunc(lines[i], unicode.IsMark)
		lines[i-1] += lines[i][:len(lines[i])-len(rest)]
		lines[i] = rest
	}
	var out [][]piece
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if ansi.StringWidth(line) > limit {
			// The library exceeds its limit after many consecutive breakpoints.
			line = ansi.Hardwrap(line, limit, true)
		}
		for part := range strings.SplitSeq(show.Replace(line), "\n") {
			if part = strings.TrimSpace(part); part != "" {
				var of []piece
				of, pieces = cut(pieces, part)
				out = append(out, of)
			}
		}
	}
	return out
}

var (
	count = regexp.MustCompile(`^\([0-9,]+\)[,.;:]?$`)
	clock = regexp.MustCompile(`^[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?[,.;:)]*$`)
	date  = regexp.MustCompile(`[0-9]{2}-[0-9]{2}$`)
)

// joined keeps a number in parentheses next to the counted word, and a time of day next to its date.
func joined(words []string, limit int) []string {
	var out []string
	for _, w := range words {
		if n := len(out) - 1; n >= 0 && (count.MatchString(w) && out[n] != "" || clock.MatchString(w) && date.MatchString(out[n])) {
			if both := out[n] + " " + w; ansi.StringWidth(both) <= limit {
				out[n] = hide.Replace(both)
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// cut separates the pieces of a line from the pieces after it, and drops the spaces between them.
func cut(pieces []piece, line string) (of, rest []piece) {
	for len(pieces) > 0 {
		one := pieces[0]
		if len(of) == 0 {
			one.text = strings.TrimLeft(one.text, " ")
		}
		if len(one.text) > len(line) {
			of = append(of, piece{text: one.text[:len(line)], style: one.style, link: one.link})
			one.text = one.text[len(line):]
			return of, append([]piece{one}, pieces[1:]...)
		}
		if one.text != "" {
			of = append(of, one)
		}
		line, pieces = line[len(one.text):], pieces[1:]
	}
	return of, nil
}

func rightToLeft(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		if r < 0x590 {
			return false
		}
		properties, _ := bidi.LookupRune(r)
		return properties.Class() == bidi.R || properties.Class() == bidi.AL
	})
}

// apart ends the line after right-to-left text, so that the following text is not displayed as a part of it. A
// terminal that reorders text would show a number after a Hebrew name to the left of the name, and two such names
// in reverse. Isolate characters would be copied into commands and role bindings, and libraries only reorder or
// isolate such text.
func apart(s string) string {
	if !rightToLeft(s) {
		return s
	}
	line := []byte(s)
	space, listed, after := -1, false, false // since the last right-to-left letter
	for at, rest, state := 0, s, -1; rest != ""; {
		var c string
		c, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		properties, _ := bidi.LookupString(c)
		switch class := properties.Class(); {
		case class == bidi.R || class == bidi.AL:
			if after && listed && space >= 0 {
				line[space] = '\n'
			}
			space, listed, after = -1, false, true
		case class == bidi.L:
			after = false
		case class == bidi.EN || class == bidi.AN:
			if after && space >= 0 {
				line[space] = '\n'
			}
			after = after && space < 0
		case c == " ":
			space = at
		case strings.Contains(",;", c):
			listed = true
		}
		at += len(c)
	}
	return string(line)
}

// wordsOf returns the words of a command's first line, and the lines after it.
func wordsOf(c finding.Command) (words, more []string) {
	words = c.Words()
	for i, w := range words {
		words[i] = escape.Lines(w)
	}
	for i, w := range words {
		if first, rest, several := strings.Cut(w, "\n"); several {
			// The lines of a quoted manifest stay unchanged.
			return append(words[:i:i], first), strings.Split(strings.Join(append([]string{rest}, words[i+1:]...), " "), "\n")
		}
	}
	return words, nil
}

// wrapCommand breaks a shell command so that it still works when it is pasted. It breaks only between words, never
// inside quotes, and keeps a flag with its value if both fit. A line ends with an operator, after which every
// shell continues, or with a backslash. A single word that is longer than the line is not broken.
func wrapCommand(words []string, columns int) []string {
	lines := wrapProgram(words, columns)
	if apart := wrapPrograms(words, columns); len(words) > 0 && len(apart) <= len(lines) {
		return apart
	}
	return lines
}

// deeper is the indentation of a command's further lines.
const deeper = "    "

// wrapPrograms breaks a command after its operators, and a program only if it is too long for a line.
func wrapPrograms(words []string, columns int) []string {
	var lines []string
	broken := false
	for from, to := 0, 0; to < len(words); from = to {
		for to++; to < len(words) && !operator(words[to-1]); {
			to++
		}
		program := strings.Join(words[from:to], " ")
		n := len(lines)
		if n > 0 && !broken && ansi.StringWidth(lines[n-1])+1+ansi.StringWidth(program) <= columns {
			lines[n-1] += " " + program
			continue
		}
		margin := ""
		if n > 0 {
			margin = deeper
		}
		of := wrapProgram(words[from:to], columns-len(margin))
		for _, line := range of {
			lines = append(lines, margin+line)
		}
		broken = len(of) > 1
	}
	return lines
}

// operator reports whether a shell continues with the next line after this word.
func operator(word string) bool { return word == "&&" || word == "||" || word == "|" }

// wrapProgram breaks words with a backslash at the end of each line but the last.
func wrapProgram(words []string, columns int) []string {
	const tail = ` \`
	var lines []string
	line := ""
	for _, unit := range units(words, columns-len(deeper)-len(tail)) {
		switch {
		case line == "":
			line = unit
		case ansi.StringWidth(line)+1+ansi.StringWidth(unit)+len(tail) > columns:
			lines = append(lines, line+tail)
			line = deeper + unit
		default:
			line += " " + unit
		}
	}
	if n := len(lines); n > 0 {
		// The last line needs no room for a backslash, so it may fit on the line above.
		if last := strings.TrimSuffix(lines[n-1], tail) + " " + strings.TrimPrefix(line, deeper); ansi.StringWidth(last) <= columns {
			line = last
			lines = lines[:n-1]
		}
	}
	return append(lines, line)
}

// units joins each long flag to the word after it, if that is its value and both
// fit on one line.
func units(words []string, columns int) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		if strings.HasPrefix(w, "--") && !strings.Contains(w, "=") && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			if both := w + " " + words[i+1]; ansi.StringWidth(both) <= columns {
				w = both
				i++
			}
		}
		out = append(out, w)
	}
	return out
}
