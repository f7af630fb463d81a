package terminal

import (
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/lipgloss/table"
	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
)

// leastCut is the minimum width of a column that is truncated.
const leastCut = 20

// table writes rows of cells below a heading, or their alternative on a narrow page.
func (p *page) table(at int, t document.Table) {
	var rows [][]string
	var head []string
	for _, c := range t.Columns {
		head = append(head, strings.ToUpper(escape.Words(c.Title)))
	}
	if head != nil {
		rows = append(rows, head)
	}
	for _, r := range t.Rows {
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, plain(p.pieces(c)))
		}
		rows = append(rows, cells)
	}
	if len(t.Rows) == 0 {
		return
	}
	var last []string
	if n := len(t.Columns); n > 0 && t.Columns[n-1].Cut {
		for i := range rows {
			last, rows[i] = append(last, rows[i][n-1]), rows[i][:n-1]
		}
	}
	lines := p.columns(t.Columns, rows)
	column := lipgloss.Width(strings.Join(lines, "\n"))
	if len(t.Narrow) > 0 && at+column > p.Width {
		p.blocks(at, t.Narrow)
		return
	}
	for i, line := range lines {
		if last != nil {
			p.cutOff(at, line, last[i], column)
			continue
		}
		var of document.Line
		if i >= len(rows)-len(t.Rows) {
			of = t.Rows[i-len(rows)+len(t.Rows)]
		}
		var lead []piece
		if of.Mark != document.None {
			lead = []piece{{text: of.Mark.Glyph(p.ASCII), style: styleOf(of.Mark)}, {text: " "}}
		}
		limit := p.prose()
		if len(t.Narrow) > 0 {
			limit = p.Width
		}
		p.hang(at, lead, []piece{{text: line}}, limit)
		p.blocks(at+indent, of.Blocks)
	}
}

// columns formats rows of cells, each column as wide as its widest cell.
func (p *page) columns(of []document.Column, rows [][]string) []string {
	beside := p.styles[normal].PaddingRight(2)
	t := table.New().Border(lipgloss.HiddenBorder()).BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).
		StyleFunc(func(_, column int) lipgloss.Style {
			if column < len(of) && of[column].Right {
				return beside.Align(lipgloss.Right)
			}
			return beside
		}).Rows(rows...)
	lines := strings.Split(t.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// cutOff writes a line, and after it or below it a text that is truncated at the end of the page.
func (p *page) cutOff(at int, line, last string, column int) {
	lead := []piece{{text: line + strings.Repeat(" ", max(column-ansi.StringWidth(line), 0)+2)}}
	end := "…"
	if p.ASCII {
		end = "..."
	}
	room := p.Width - at - width(lead)
	if room < leastCut {
		// The truncated text has its own line.
		p.hang(at, []piece{{text: line}}, nil, p.Width)
		lead = []piece{{text: "  "}}
		room = p.Width - at - 2
	}
	p.hang(at, lead, []piece{{text: ansi.Truncate(last, max(room, 1), end)}}, p.Width)
}
