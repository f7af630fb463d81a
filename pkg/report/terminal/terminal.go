// Package terminal writes a document as text. Its rules, which docs/architecture.md describes:
//
//   - one fact a line, read from top to bottom; neither position nor color alone has a
//     meaning, so that a screen reader and a log file lose nothing;
//   - nothing is wider than Width, except a single word of a command, or a URL;
//   - a command has its own lines and works when it is pasted;
//   - foreign text goes through package escape.
package terminal

import (
	"io"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/list"
	"github.com/charmbracelet/lipgloss/tree"
	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// Printer writes documents.
type Printer struct {
	W io.Writer
	// Width of the terminal in cells; 80 if it is not known.
	Width int
	// Color allows ANSI colors.
	Color bool
	// Light is set if the terminal is known to have a light background.
	Light bool
	// Links makes URLs hyperlinks (OSC 8).
	Links bool
	// ASCII draws with ASCII characters only, for terminals with other encodings.
	ASCII bool
	// Details shows the folded blocks.
	Details bool
}

const (
	defaultWidth = 80
	// proseWidth is the maximum width of sentences and values, because longer lines are hard to read. Tables and
	// commands may use the whole width.
	proseWidth = 100
	indent     = 2
	// mostLine is the maximum number of characters of a sentence or a list. The middle of a longer one is left
	// out.
	mostLine = 2000
	// mostURL is the width up to which a URL is never broken, in cells.
	mostURL = 200
)

// Print writes a document.
func (p *Printer) Print(d document.Document) error {
	page := p.page()
	page.column = page.keyColumn(0, d)
	page.blocks(0, d)
	_, err := io.WriteString(p.W, page.out.String())
	return err
}

// A page collects the lines of a report.
type page struct {
	Printer
	styles map[style]lipgloss.Style
	// column is the column of all values, without the two cells before it.
	column int
	out    strings.Builder
}

func (p *Printer) page() *page {
	page := &page{Printer: *p, styles: stylesOf(p.Color, p.Light)}
	if page.Width <= 0 {
		page.Width = defaultWidth
	}
	return page
}

// unlimited is the width of a line that is not wrapped.
const unlimited = 1 << 16

func (p *page) prose() int { return min(p.Width, proseWidth) }

func (p *page) blank() { p.out.WriteByte('\n') }

// blocks writes blocks with an indentation.
func (p *page) blocks(at int, blocks []document.Block) {
	for _, b := range blocks {
		p.block(at, b)
	}
}

// block writes a block. It only has a branch for each type of block.
func (p *page) block(at int, b document.Block) {
	switch b := b.(type) {
	case document.Verdict:
		p.marked(at, badgeOf(b.Mark), document.Item{Mark: b.Mark, Word: b.Word, Words: b.Words})
	case document.Paragraph:
		width := p.prose()
		if b.Whole {
			width = unlimited
		}
		p.hang(at, nil, p.pieces(b.Words), width)
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
	case document.Short:
		if !p.Details {
			p.blocks(at, b)
		}
	case document.Folded:
		if p.Details {
			p.blocks(at, b)
		}
	case document.Full:
	case document.Rows:
		p.rows(at, b, false)
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
		p.source(at, b)
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

// section writes a section, with its note next to its title.
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

// item writes a line that begins with a mark and possibly the word for it.
func (p *page) item(at int, i document.Item) {
	p.marked(at, bold, i)
	p.blocks(at+indent, i.Blocks)
}

// marked returns the line of an item. The word and, with a badge, the mark have a style.
func (p *page) marked(at int, word style, i document.Item) {
	lead := []piece{{text: i.Mark.Glyph(p.ASCII), style: styleOf(i.Mark)}, {text: " "}}
	if word != bold {
		lead[0].style, lead[1].style = word, word
	}
	words := p.pieces(i.Words)
	if !i.Word.IsZero() {
		words = append([]piece{{text: escape.Words(i.Word), style: word}}, words...)
	}
	p.hang(at, lead, words, p.prose())
}

// remedies writes instructions with a border, and commands without one, so that a command can be selected with the
// mouse and pasted.
func (p *page) remedies(at int, remedies document.Remedies) {
	border := piece{text: "│", style: command}
	if p.ASCII {
		border.text = "|"
	}
	for i, r := range remedies {
		if i > 0 && !remedies[i-1].Command.IsZero() {
			p.blank()
		}
		if !r.Description.IsZero() {
			lines := wrap(p.pieces(document.Of(document.Prose, r.Description)), p.prose()-at-indent)
			for _, line := range lines {
				p.out.WriteString(strings.Repeat(" ", at) + p.render(append([]piece{border, {text: " "}}, line...)...))
				p.blank()
			}
		}
		if c := r.Command; !c.IsZero() {
			words, more := wordsOf(c)
			margin := at + 4
			if len(more) > 0 && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "<<") }) {
				// The last line of a here-document must not be indented.
				margin = 0
			}
			p.code(margin, command, append(wrapCommand(words, p.Width-margin), more...))
		}
	}
}

