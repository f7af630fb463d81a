// Package markdown writes a document for a ticket: the same things as on a terminal, in full,
// and what is long folded away. What came from outside stands in code spans and code
// blocks, where it is no markup, no HTML, no link and no @mention, in whichever
// dialect of markdown it ends up.
package markdown

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

// Printer writes documents.
type Printer struct {
	W io.Writer
	// ASCII draws with ASCII characters alone.
	ASCII bool
}

// mostLine is the maximum number of characters of a sentence or a value. The middle of a longer one is left out.
const mostLine = 2000

// Print writes a document.
func (p *Printer) Print(d document.Document) error {
	page := &page{ascii: p.ASCII}
	page.blocks("", d)
	_, err := io.WriteString(p.W, strings.TrimRight(page.out.String(), "\n")+"\n")
	return err
}

type page struct {
	ascii bool
	out   strings.Builder
}

// line writes a line. Of blank lines there is never more than one together.
func (p *page) line(s string) {
	s = strings.TrimRight(s, " ")
	if s == "" && (p.out.Len() == 0 || strings.HasSuffix(p.out.String(), "\n\n")) {
		return
	}
	p.out.WriteString(s + "\n")
}

// apart writes a line with blank ones around it.
func (p *page) apart(s string) {
	p.line("")
	p.line(s)
	p.line("")
}

func (p *page) blocks(at string, blocks []document.Block) {
	for _, b := range blocks {
		p.block(at, b)
	}
}

// block writes a block; at is the indentation of the list that it belongs to.
//
// It has a branch for each type of block, and nothing else.
func (p *page) block(at string, b document.Block) {
	switch b := b.(type) {
	case document.Verdict:
		level := "## "
		if b.Second {
			level = ""
		}
		// The finding's ID has a line of its own.
		words := slices.DeleteFunc(slices.Clone(b.Words), func(s document.Span) bool { return s.Role == document.Tag })
		p.apart(level + b.Mark.Glyph(p.ascii) + " " + prose(escape.Words(b.Word)) + p.words(words))
	case document.Paragraph:
		p.apart(at + p.words(b.Words))
	case document.Section:
		p.apart("### " + prose(escape.Words(b.Title)))
		if !b.Aside.IsZero() {
			p.apart(strings.TrimSpace(b.Mark.Glyph(p.ascii) + " **" + escape.Words(b.Aside) + "**"))
		}
		p.blocks(at, b.Blocks)
	case document.Part:
		if !document.Empty(b) {
			p.line("")
			p.blocks(at, b)
		}
	case document.Within:
		p.blocks(at, b)
	case document.Full:
		p.blocks(at, b)
	case document.Folded:
		p.blocks(at, b)
	case document.Brief, document.Short:
	case document.Rows:
		p.rows(at, b)
	case document.Tree:
		p.tree(at, b)
	case document.Items:
		p.items(at, b)
	case document.Findings:
		p.items(at, document.Items(b))
	case document.Remedies:
		p.remedies(at, b)
	case document.Code:
		p.code(at, b.Language, escape.Words(b.Text))
	case document.Table:
		p.table(b)
	case document.Catalogue:
		p.catalogue(b)
	case document.Lifetime:
		p.code(at, "text", terminal.Drawing(b, p.ascii))
	case document.Summary:
		p.apart("<details><summary>" + escape.Words(b.Line) + "</summary>")
		p.blocks(at, b.Blocks)
		p.apart("</details>")
	}
}

// rows writes names and values as a list. What goes on with the row before has its name again.
func (p *page) rows(at string, rows document.Rows) {
	name := ""
	for _, r := range rows.Rows {
		if len(r.Name) > 0 {
			name = p.words(r.Name)
			if !rows.Evidence {
				name = "**" + name + "**"
			}
		}
		value := p.value(r)
		if r.Mark != document.None {
			value = r.Mark.Glyph(p.ascii) + " " + value
		}
		p.line(at + "- " + name + ": " + value)
	}
}

func (p *page) value(r document.Row) string {
	if len(r.Values) == 0 {
		return p.words(r.Value)
	}
	var out []string
	for _, v := range r.Values {
		out = append(out, p.words(v))
	}
	return strings.Join(out, ", ")
}

// tree writes rows as a list, and what lies below each as a list of it.
func (p *page) tree(at string, tree document.Tree) {
	for _, r := range tree {
		line := at + "- " + p.words(r.Name)
		if value := p.value(r); value != "" {
			line += ": " + value
		}
		p.line(line)
		p.tree(at+"  ", r.Rows)
	}
}

