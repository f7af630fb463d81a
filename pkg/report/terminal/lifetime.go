package terminal

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Drawing is a lifetime as a picture of characters.
func Drawing(l document.Lifetime, ascii bool) string {
	page := (&Printer{ASCII: ascii}).page()
	page.lifetime(0, l)
	return strings.TrimRight(page.out.String(), "\n")
}

// lifetime draws the life of a credential as a bar, with every moment of it and now
// marked, and lists the moments below. It is drawn by hand: the bars of libraries show progress,
// and know neither names on a scale nor a scale that is broken.
//
//	|=============================*-----------------------------+-----|
//	iat, nbf                      now                   warnafter   exp
//
// What has passed is drawn heavy and what is left light. Where now lies outside,
// dots lead to it, and are not to scale; neither is what comes before a renewal that is
// due early. The list says all that the bar shows.
func (p *page) lifetime(at int, l document.Lifetime) {
	bar := p.bar(l, min(p.Width-at, 72))
	for _, line := range bar {
		p.out.WriteString(strings.Repeat(" ", at) + p.render(line...))
		p.blank()
	}
	if len(bar) > 0 {
		p.blank()
	}
	listed := append(slices.Clone(l.Moments), document.Moment{Name: "now", At: l.Now})
	slices.SortStableFunc(listed, func(a, b document.Moment) int { return a.At.Compare(b.At) })
	var names, whens, whats []string
	for i, m := range listed {
		if n := len(names); i > 0 && m.At.Equal(listed[i-1].At) {
			names[n-1] += ", " + m.Name
			if m.What != "" && whats[n-1] != "" {
				whats[n-1] += ", "
			}
			whats[n-1] += m.What
			continue
		}
		when := finding.T("%s", finding.Time(m.At))
		if m.Name != "now" {
			when = finding.T("%s, %s", when, finding.Ago(m.At, l.Now))
		}
		what := m.What
		switch {
		case what == document.Expires && !m.At.After(l.Now):
			what = "expired"
		case what == document.Due && len(bar) > 0:
			if _, broken := broken(l); broken {
				what += " (not to scale)"
			}
		}
		names, whens, whats = append(names, m.Name), append(whens, when.String()), append(whats, what)
	}
	column := lipgloss.Width(strings.Join(whens, "\n"))
	var rows []document.Row
	for i, name := range names {
		line := whens[i]
		if whats[i] != "" {
			line += strings.Repeat(" ", column-ansi.StringWidth(line)+2) + whats[i]
		}
		rows = append(rows, document.Row{Name: words(name), Value: words(line)})
	}
	p.rows(at, rows, false)
}

func words(s string) document.Words {
	return document.Of(document.Value, finding.T("%s", finding.Message(s)))
}

// broken returns when a credential is due for renewal, if that is so early in its life that
// the bar needs another scale up to then: the API server lets the tokens of Pods live for
// a year, and they should be renewed after an hour.
func broken(l document.Lifetime) (time.Time, bool) {
	begin, end := l.Moments[0].At, l.Moments[len(l.Moments)-1].At
	for _, m := range l.Moments {
		if m.What == document.Due {
			early := seconds(begin, m.At)
			return m.At, !l.Endless && early > 0 && early < seconds(begin, end)/10
		}
	}
	return time.Time{}, false
}

// seconds is how long it is from one instant to another. A time.Duration ends at
// 292 years; numeric dates do not.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }

// bar returns the bar and the lines of names under it; nil where there is no
// stretch of time to draw.
//
// It has many branches: where a mark and its name go depends on those beside it. No library draws such a bar.
func (p *page) bar(l document.Lifetime, cells int) [][]piece {
	if len(l.Moments) == 0 || cells < 30 {
		return nil
	}
	begin, end := l.Moments[0].At, l.Moments[len(l.Moments)-1].At
	if l.Endless {
		// Draw the past, and an arrow.
		end = l.Now
	}
	if seconds(begin, end) < 1 || len(l.Moments) > 1 && l.Moments[0].What == document.Expires {
		// Or it ends before it begins.
		return nil
	}
	last := cells - 1
	from, to := 0, last // the columns of begin and end
	switch {
	case l.Endless:
		to = last * 4 / 5
	case l.Now.After(end):
		to = last * 3 / 4
	case l.Now.Before(begin):
		from = last / 4
	}
	between := func(t, begin, end time.Time, from, to int) int {
		return from + int(float64(to-from)*(float64(seconds(begin, t))/float64(seconds(begin, end)))+0.5)
	}
	warn, broken := broken(l)
	column := func(t time.Time) int {
		bend := from + (to-from)*2/5
		switch {
		case t.After(end):
			return last
		case t.Before(begin):
			return 0
		case broken && t.After(warn):
			return between(t, warn, end, bend, to)
		case broken:
			return between(t, begin, warn, from, bend)
		default:
			return between(t, begin, end, from, to)
		}
	}
	glyph := struct{ edge1, edge2, past, left, gap, tick, now, open string }{"├", "┤", "━", "─", "·", "┼", "●", "▶"}
	if p.ASCII {
		glyph = struct{ edge1, edge2, past, left, gap, tick, now, open string }{"|", "|", "=", "-", ".", "+", "*", ">"}
	}
	state := styleOf(l.Mark)
	now := column(l.Now)
	line := make([]piece, cells)
	for i := range line {
		switch {
		case i < from, i > to && !l.Endless:
			line[i] = piece{text: glyph.gap, style: state}
		case i <= now && !l.Now.Before(begin):
			line[i] = piece{text: glyph.past}
		default:
			line[i] = piece{text: glyph.left, style: state}
		}
	}
	for _, m := range l.Moments {
		line[column(m.At)].text = glyph.tick
	}
	line[from].text = glyph.edge1
	if l.Endless {
		line[last].text = glyph.open
	} else {
		line[to].text = glyph.edge2
	}
	line[now] = piece{text: glyph.now, style: bold}

	names := map[int]string{}
	add := func(col int, name string) {
		if names[col] != "" {
			name = names[col] + ", " + name
		}
		names[col] = name
	}
	for _, m := range l.Moments {
		add(column(m.At), m.Name)
	}
	add(now, "now")
	return append([][]piece{line}, labels(names, cells)...)
}

// labels places each name under its column, on the first line where there is room,
// with a line drawn down to it.
func labels(names map[int]string, cells int) [][]piece {
	var lines [][]rune
	free := func(line []rune, from, to int) bool {
		return strings.TrimSpace(string(line[max(from-2, 0):min(to+2, cells)])) == ""
	}
	// From the right, so that what hangs down from a name of the second line finds
	// its own column untouched.
	for _, c := range slices.Backward(slices.Sorted(maps.Keys(names))) {
		name := []rune(names[c])
		from := min(c, cells-len(name))
		n := 0
		for ; ; n++ {
			if n == len(lines) {
				lines = append(lines, []rune(strings.Repeat(" ", cells)))
			}
			if free(lines[n], from, from+len(name)) {
				break
			}
		}
		copy(lines[n][from:], name)
		for i := range n {
			if lines[i][c] == ' ' {
				lines[i][c] = '|'
			}
		}
	}
	out := make([][]piece, len(lines))
	for i, l := range lines {
		out[i] = []piece{{text: strings.TrimRight(string(l), " ")}}
	}
	return out
}