// source writes a text for machines. In a shell script, commands and comments have different styles.
func (p *page) source(at int, c document.Code) {
	lines := strings.Split(escape.Words(c.Text), "\n")
	if c.Language != "sh" {
		p.blank()
		p.code(at, normal, lines)
		return
	}
	for _, line := range lines {
		style := command
		if strings.HasPrefix(line, "#") {
			style = normal
		}
		p.code(at, style, []string{line})
	}
}

// code writes lines unchanged.
func (p *page) code(at int, style style, lines []string) {
	for _, line := range lines {
		if line != "" {
			p.out.WriteString(strings.Repeat(" ", at) + p.render(piece{text: line, style: style}))
		}
		p.blank()
	}
}

// The maximum width of a name that is next to its value in the column of all values.
const widestName = 30

// keyColumn returns the width of the widest name of all rows, so that the values of all sections begin in one
// column.
func (p *page) keyColumn(at int, blocks []document.Block) int {
	column := 0
	for _, b := range blocks {
		switch b := b.(type) {
		case document.Rows:
			for _, r := range b.Rows {
				if name := p.pieces(r.Name); inColumn(name) {
					column = max(column, at+width(name))
				}
			}
		case document.Tree:
			for _, r := range b {
				column = max(column, p.keyColumn(at+indent, []document.Block{document.Tree(r.Rows)}))
				if len(r.Rows) == 0 {
					column = max(column, p.keyColumn(at, []document.Block{document.Rows{Rows: []document.Row{r}}}))
				}
			}
		case document.Section:
			column = max(column, p.keyColumn(at+indent, b.Blocks))
		case document.Part:
			column = max(column, p.keyColumn(at, b))
		case document.Within:
			column = max(column, p.keyColumn(at+indent, b))
		case document.Brief:
			column = max(column, p.keyColumn(at, b))
		case document.Short:
			if !p.Details {
				column = max(column, p.keyColumn(at, b))
			}
		case document.Folded:
			if p.Details {
				column = max(column, p.keyColumn(at, b))
			}
		case document.Items:
			for _, item := range b {
				column = max(column, p.keyColumn(at+indent, item.Blocks))
			}
		case document.Findings:
			column = max(column, p.keyColumn(at, []document.Block{document.Items(b)}))
		}
	}
	return min(column, p.Width*2/5)
}

// inColumn reports whether a name is next to its value. A terminal would reorder a right-to-left name together
// with its value.
func inColumn(name []piece) bool { return width(name) <= widestName && !rightToLeft(plain(name)) }

