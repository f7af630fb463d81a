// Package document is a report as plain data: what is said, in which order and in which role.
// How it looks is for the renderers, pkg/report/terminal and pkg/report/markdown.
package document

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A Document is a report, from top to bottom.
type Document []Block

// A Block is one of the types of this package.
type Block interface{ block() }

// Mark stands before a line and says the same as a word after it.
type Mark int

// The marks.
const (
	None Mark = iota
	Yes
	No
	Warning
	Info
	Unknown
	NotAsked
	ToDo
)

// Glyph is the character of the mark.
func (m Mark) Glyph(ascii bool) string {
	if ascii {
		return [...]string{"", "+", "x", "!", "i", "?", "-", ">"}[m]
	}
	return [...]string{"", "✓", "✗", "!", "i", "?", "-", "→"}[m]
}

// Role says what words are.
type Role int

// The roles.
const (
	// Prose are the words of a sentence.
	Prose Role = iota
	// Strong are those that the line is about.
	Strong
	// Value is a value, as it is.
	Value
	// StrongValue is the one that the line is about.
	StrongValue
	// Tag is the ID of a finding.
	Tag
	// Link is where to read on.
	Link
	// Glue is punctuation of this program between other words.
	Glue
	// Aside is what a reader rarely needs.
	Aside
)

// A Span is a text in one role.
type Span struct {
	Text finding.Text
	Role Role
	// Short is what stands behind a Tag, and Long the same where there is more room.
	Short, Long finding.Text
}

// Words are spans, one after the other.
type Words []Span

// Of are words in one role.
func Of(role Role, t finding.Text) Words {
	if t.IsZero() {
		return nil
	}
	return Words{{Text: t, Role: role}}
}

// String is what the words say, not escaped.
func (w Words) String() string {
	out := ""
	for _, s := range w {
		out += s.Text.String()
	}
	return out
}

type (
	// Verdict is the answer: a mark, a word that says the same, and what follows it.
	Verdict struct {
		Mark  Mark
		Word  finding.Text
		Words Words
		// Second: it is about what stands beside the credential in question.
		Second bool
	}
	// Paragraph is a sentence, or several.
	Paragraph struct{ Words Words }
	// Section has a title, and beside it what sums the section up.
	Section struct {
		Title  finding.Text
		Mark   Mark
		Aside  finding.Text
		Blocks []Block
	}
	// Part is set apart from what stands before it.
	Part []Block
	// Within belongs to what stands before it.
	Within []Block
	// Rows are names and values.
	Rows struct {
		Rows []Row
		// Evidence: the names are places where the values were seen.
		Evidence bool
	}
	// Tree are rows that may have rows below them.
	Tree []Row
	// Items are marked lines, with what belongs to each.
	Items []Item
	// Findings are items of several lines each.
	Findings []Item
	// Remedies are steps.
	Remedies []finding.Remedy
	// Code is a text of several lines in a language that machines read.
	Code struct {
		Language string
		Text     finding.Text
	}
	// Table has a line for each of its rows.
	Table struct {
		Columns []Column
		Rows    []Line
		// Narrow stands for the table where there is no room for it.
		Narrow []Block
	}
	// Catalogue is groups of entries, all in the same columns.
	Catalogue []Group
	// Lifetime is when a credential lives.
	Lifetime struct {
		Moments []Moment
		// Endless: nothing says when it ends.
		Endless bool
		Mark    Mark
		Now     time.Time
	}
	// Summary is what is long, under the line that sums it up.
	Summary struct {
		Line   finding.Text
		Blocks []Block
	}
	// Brief is for the terminal alone, Full for markdown alone.
	Brief []Block
	Full  []Block
	// Short is for a terminal without details alone; Folded is what such a terminal leaves out.
	Short  []Block
	Folded []Block
)

// Row is a name and its value, or its values.
type Row struct {
	// Name is empty where the row goes on with the one before.
	Name   Words
	Mark   Mark
	Value  Words
	Values []Words
	// Rows stand below the name.
	Rows []Row
}

// Item is a marked line.
type Item struct {
	Mark   Mark
	Word   finding.Text
	Words  Words
	Blocks []Block
}

// Column of a table.
type Column struct {
	Title finding.Text
	Right bool
	// Cut: what is too long is cut off; the whole is said elsewhere.
	Cut bool
}

// Line is a row of a table, and what belongs to it.
type Line struct {
	Mark   Mark
	Cells  []Words
	Blocks []Block
}

// Add adds a row.
func (t *Table) Add(m Mark, cells ...Words) *Line {
	t.Rows = append(t.Rows, Line{Mark: m, Cells: cells})
	return &t.Rows[len(t.Rows)-1]
}

// Group is entries under a title.
type Group struct {
	Title   finding.Text
	Entries []Entry
}

// Entry is a name and what it means.
type Entry struct {
	Mark        Mark
	Name, Title finding.Text
}

// Moment is an instant in the life of a credential.
type Moment struct {
	// Name is the claim's, What says what happens then.
	Name, What string
	At         time.Time
}

// What may happen in a moment.
const (
	Expires   = "expires"
	Due       = "due for renewal"
	ValidFrom = "valid from"
)

func (Verdict) block()   {}
func (Paragraph) block() {}
func (Section) block()   {}
func (Part) block()      {}
func (Within) block()    {}
func (Rows) block()      {}
func (Tree) block()      {}
func (Items) block()     {}
func (Findings) block()  {}
func (Remedies) block()  {}
func (Code) block()      {}
func (Table) block()     {}
func (Catalogue) block() {}
func (Lifetime) block()  {}
func (Summary) block()   {}
func (Brief) block()     {}
func (Full) block()      {}
func (Short) block()     {}
func (Folded) block()    {}

// Empty reports whether there is nothing in the blocks: they are lists without entries, and parts
// of such lists. Renderers write nothing for them.
func Empty(blocks []Block) bool {
	return !slices.ContainsFunc(blocks, func(b Block) bool {
		list, ok := b.(interface{ empty() bool })
		return !ok || !list.empty()
	})
}

func (b Rows) empty() bool     { return len(b.Rows) == 0 }
func (b Tree) empty() bool     { return len(b) == 0 }
func (b Items) empty() bool    { return len(b) == 0 }
func (b Findings) empty() bool { return len(b) == 0 }
func (b Remedies) empty() bool { return len(b) == 0 }
func (b Part) empty() bool     { return Empty(b) }
func (b Short) empty() bool    { return Empty(b) }
func (b Folded) empty() bool   { return Empty(b) }
