// Package terminal writes a document as text. Its rules, which docs/architecture.md describes:
//
//   - one thing a line, read from top to bottom; nothing is said by position or by
//     colour alone, so that a screen reader and a log file lose nothing;
//   - nothing is wider than Width, except a single word of a command;
//   - a command stands on lines of its own and works when it is pasted;
//   - what is not this program's own words goes through package escape.
package terminal

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// Printer writes documents.
type Printer struct {
	W io.Writer
	// Width of the terminal in cells; 80 where it is not known.
	Width int
	// Color allows ANSI colours.
	Color bool
	// ASCII draws with ASCII characters alone, for terminals of other encodings.
	ASCII bool
}

const (
	defaultWidth = 80
	// proseWidth is where sentences wrap on a wide terminal, and how wide a value
	// becomes: longer lines are hard to read. Tables and commands may use the whole width.
	proseWidth = 100
	indent     = 2
	// mostLine is the characters of a sentence or a list, of which the middle is left out.
	mostLine = 2000
)

// Print writes a document.
func (p *Printer) Print(d document.Document) error {
	page := p.page()
	page.blocks(0, d)
	_, err := io.WriteString(p.W, page.out.String())
	return err
}

// A page collects the lines of a report.
type page struct {
	Printer
	styles map[style]lipgloss.Style
	out    strings.Builder
}

func (p *Printer) page() *page {
	page := &page{Printer: *p, styles: stylesOf(p.Color)}
	if page.Width <= 0 {
		page.Width = defaultWidth
	}
	return page
}

func (p *page) prose() int { return min(p.Width, proseWidth) }

func (p *page) blank() { p.out.WriteByte('\n') }

// blocks writes blocks at a distance from the margin.
func (p *page) blocks(at int, blocks []document.Block) {
	for _, b := range blocks {
		p.block(at, b)
	}
}

// block writes a block. It has a branch for each type of block, and nothing else.
func (p *page) block(at int, b document.Block) {
	switch b := b.(type) {
	case document.Verdict:
		p.item(at, document.Item{Mark: b.Mark, Word: b.Word, Words: b.Words})
	case document.Paragraph:
		p.hang(at, nil, p.pieces(b.Words), p.prose())
	case document.Section:
		p.section(at, b)
	case document.Part:
		if !document.Empty(b) {
			p.blank()
			p.blocks(at, b)
		}
	case document.Within:
		p.blocks(at+indent, b)
	case document.Brief:
		p.blocks(at, b)
	case document.Full:
	case document.Rows:
		p.rows(at, b.Rows, "")
	case document.Tree:
		p.tree(at, b)
	case document.Items:
		for _, item := range b {
			p.item(at, item)
		}
	case document.Findings:
		for i, item := range b {
			if i > 0 {
				p.blank()
			}
			p.item(at, item)
		}
	case document.Remedies:
		p.remedies(at, b)
	case document.Code:
		p.code(at, strings.Split(escape.Words(b.Text), "\n"))
	case document.Table:
		p.table(at, b)
	case document.Catalogue:
		p.catalogue(at, b)
	case document.Lifetime:
		p.lifetime(at, b)
	case document.Summary:
		p.blocks(at, b.Blocks)
	}
}

// section begins with its title. What more is to be said of it stands beside that.
func (p *page) section(at int, s document.Section) {
	p.blank()
	title := []piece{{text: escape.Words(s.Title), style: bold}}
	if !s.Aside.IsZero() {
		title = append(title, piece{text: "  "})
		if s.Mark != document.None {
			title = append(title, piece{text: s.Mark.Glyph(p.ASCII), style: styleOf(s.Mark)}, piece{text: " "})
		}
		title = append(title, piece{text: escape.Words(s.Aside)})
	}
	p.hang(at, nil, title, p.prose())
	p.blocks(at+indent, s.Blocks)
}

// item is a line that begins with a mark and, where there is one, the word that says the same.
func (p *page) item(at int, i document.Item) {
	lead := []piece{{text: i.Mark.Glyph(p.ASCII), style: styleOf(i.Mark)}, {text: " "}}
	words := p.pieces(i.Words)
	if !i.Word.IsZero() {
		lead[1].style = lead[0].style
		words = append([]piece{{text: escape.Words(i.Word), style: lead[0].style}}, words...)
	}
	p.hang(at, lead, words, p.prose())
	p.blocks(at+indent, i.Blocks)
}