func (p *page) items(at string, items document.Items) {
	for _, i := range items {
		mark := i.Mark.Glyph(p.ascii)
		switch {
		case !i.Word.IsZero():
			mark = "**" + mark + " " + prose(escape.Words(i.Word)) + "**"
		case mark == "-" || mark == "+":
			// It would begin a list.
			mark = `\` + mark + " "
		case mark != "":
			mark += " "
		}
		p.line(at + "- " + mark + p.words(i.Words))
		p.blocks(at+"  ", i.Blocks)
	}
}

func (p *page) remedies(at string, remedies document.Remedies) {
	for i, r := range remedies {
		number := strconv.Itoa(i+1) + ". "
		description := prose(escape.Words(r.Description))
		if description == "" {
			description = "Run:"
		}
		p.line(at + number + description)
		if !r.Command.IsZero() {
			p.code(at+strings.Repeat(" ", len(number)), "sh", escape.Lines(r.Command.String()))
		}
	}
}

// code writes a code block, with blank lines around it.
func (p *page) code(at, language, content string) {
	fence := fenceOf(3, content)
	p.line("")
	p.line(at + fence + language)
	for line := range strings.SplitSeq(content, "\n") {
		p.out.WriteString(at + line + "\n")
	}
	p.line(at + fence)
	p.line("")
}

func (p *page) table(t document.Table) {
	head, rule := "|", "|"
	for _, c := range t.Columns {
		line := " --- |"
		if c.Right {
			line = " ---: |"
		}
		head, rule = head+cell(escape.Words(c.Title)), rule+line
	}
	p.line("")
	p.line(head)
	p.line(rule)
	for _, r := range t.Rows {
		line := "|"
		for i, c := range r.Cells {
			words := p.words(c)
			if i == 0 && r.Mark != document.None {
				words = strings.TrimSpace(r.Mark.Glyph(p.ascii) + " " + words)
			}
			line += " " + strings.ReplaceAll(words, "|", `\|`) + " |"
		}
		p.line(line)
	}
	p.line("")
}

// cell is a title of a table's column.
func cell(title string) string {
	if title == "" {
		return " |"
	}
	return " " + title + " |"
}

func (p *page) catalogue(groups document.Catalogue) {
	for _, g := range groups {
		p.apart("### " + prose(escape.Words(g.Title)))
		for _, e := range g.Entries {
			p.line("- " + e.Mark.Glyph(p.ascii) + " " + code(escape.Words(e.Name)) + ": " + prose(escape.Words(e.Title)))
		}
	}
}

// words writes sentences as prose, and values as code.
func (p *page) words(words document.Words) string {
	out := ""
	for _, s := range words {
		text := escape.Words(s.Text)
		switch s.Role {
		case document.Glue:
			out += text
		case document.Value, document.StrongValue:
			out += code(text)
		case document.Tag:
			tag := code(text)
			if !s.Long.IsZero() {
				tag += ", " + prose(escape.Words(s.Long))
			}
			out += " (" + tag + ")"
		case document.Link:
			if plainURL().MatchString(text) {
				out += "<" + text + ">"
			} else {
				out += prose(text)
			}
		default:
			if strings.HasPrefix(text, " ") {
				out += " "
			}
			out += prose(text)
		}
	}
	return out
}

var plainURL = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^https://[A-Za-z0-9./_#%~=?&+-]+$`) })

// code writes s as a code span.
func code(s string) string {
	s = finding.Shorten(s, mostLine)
	if strings.Trim(s, " ") == "" {
		return "(empty)"
	}
	fence := fenceOf(1, s)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		// Markdown takes one space from either end.
		s = " " + s + " "
	}
	return fence + s + fence
}

// fenceOf is the shortest fence of at least so many backticks that nothing inside can close.
func fenceOf(least int, inside string) string {
	fence := strings.Repeat("`", least)
	for strings.Contains(inside, fence) {
		fence += "`"
	}
	return fence
}

// A plain word is one that means nothing but itself in any dialect of markdown: no
// mark-up, no address, no mention, no reference to an issue or a commit. It is decided by hand:
// libraries put backslashes before the mark-up of one dialect, and leave what a tracker makes of
// mentions, addresses and numbers.
// It is compiled when it is first needed: most runs print no markdown.
var plainWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[("']*[\p{L}\p{M}]+([’'-]?[\p{L}\p{M}]+)*[0-9]{0,3}[)"']*[.,;:!?]*$|^[0-9]+[a-z]{0,2}[,;:]?$`)
})

// words are what blanks part, and what stands between two backticks, blanks and all.
var words = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("[^ `]*`[^`]+`[^ `]*(?: |$)|[^ ]+") })

// markedWord is code that the sentence itself marks as such.
var markedWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^([(\"']*)`([^`]+)`([)\"'.,;:!?]*)$") })

var trailing = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[.,;:!?]*$`) })

// prose writes a sentence as markdown. Words stay words, and text that could be markup (a name, an address, a
// time, HTML) is in a code span.
func prose(s string) string {
	s = finding.Shorten(s, mostLine)
	var out, special []string
	flush := func() {
		if len(special) == 0 {
			return
		}
		span := strings.Join(special, " ")
		special = nil
		body := trailing().ReplaceAllString(span, "")
		if body == "" {
			body = span
		}
		out = append(out, code(body)+span[len(body):])
	}
	for _, word := range words().FindAllString(s, -1) {
		word = strings.TrimSpace(word)
		marked := markedWord().FindStringSubmatch(word)
		switch {
		case marked != nil:
			flush()
			out = append(out, marked[1]+code(marked[2])+marked[3])
		case plainWord().MatchString(word):
			flush()
			out = append(out, word)
		default:
			special = append(special, word)
			if trailing().FindString(word) != "" {
				flush()
			}
		}
	}
	flush()
	return strings.Join(out, " ")
}
