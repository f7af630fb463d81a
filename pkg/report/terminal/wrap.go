package terminal

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/bidi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// hang writes words wrapped to limit, after lead on the first line and as many
// spaces on the others.
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

func rightToLeft(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		if r < 0x590 {
			return false
		}
		properties, _ := bidi.LookupRune(r)
		return properties.Class() == bidi.R || properties.Class() == bidi.AL
	})
}

// A cell is what a terminal shows as one character: one or two columns wide.
type cell struct {
	text  string
	width int
	style style
	space bool // a line may end here
	apart bool // a line has to end here, at a space
}

func cellsOf(pieces []piece) []cell {
	var cells []cell
	for _, s := range pieces {
		rest, state := s.text, -1
		for rest != "" {
			var c cell
			c.text, rest, c.width, state = uniseg.FirstGraphemeClusterInString(rest, state)
			c.style, c.space = s.style, c.text == " " && !s.whole
			cells = append(cells, c)
		}
	}
	apart(cells)
	return cells
}

// apart keeps text that is written from right to left from drawing what follows into
// its run: a terminal that orders text for reading would show a number behind a Hebrew
// name on its left, and the second of two such names before the first. There the line
// ends. Isolating the name with characters that nobody sees would do as well, where a
// terminal knows them, but they would be copied with it, into commands and role bindings.
func apart(cells []cell) {
	if !slices.ContainsFunc(cells, func(c cell) bool { return rightToLeft(c.text) }) {
		return
	}
	space, listed, after := -1, false, false // since the last letter from right to left
	for i, c := range cells {
		properties, _ := bidi.LookupString(c.text)
		switch class := properties.Class(); {
		case class == bidi.R || class == bidi.AL:
			if after && listed && space >= 0 {
				cells[space].apart = true
			}
			space, listed, after = -1, false, true
		case class == bidi.L:
			after = false
		case class == bidi.EN || class == bidi.AN:
			if after && space >= 0 {
				cells[space].apart = true
			}
			after = after && space < 0
		case c.space:
			space = i
		case strings.Contains(",;", c.text):
			listed = true
		}
	}
}

func piecesOf(cells []cell) []piece {
	var pieces []piece
	for _, c := range cells {
		if n := len(pieces); n > 0 && pieces[n-1].style == c.style {
			pieces[n-1].text += c.text
			continue
		}
		pieces = append(pieces, piece{text: c.text, style: c.style})
	}
	return pieces
}

// wrap breaks pieces into lines of at most the given width, at spaces. A word that
// is longer than a line is broken after a character at which long names divide (a
// slash, a colon, a dot), or wherever the line ends.
func wrap(pieces []piece, width int) [][]piece {
	cells := cellsOf(pieces)
	var lines [][]piece
	for len(cells) > 0 {
		end, next := lineEnd(cells, max(width, 1))
		for end > 0 && cells[end-1].space {
			end--
		}
		lines = append(lines, piecesOf(cells[:end]))
		for next < len(cells) && cells[next].space {
			next++
		}
		cells = cells[next:]
	}
	return lines
}

// lineEnd says where the first line of cells ends, and where the next one begins.
func lineEnd(cells []cell, width int) (end, next int) {
	used, space, divide := 0, 0, 0
	i := 0
	for ; i < len(cells) && used+cells[i].width <= width; i++ {
		if cells[i].apart {
			return i, i
		}
		used += cells[i].width
		switch {
		case cells[i].space:
			space = i
		case strings.Contains("/:.,-_=&?;", cells[i].text):
			divide = i + 1
		}
	}
	switch {
	case i == len(cells), cells[i].space:
		return i, i
	case space > 0 && (space > i/2 || fits(cells[space+1:], width)):
		return space, space + 1
	case divide > i*2/3:
		return divide, divide
	default:
		// A character wider than the whole line goes out all the same.
		i = max(i, 1)
		return i, i
	}
}

// fits reports whether the word that begins cells is no wider than width.
func fits(cells []cell, width int) bool {
	for _, c := range cells {
		if width -= c.width; c.space || width < 0 {
			return c.space
		}
	}
	return true
}

// wordsOf are the words of a command, and the lines after its first.
func wordsOf(c document.Command) (words, more []string) {
	if !c.Run.IsZero() {
		for _, w := range c.Run.Words() {
			words = append(words, lines(finding.T("%s", finding.Message(w))))
		}
		return words, nil
	}
	all := strings.Split(lines(c.Line), "\n")
	return shellWords(all[0]), all[1:]
}

// wrapCommand breaks a shell command so that it still works when it is pasted:
// only between words, never inside quotes, with a backslash at the end of the line,
// and a flag with its value where both fit. A single word that is longer than the
// line stays whole. No library wraps commands: it is done by hand.
func wrapCommand(words []string, columns int) []string {
	const tail, deeper = ` \`, "    "
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
		// The last line needs no room for a backslash: a short one may still fit above.
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

// shellWords splits a command at the spaces between its words; quotes and
// backslashes stay as they are written.
func shellWords(command string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped := false
	for _, r := range command {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == ' ':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
