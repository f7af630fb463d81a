// Package picture draws the content of a terminal as an SVG image: text on the grid of its cells, without scripts and external
// references. The same text gives the same bytes.
package picture

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Picture is the window of a terminal.
type Picture struct {
	// Title describes the picture in a few words, and Description in a sentence or two, for screen readers.
	Title, Description string
	// Columns of the terminal; 0 means 80.
	Columns int
	// Text is the terminal's content, with its colours.
	Text string
	// Session, if set, replaces Text: the picture is animated, and plays once.
	Session []Entry
}

// Entry is a typed command and its output, with its colours.
type Entry struct{ Command, Output string }

// part is lines that appear together.
type part struct {
	lines [][]run
	// at is the delay after the picture was loaded; 0 in a still picture.
	at time.Duration
	// typed lines appear word by word.
	typed bool
}

// The durations of the steps of a session.
const (
	beforeTyping = 700 * time.Millisecond
	perWord      = 180 * time.Millisecond
	beforeOutput = 400 * time.Millisecond
	toRead       = 1500 * time.Millisecond // between an output and the next command
)

// parts are the lines of the picture, from top to bottom.
func (p Picture) parts(columns int) []part {
	if len(p.Session) == 0 {
		return []part{{lines: show(p.Text, columns)}}
	}
	var out []part
	at := beforeTyping
	for i, e := range p.Session {
		command := show(Prompt(e.Command), columns)
		if i > 0 {
			command = append([][]run{nil}, command...)
		}
		out = append(out, part{lines: command, at: at, typed: true})
		at += time.Duration(len(strings.Fields(e.Command)))*perWord + beforeOutput
		out = append(out, part{lines: show(e.Output, columns), at: at})
		at += toRead
	}
	return out
}

// Prompt returns a command after a shell's prompt, with its colours.
func Prompt(command string) string {
	return "\x1b[2m$\x1b[0m \x1b[1m" + command + "\x1b[0m\n"
}

// Sizes in pixels. A character is assumed to be three fifths as wide as high, as in most monospaced fonts. textLength adjusts the
// space between letters, so that columns are aligned in any font.
const (
	fontSize   = 15
	cellWidth  = 9
	lineHeight = 21
	baseline   = 15 // of a line's text, from the line's top
	barHeight  = 34
	marginX    = 24
	marginY    = 18
	corner     = 9
	// How far the background of text extends beyond its cells and above the baseline.
	groundMargin = 1
	groundTop    = 15
)

// fonts are the monospaced fonts of common systems; the first available one is used.
const fonts = `ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace`

