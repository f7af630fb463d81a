// Package picture draws what a terminal shows as an SVG image: real text on the exact grid of its cells, with no script and
// nothing from elsewhere, the same to the byte for the same text.
package picture

import (
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Picture is a terminal's window.
type Picture struct {
	// Title is what it shows in a few words, Description in a sentence or two. Who cannot see it is read these.
	Title, Description string
	// Columns of the terminal; 80, if 0.
	Columns int
	// Text is what was written to the terminal, with its colours.
	Text string
}

// Prompt is a command as somebody typed it into a shell, with its colours.
func Prompt(command string) string {
	return "\x1b[2m$\x1b[0m \x1b[1m" + command + "\x1b[0m\n"
}

// What it measures, in pixels. The font is three fifths as wide as it is high, as monospaced fonts are by and large: what is
// missing or too much is put between the letters (textLength), so that columns stand where they should in any font.
const (
	fontSize   = 15
	cellWidth  = 9
	lineHeight = 21
	baseline   = 15 // of a line's text, from the line's top
	barHeight  = 34
	marginX    = 24
	marginY    = 18
	corner     = 9
	// How far the ground of text goes beyond its cells, and above the baseline.
	groundMargin = 1
	groundTop    = 15
)

// fonts are those of today's systems, the first that is there.
const fonts = `ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace`

// SVG draws it.
func (p Picture) SVG(theme Theme) []byte {
	columns := p.Columns
	if columns <= 0 {
		columns = 80
	}
	lines := show(p.Text, columns)
	width := columns*cellWidth + 2*marginX
	height := barHeight + len(lines)*lineHeight + 2*marginY

	var body strings.Builder
	var used []style
	for i, line := range lines {
		y := barHeight + marginY + i*lineHeight + baseline
		for _, g := range grounds(line, theme) {
			fmt.Fprintf(&body, `<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="%s"/>`+"\n",
				marginX+g.column*cellWidth-groundMargin, y-groundTop, g.cells*cellWidth+2*groundMargin, lineHeight-1, g.text)
		}
		for _, r := range words(line) {
			if !slices.Contains(used, r.style) {
				used = append(used, r.style)
			}
			fmt.Fprintf(&body, `<text%s x="%d" y="%d" textLength="%d"%s>%s</text>`+"\n",
				r.style.attribute(), marginX+r.column*cellWidth, y, r.cells*cellWidth, r.adjust(), escape(r.text))
		}
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

// grounds are the cells of a line that have a ground; the text of each is its colour.
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

// words are the runs of a line without their spaces, of which programs show one where there are more: only a single space
// between two words stays where it is. A space that bears a mark is a letter.
func words(line []run) []run {
	var out []run
	for _, r := range line {
		if !r.plain {
			out = append(out, r)
			continue
		}
		for part := range strings.SplitSeq(r.text, "  ") {
			text := strings.Trim(part, " ")
			if text != "" {
				word := r
				word.text = text
				word.column += len([]rune(part)) - len([]rune(strings.TrimLeft(part, " ")))
				word.cells = len([]rune(text))
				out = append(out, word)
			}
			r.column += len([]rune(part)) + len("  ")
		}
	}
	return out
}

// adjust lets the lines that are drawn with letters meet.
func (r run) adjust() string {
	if c := []rune(r.glyph); len(c) == 1 && c[0] >= 0x2500 && c[0] <= 0x259f {
		return ` lengthAdjust="spacingAndGlyphs"`
	}
	return ""
}

// class names a style.
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

// oneLine is text on one line, without what cannot be seen.
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