// rows writes names in one column and values in the next. If a name is too long for the column, its value begins
// on the line below. Several values are a list with bullets, or lines. If two values of one kind differ, the
// difference is marked.
func (p *page) rows(at int, of document.Rows, bullets bool) {
	rows := of.Rows
	column := p.column - at
	if p.column == 0 {
		column = p.keyColumn(0, []document.Block{of})
	}
	column = max(column, 0)
	below := []piece{{text: strings.Repeat(" ", column+2)}}
	limit := min(p.Width, at+column+2+proseWidth)
	for i, r := range rows {
		name := p.pieces(r.Name)
		lead := append(name, piece{text: strings.Repeat(" ", max(column-width(name), 0)+2)})
		if r.Mark != document.None {
			lead = append(lead, piece{text: r.Mark.Glyph(p.ASCII), style: styleOf(r.Mark)}, piece{text: " "})
		}
		value := p.pieces(r.Value)
		var d difference
		var differs, second bool
		if of.Evidence {
			for i := range value {
				// The proof of a cause is never faint.
				if value[i].style == faint {
					value[i].style = normal
				}
			}
			if i > 0 {
				d, second = differ(r, rows[i-1])
			}
			if differs = second; !differs && i+1 < len(rows) {
				d, differs = differ(r, rows[i+1])
			}
		}
		if differs {
			value = d.pieces()
		}
		if rightToLeft(plain(name)) || width(name) > column && column > 0 || column == 0 && at+width(lead)+width(value) > limit {
			if width(name) <= p.Width-at {
				// A quoted line keeps its leading spaces.
				p.hang(at, name, nil, p.Width)
			} else {
				p.hang(at, nil, name, p.Width)
			}
			lead = below
		}
		switch {
		case isLink(r.Value) && at+width(lead)+width(value) > limit && width(value) < mostURL:
			// A URL is not broken, even if it is longer than a line, so that it can be copied.
			p.hang(at, nil, trimRight(lead), p.Width)
			p.out.WriteString(strings.Repeat(" ", at+2*indent) + p.render(value...))
			p.blank()
		case oneWord(value) && at+width(lead)+width(value) > limit && at+2*indent+width(value) <= limit:
			// A UID or a kid is not broken if it fits below its name.
			if plain(lead) != plain(below) {
				p.hang(at, nil, trimRight(lead), p.Width)
			}
			p.hang(at+2*indent, nil, value, limit)
		case len(r.Values) > 0 && bullets:
			p.lines(at, lead, p.bullets(r.Values, limit-at-width(lead)))
		case len(r.Values) > 0:
			for _, v := range r.Values {
				p.hang(at, lead, p.pieces(v), limit)
				lead = below
			}
		default:
			p.hang(at, lead, value, limit)
			if carets := d.carets(); second && carets != "" && !p.Color && at+width(lead)+width(value) < limit {
				p.out.WriteString(strings.Repeat(" ", at+width(lead)) + carets)
				p.blank()
			}
		}
	}
}

// isLink reports whether the words are a single URL.
func isLink(words document.Words) bool { return len(words) == 1 && words[0].Role == document.Link }

// oneWord reports whether a value has no space at which a reader would expect a break.
func oneWord(value []piece) bool {
	s := plain(value)
	return s != "" && !strings.ContainsAny(s, " ,") && !rightToLeft(s)
}

// tree writes rows, with their children indented.
func (p *page) tree(at int, t document.Tree) {
	p.lines(at, nil, p.nodes(at, t).String())
}

// nodes converts rows to a tree. Rows without children between them share their columns. Each line is a node of
// its own, because the library indents the further lines of a node.
func (p *page) nodes(at int, rows document.Tree) *tree.Tree {
	out := tree.New().Enumerator(func(tree.Children, int) string { return "" }).EnumeratorStyle(p.styles[normal]).
		Indenter(func(tree.Children, int) string { return strings.Repeat(" ", indent) })
	from := 0
	for i, r := range rows {
		if len(r.Rows) > 0 {
			lines := p.inner(p.Width - at)
			lines.column = max(p.column-at, 0)
			lines.rows(0, document.Rows{Rows: rows[from:i]}, true)
			lines.hang(0, nil, p.pieces(r.Name), lines.Width)
			leaves, name := lines.leaves()
			out.Child(leaves...).Child(p.nodes(at+indent, r.Rows).Root(name))
			from = i + 1
		}
	}
	lines := p.inner(p.Width - at)
	lines.column = max(p.column-at, 0)
	lines.rows(0, document.Rows{Rows: rows[from:]}, true)
	leaves, last := lines.leaves()
	return out.Child(leaves...).Child(last)
}

// inner returns a new page whose lines become a part of this page.
func (p *page) inner(width int) *page {
	inner := &page{Printer: p.Printer, styles: p.styles}
	inner.Width = width
	return inner
}

// written returns the content of the page without the last line end.
func (p *page) written() string { return strings.TrimSuffix(p.out.String(), "\n") }