// SVG returns the picture as an SVG image.
func (p Picture) SVG(theme Theme) []byte {
	columns := p.Columns
	if columns <= 0 {
		columns = 80
	}
	parts := p.parts(columns)
	lines := 0
	for _, part := range parts {
		lines += len(part.lines)
	}
	width := columns*cellWidth + 2*marginX
	height := barHeight + lines*lineHeight + 2*marginY

	var body strings.Builder
	var used []style
	drawn := 0
	for _, part := range parts {
		body.WriteString(part.open(part.at))
		for i, line := range part.lines {
			y := barHeight + marginY + (drawn+i)*lineHeight + baseline
			for _, g := range grounds(line, theme) {
				fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="%s"/>`+"\n",
					marginX+g.column*cellWidth-groundMargin, y-groundTop, g.cells*cellWidth+2*groundMargin, lineHeight-1, g.text)
			}
			gap := "  "
			if part.typed {
				gap = " "
			}
			for n, r := range words(line, gap) {
				if !slices.Contains(used, r.style) {
					used = append(used, r.style)
				}
				text := fmt.Sprintf(`<text%s x="%d" y="%d" textLength="%d"%s>%s</text>`+"\n",
					r.style.attribute(), marginX+r.column*cellWidth, y, r.cells*cellWidth, r.adjust(), escape(r.text))
				if part.typed && n > 0 {
					// The first word is the prompt, which is visible before the command.
					text = part.open(part.at+time.Duration(n-1)*perWord) + text + "</g>\n"
				}
				body.WriteString(text)
			}
		}
		if part.at > 0 {
			body.WriteString("</g>\n")
		}
		drawn += len(part.lines)
	}

	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&out, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escape(oneLine(p.Title)), escape(oneLine(p.Description)))
	fmt.Fprintf(&out, "<style>\ntext{font:%dpx %s;font-variant-ligatures:none;fill:%s}\n", fontSize, fonts, theme.text)
	slices.SortFunc(used, func(a, b style) int { return strings.Compare(a.class(), b.class()) })
	for _, s := range used {
		if s != (style{}) {
			fmt.Fprintf(&out, ".%s{%s}\n", s.class(), s.rules(theme))
		}
	}
	if len(p.Session) > 0 {
		// With reduced motion, or without animated styles, everything is visible at once.
		out.WriteString("@media (prefers-reduced-motion:no-preference){g{animation:appear 1ms backwards}}\n@keyframes appear{from{visibility:hidden}}\n")
	}
	out.WriteString("</style>\n")
	fmt.Fprintf(&out, `<rect x=".5" y=".5" width="%d" height="%d" rx="%d" fill="%s" stroke="%s"/>`+"\n", width-1, height-1, corner, theme.background, theme.border)
	fmt.Fprintf(&out, `<path d="M1 %dV%da%d %d 0 0 1 %d-%dH%da%d %d 0 0 1 %d %dV%dz" fill="%s"/>`+"\n",
		barHeight, corner+1, corner, corner, corner, corner, width-corner-1, corner, corner, corner, corner, barHeight, theme.bar)
	fmt.Fprintf(&out, `<path d="M1 %d.5H%d" stroke="%s"/>`+"\n", barHeight, width-1, theme.border)
	for i := range 3 {
		fmt.Fprintf(&out, `<circle cx="%d" cy="%d" r="5" fill="%s"/>`+"\n", 20+i*17, barHeight/2, theme.dot)
	}
	out.WriteString(body.String() + "</svg>\n")
	return []byte(out.String())
}

// grounds are the cells of a line with a background; the text of each is its colour.
func grounds(line []run, theme Theme) []run {
	var out []run
	for _, r := range line {
		_, ground := theme.of(r.style)
		if n := len(out); n > 0 && ground == out[n-1].text && out[n-1].column+out[n-1].cells == r.column {
			out[n-1].cells += r.cells
		} else if ground != "" {
			out = append(out, run{text: ground, column: r.column, cells: r.cells})
		}
	}
	return out
}

// words are the runs of a line, split at each gap of spaces: SVG renderers collapse several spaces into one. A space with a
// combining mark counts as a letter.
func words(line []run, gap string) []run {
	var out []run
	for _, r := range line {
		if !r.plain {
			out = append(out, r)
			continue
		}
		for part := range strings.SplitSeq(r.text, gap) {
			text := strings.Trim(part, " ")
			if text != "" {
				word := r
				word.text = text
				word.column += len([]rune(part)) - len([]rune(strings.TrimLeft(part, " ")))
				word.cells = len([]rune(text))
				out = append(out, word)
			}
			r.column += len([]rune(part)) + len(gap)
		}
	}
	return out
}

// adjust returns the attribute that makes box-drawing characters meet.
func (r run) adjust() string {
	if c := []rune(r.glyph); len(c) == 1 && c[0] >= 0x2500 && c[0] <= 0x259f {
		return ` lengthAdjust="spacingAndGlyphs"`
	}
	return ""
}

// open begins a group of elements that appear together; it does nothing in a still picture.
func (p part) open(at time.Duration) string {
	if p.at == 0 {
		return ""
	}
	return fmt.Sprintf(`<g style="animation-delay:%dms">`+"\n", at.Milliseconds())
}

// class returns the name of a style's CSS class.
func (s style) class() string {
	name := ""
	for _, attribute := range []struct {
		is   bool
		name string
	}{{s.bold, "b"}, {s.faint, "f"}, {s.italic, "i"}, {s.underline, "u"}, {s.inverse, "r"}} {
		if attribute.is {
			name += attribute.name
		}
	}
	if s.color > 0 {
		name += fmt.Sprintf("c%d", s.color-1)
	}
	if s.ground > 0 {
		name += fmt.Sprintf("g%d", s.ground-1)
	}
	return name
}

func (s style) attribute() string {
	if s == (style{}) {
		return ""
	}
	return ` class="` + s.class() + `"`
}

func (s style) rules(theme Theme) string {
	var rules []string
	if c, _ := theme.of(s); c != theme.text {
		rules = append(rules, "fill:"+c)
	}
	if s.bold {
		rules = append(rules, "font-weight:bold")
	}
	if s.italic {
		rules = append(rules, "font-style:italic")
	}
	if s.underline {
		rules = append(rules, "text-decoration:underline")
	}
	return strings.Join(rules, ";")
}

// oneLine returns text on one line, without invisible characters.
func oneLine(s string) string {
	var out strings.Builder
	for i, line := range show(s, math.MaxInt) {
		if i > 0 {
			out.WriteByte(' ')
		}
		for _, r := range line {
			out.WriteString(r.text)
		}
	}
	return out.String()
}

func escape(s string) string {
	var out strings.Builder
	if err := xml.EscapeText(&out, []byte(s)); err != nil {
		panic(err) // a strings.Builder takes everything
	}
	return out.String()
}
