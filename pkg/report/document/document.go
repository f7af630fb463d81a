// Package document is a report as plain data: its texts, their order and their roles. The renderers in
// pkg/report/terminal and pkg/report/markdown determine the look.
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

// Role is the role of a text in a report.
type Role int

// The roles.
const (
	// Prose are the words of a sentence.
	Prose Role = iota
	// Strong is the subject of a line.
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
	// Aside is a text that a reader rarely needs.
	Aside
)

// A Span is a text in one role.
type Span struct {
	Text finding.Text
	Role Role
	// Short is the text after a Tag, and Long is its variant for more room.
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

// String returns the text, not escaped.
func (w Words) String() string {
	out := ""
	for _, s := range w {
		out += s.Text.String()
	}
	return out
}

type (
	// Verdict is the answer: a mark, a word with the same meaning, and the text after it.
	Verdict struct {
		Mark  Mark
		Word  finding.Text
		Words Words
		// Second reports that the verdict is about a further credential.
		Second bool
	}
	// Paragraph is a sentence, or several.
	Paragraph struct {
		Words Words
		// Whole reports that the line is not wrapped.
		Whole bool
	}
	// Section has a title and a summary beside it.
	Section struct {
		Title  finding.Text
		Mark   Mark
		Aside  finding.Text
		Blocks []Block
	}
	// Part is separated from the previous block.
	Part []Block
	// Within belongs to the previous block.
	Within []Block
	// Rows are names and values.
	Rows struct {
		Rows []Row
		// Evidence reports that the names are the sources of the values.
		Evidence bool
	}
	// Tree are rows that may have rows below them.
	Tree []Row
	// Items are marked lines with their details.
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
		// Narrow replaces the table if it does not fit.
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
	// Summary is a long block under a line that summarizes it.
	Summary struct {
		Line   finding.Text
		Blocks []Block
	}
	// Brief is for the terminal alone, Full for markdown alone.
	Brief []Block
	Full  []Block
	// Short appears only in a short report; Folded appears in all others.
	Short  []Block
	Folded []Block
)

// Row is a name and its value, or its values.
type Row struct {
	// Name is empty if the row continues the previous row.
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
	// Cut reports that long values are cut off. Another block has the whole value.
	Cut bool
}

// Line is a row of a table with its details.
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

// Entry is a name and its meaning.
type Entry struct {
	Mark        Mark
	Name, Title finding.Text
}

// Moment is an instant in the life of a credential.
type Moment struct {
	// Name is the name of the claim, What is the event at that time.
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