// leaves returns the lines of the page and its last line; nil if there is none.
func (p *page) leaves() (before []any, last any) {
	if p.out.Len() == 0 {
		return nil, nil
	}
	for line := range strings.SplitSeq(p.written(), "\n") {
		if last != nil {
			before = append(before, last)
		}
		last = line
	}
	return before, last
}

// bullets formats the values of one row, each with a bullet.
func (p *page) bullets(values []document.Words, width int) string {
	all := list.New().Enumerator(func(list.Items, int) string { return "-" }).EnumeratorStyle(p.styles[normal].PaddingRight(1))
	for _, v := range values {
		item := p.inner(width - len("- "))
		item.hang(0, nil, p.pieces(v), item.Width)
		all.Item(item.written())
	}
	return all.String()
}

// lines writes the output of the library without trailing spaces. The first line follows lead.
func (p *page) lines(at int, lead []piece, text string) {
	margin := strings.Repeat(" ", at)
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(margin+p.render(lead...)+line, " "); line != "" {
			p.out.WriteString(line)
		}
		p.blank()
		if lead != nil {
			margin, lead = margin+strings.Repeat(" ", width(lead)), nil
		}
	}
}

// catalogue writes names in one column and their meaning in the next, below their headings.
func (p *page) catalogue(at int, groups document.Catalogue) {
	column := 0
	for _, g := range groups {
		for _, e := range g.Entries {
			column = max(column, ansi.StringWidth(escape.Words(e.Name)))
		}
	}
	// A few long names must not narrow the column of all titles.
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

// pieces returns words with their styles.
func (p *page) pieces(words document.Words) []piece {
	var out []piece
	for _, s := range words {
		one := piece{text: escape.Words(s.Text)}
		switch s.Role {
		case document.Value:
			out = append(out, p.named(s.Text)...)
			continue
		case document.Prose:
			out = append(out, withCode(s.Text, normal)...)
			continue
		case document.Glue:
			if p.ASCII {
				one.text = strings.NewReplacer("→", "->", "·", "-", "…", "...").Replace(one.text)
			}
		case document.Strong:
			out = append(out, withCode(s.Text, bold)...)
			continue
		case document.StrongValue:
			one.style = bold
		case document.Aside:
			one.style = faint
		case document.Link:
			one.style = faint
			if url := s.Text.String(); isURL(url) {
				one.link = url
			}
		case document.Tag:
			if !s.Short.IsZero() {
				one.text += ", " + escape.Words(s.Short)
			}
			out = append(out, piece{text: "  "})
			one.text, one.style, one.whole = "["+one.text+"]", faint, true
		}
		out = append(out, one)
	}
	return out
}

// withCode returns a text whose code spans have the style of a command instead of back-ticks.
func withCode(t finding.Text, around style) []piece {
	if len(t.String()) > mostOfText || !strings.Contains(t.String(), "`") {
		return []piece{{text: escape.Words(t), style: around}}
	}
	var out []piece
	inCode := false
	for _, s := range t.Spans() {
		parts := []string{escape.Span(s)}
		switch {
		case s.Class == finding.Ours:
			parts = strings.Split(s.Shown(), "`")
		case s.Class == finding.Saved && strings.Count(parts[0], "`")%2 == 0:
			// A saved report does not mark which of its texts are ours.
			parts = strings.Split(parts[0], "`")
		}
		for i, part := range parts {
			if i > 0 {
				inCode = !inCode
			}
			one := piece{text: part, style: around}
			if inCode {
				one.style = command
			}
			if part != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

// mostOfText is the maximum length of a text. The middle of a longer text is left out.
const mostOfText = 1000

// named returns a value in which rarely needed names are faint. A sentence keeps them, because it is about them.
func (p *page) named(t finding.Text) []piece {
	spans := t.Spans()
	if !slices.ContainsFunc(spans, func(s finding.Span) bool { return rare[s.Kind] }) {
		return []piece{{text: escape.Words(t)}}
	}
	var out []piece
	for _, s := range spans {
		one := piece{text: escape.Span(s)}
		if rare[s.Kind] {
			one.style = faint
		}
		out = append(out, one)
	}
	if plain(out) != escape.Words(t) {
		// A truncated text has no names.
		return []piece{{text: escape.Words(t)}}
	}
	return out
}

// isURL reports whether a text is safe as the target of a hyperlink.
func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") && len(s) < 1000 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}
