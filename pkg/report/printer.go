package report

import (
	"io"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Printer writes results as text, in one language for all commands, which
// docs/architecture.md describes. Its rules:
//
//   - the verdict first, then why, then what to do, then the evidence;
//   - one thing a line, read from top to bottom; nothing is said by position or by
//     colour alone, so that a screen reader and a log file lose nothing;
//   - nothing is wider than Width, except a single word of a command;
//   - a command stands on lines of its own and works when it is pasted;
//   - every string goes through Escape before anything else happens to it.
type Printer struct {
	W io.Writer
	// Width of the terminal in cells; 80 where it is not known.
	Width int
	// Color allows ANSI colours.
	Color bool
	// ASCII draws with ASCII characters alone, for terminals of other encodings.
	ASCII bool
	// Now is what times are relative to.
	Now time.Time
	// Hide takes what is secret out of a string; nil stands for one that finds nothing.
	Hide func(string) string
}

const (
	defaultWidth = 80
	// proseWidth is where sentences wrap on a wide terminal, and how wide a value
	// becomes: longer lines are hard to read. Tables and commands may use the whole width.
	proseWidth = 100
	indent     = 2
)

// A mark stands before a line and says the same as a word after it.
type mark struct {
	unicode, ascii string
	style          style
}

var (
	markYes      = mark{"✓", "+", onGreen}
	markNo       = mark{"✗", "x", onRed}
	markWarning  = mark{"!", "!", onYellow}
	markInfo     = mark{"i", "i", bold}
	markUnknown  = mark{"?", "?", onYellow}
	markNotAsked = mark{"-", "-", plain}
	markToDo     = mark{"→", ">", bold}
)

func severityMark(s finding.Severity) mark {
	switch s {
	case finding.Error:
		return markNo
	case finding.Warning:
		return markWarning
	default:
		return markInfo
	}
}

func verdictMark(verdict string) mark {
	switch verdict {
	case Accepted:
		return markYes
	case Rejected, Anonymous:
		return markNo
	default:
		return markUnknown
	}
}

func statusMark(status string) mark {
	switch status {
	case Pass:
		return markYes
	case Fail:
		return markNo
	case Warn:
		return markWarning
	case NotApplicable:
		return markNotAsked
	default:
		return markUnknown
	}
}

// A page collects the lines of a report.
type page struct {
	Printer
	out strings.Builder
}

func (p *Printer) page() *page {
	page := &page{Printer: *p}
	if page.Width <= 0 {
		page.Width = defaultWidth
	}
	return page
}

func (p *page) flush() error {
	_, err := io.WriteString(p.W, p.out.String())
	return err
}

func (p *page) prose() int { return min(p.Width, proseWidth) }

func (p *page) write(spans []span) {
	for i, s := range spans {
		if i+1 < len(spans) && spans[i+1].style == s.style {
			// One stretch of colour, not two.
			spans[i+1].text, spans[i].text = s.text+spans[i+1].text, ""
			continue
		}
		if p.Color && s.style != plain && s.text != "" {
			p.out.WriteString("\x1b[" + string(s.style) + "m" + s.text + "\x1b[0m")
			continue
		}
		p.out.WriteString(s.text)
	}
}

func (p *page) blank() { p.out.WriteByte('\n') }

// hang writes spans wrapped to limit, after lead on the first line and as many
// spaces on the others.
func (p *page) hang(lead, spans []span, limit int) {
	at := 0
	for _, s := range lead {
		at += width(s.text)
	}
	for i := range spans {
		spans[i].text = finding.Shorten(spans[i].text, mostLine)
	}
	lines := wrap(spans, limit-at)
	if len(lines) == 0 {
		lines = [][]span{nil}
	}
	for i, line := range lines {
		if i == 0 {
			p.write(trimRight(append(lead[:len(lead):len(lead)], line...)))
		} else {
			p.out.WriteString(strings.Repeat(" ", at))
			p.write(line)
		}
		p.blank()
	}
}

func trimRight(spans []span) []span {
	for n := len(spans); n > 0; n-- {
		spans[n-1].text = strings.TrimRight(spans[n-1].text, " ")
		if spans[n-1].text != "" {
			return spans[:n]
		}
	}
	return nil
}

func spaces(n int) []span { return []span{text(strings.Repeat(" ", max(n, 0)))} }

// heading begins a section. What more is to be said of it stands beside its title.
func (p *page) heading(title string, more ...span) {
	p.blank()
	spans := []span{styled(title, bold)}
	if len(more) > 0 {
		spans = append(append(spans, text("  ")), more...)
	}
	p.hang(nil, spans, p.prose())
}

// paragraph writes sentences.
func (p *page) paragraph(at int, spans ...span) { p.hang(spaces(at), spans, p.prose()) }

// paragraphs writes text in which line breaks part the paragraphs.
func (p *page) paragraphs(at int, s string) {
	for line := range strings.SplitSeq(s, "\n") {
		p.paragraph(at, text(strings.TrimSpace(line)))
	}
}

// sign writes a line that begins with a mark and the word that says the same.
func (p *page) sign(at int, m mark, word string, spans ...span) {
	p.hang(append(spaces(at), styled(p.glyph(m)+" ", m.style)), append([]span{styled(word, m.style)}, spans...), p.prose())
}

// item writes a marked line.
func (p *page) item(at int, m mark, spans ...span) {
	lead := append(spaces(at), styled(p.glyph(m), m.style), text(" "))
	p.hang(lead, spans, p.prose())
}

// beside is a mark and what it stands for, beside the title of a section.
func (p *page) beside(m mark, words string) []span {
	return []span{styled(p.glyph(m), m.style), text(" " + words)}
}

func (p *page) glyph(m mark) string {
	if p.ASCII {
		return m.ascii
	}
	return m.unicode
}

// command writes a shell command on lines of its own. One with a here-document stands
// at the margin: that ends at a line that must not be indented.
func (p *page) command(at int, command string) {
	if strings.Contains(command, "<<") && strings.Contains(command, "\n") {
		at = 0
	}
	p.blank()
	for _, line := range wrapCommand(command, p.Width-at) {
		if line != "" {
			p.out.WriteString(strings.Repeat(" ", at))
			p.write([]span{styled(line, bold)})
		}
		p.blank()
	}
}

// A row is a name and what stands beside it.
type row struct {
	name  string
	value []span
}

// rows writes names in one column and values in the next. Where a name is too long
// for the column, or written from right to left, its value begins on the line below.
func (p *page) rows(at int, rows []row) {
	const widest = 30
	column := 0
	for _, r := range rows {
		if w := width(r.name); w <= widest && !rightToLeft(r.name) {
			column = max(column, w)
		}
	}
	for _, r := range rows {
		limit := min(p.Width, at+column+2+proseWidth)
		if w := width(r.name); w <= column && !rightToLeft(r.name) {
			p.hang(append(spaces(at), text(r.name+strings.Repeat(" ", column-w+2))), r.value, limit)
			continue
		}
		p.hang(spaces(at), []span{text(r.name)}, p.Width)
		p.hang(spaces(at+column+2), r.value, limit)
	}
}

// list collects rows.
type list []row

// add adds a row, unless there is nothing to say.
func (l *list) add(name, value string) {
	if value != "" {
		*l = append(*l, row{name, []span{text(value)}})
	}
}