// remedies are commands and what they are for.
func (p *page) remedies(at int, remedies document.Remedies) {
	for i, r := range remedies {
		if i > 0 && !remedies[i-1].Command.IsZero() {
			p.blank()
		}
		if !r.Description.IsZero() {
			p.item(at, document.Item{Mark: document.ToDo, Words: document.Of(document.Prose, r.Description)})
		}
		if c := r.Command; !c.IsZero() {
			words, more := wordsOf(c)
			margin := at + 4
			if len(more) > 0 && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "<<") }) {
				// A here-document ends at a line that must not be indented.
				margin = 0
			}
			p.code(margin, append(wrapCommand(words, p.Width-margin), more...))
		}
	}
}

// code writes lines as they are, after a blank one.
func (p *page) code(at int, lines []string) {
	p.blank()
	for _, line := range lines {
		if line != "" {
			p.out.WriteString(strings.Repeat(" ", at) + p.render(piece{text: line, style: bold}))
		}
		p.blank()
	}
}

// rows writes names in one column and values in the next. Where a name is too long
// for the column, or written from right to left, its value begins on the line below. Each of
// several values begins with a bullet.
func (p *page) rows(at int, rows []document.Row, bullet string) {
	const widest = 30
	column := 0
	names := make([][]piece, len(rows))
	fits := func(name []piece) bool { return width(name) <= widest && !rightToLeft(plain(name)) }
	for i, r := range rows {
		if names[i] = p.pieces(r.Name); fits(names[i]) {
			column = max(column, width(names[i]))
		}
	}
	for i, r := range rows {
		limit := min(p.Width, at+column+2+proseWidth)
		lead := append(names[i], piece{text: strings.Repeat(" ", max(column-width(names[i]), 0)+2)})
		if r.Mark != document.None {
			lead = append(lead, piece{text: r.Mark.Glyph(p.ASCII), style: styleOf(r.Mark)}, piece{text: " "})
		}
		if !fits(names[i]) {
			p.hang(at, nil, names[i], p.Width)
			lead = []piece{{text: strings.Repeat(" ", column+2)}}
		}
		if len(r.Values) == 0 {
			p.hang(at, lead, p.pieces(r.Value), limit)
		}
		for _, v := range r.Values {
			p.hang(at, lead, append([]piece{{text: bullet}}, p.pieces(v)...), limit)
			lead = []piece{{text: strings.Repeat(" ", column+2)}}
		}
	}
}

// tree writes rows, and what lies below each indented.
func (p *page) tree(at int, tree document.Tree) {
	const bullet = "- "
	from := 0
	for i, r := range tree {
		if len(r.Rows) == 0 {
			continue
		}
		p.rows(at, tree[from:i], bullet)
		p.hang(at, nil, p.pieces(r.Name), p.Width)
		p.tree(at+indent, r.Rows)
		from = i + 1
	}
	p.rows(at, tree[from:], bullet)
}

// catalogue writes names in one column and what they mean in the next, under their headings.
func (p *page) catalogue(at int, groups document.Catalogue) {
	column := 0
	for _, g := range groups {
		for _, e := range g.Entries {
			column = max(column, ansi.StringWidth(escape.Words(e.Name)))
		}
	}
	// A few names are long: theirs are not the titles that should wrap for it.
	column = min(column, p.Width*3/8)
	for i, g := range groups {
		if i > 0 {
			p.blank()
		}
		p.hang(at, nil, []piece{{text: escape.Words(g.Title), style: bold}}, p.prose())
		for _, e := range g.Entries {
			name, title := escape.Words(e.Name), []piece{{text: escape.Words(e.Title)}}
			lead := []piece{{text: e.Mark.Glyph(p.ASCII), style: styleOf(e.Mark)}, {text: " "}}
			if w := ansi.StringWidth(name); w <= column {
				p.hang(at+indent, append(lead, piece{text: name + strings.Repeat(" ", column-w+2)}), title, p.Width)
				continue
			}
			p.hang(at+indent, lead, []piece{{text: name}}, p.Width)
			p.hang(at+indent, []piece{{text: strings.Repeat(" ", column+4)}}, title, p.Width)
		}
	}
}

// pieces are words as they are shown.
func (p *page) pieces(words document.Words) []piece {
	var out []piece
	for _, s := range words {
		one := piece{text: escape.Words(s.Text)}
		switch s.Role {
		case document.Glue:
			if p.ASCII {
				one.text = strings.ReplaceAll(one.text, "→", "->")
			}
		case document.Strong, document.StrongValue:
			one.style = bold
		case document.Tag:
			if !s.Short.IsZero() {
				one.text += ", " + escape.Words(s.Short)
			}
			out = append(out, piece{text: "  "})
			one.text, one.whole = "["+one.text+"]", true
		}
		out = append(out, one)
	}
	return out
}
