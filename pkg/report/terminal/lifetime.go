package terminal

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Drawing draws a lifetime with characters.
func Drawing(l document.Lifetime, ascii bool) string {
	page := (&Printer{ASCII: ascii}).page()
	page.lifetime(0, l)
	return strings.TrimRight(page.out.String(), "\n")
}

// A point is an instant of a lifetime: the names of its moments, its time, and what happens.
type point struct {
	at         time.Time
	names      []string
	when, what string
}

// lifetime draws the lifetime of a credential as a line, with its moments below it. Libraries only have progress bars,
// without labels and broken scales.
//
//	├─────────────────────────────────────● now ────────────────────────────┤
//	iat, nbf                                            exp
//	2026-05-24 18:10:28Z                                2026-05-24 20:10:28Z
//	issued 1h 4m ago                                    expires in 55m
//
// If now is outside the lifetime, dots lead to it, not to scale. The time before an early renewal is not to scale either,
// and "//" marks the break after it. If the moments do not fit below the line, they are a list with the same content.
func (p *page) lifetime(at int, l document.Lifetime) {
	points := pointsOf(l)
	columns, line := p.line(l, points, p.prose()-at)
	if line != nil {
		p.out.WriteString(strings.Repeat(" ", at) + p.render(line...))
		p.blank()
	}
	if below := labels(points, columns, len(line)); below != nil {
		p.code(at, normal, below)
		return
	}
	var rows []document.Row
	for _, one := range points {
		rows = append(rows, document.Row{Name: words(strings.Join(one.names, ", ")), Value: words(one.when + " (" + one.what + ")")})
	}
	p.rows(at, document.Rows{Rows: rows}, false)
}

func words(s string) document.Words {
	return document.Of(document.Value, finding.T("%s", finding.Message(s)))
}

// pointsOf returns the points of the moments, with the moments of one instant together.
func pointsOf(l document.Lifetime) []point {
	var points []point
	for i, m := range l.Moments {
		if i == 0 || !m.At.Equal(l.Moments[i-1].At) {
			points = append(points, point{at: m.At, when: finding.T("%s", finding.Time(m.At)).String()})
		}
		one := &points[len(points)-1]
		one.names = append(one.names, m.Name)
		switch {
		case m.What == document.Expires && !m.At.After(l.Now):
			m.What = "expired"
		case m.What == document.ValidFrom && m.At.After(l.Now):
			m.What = "valid"
		case one.what != "" && m.What != document.Expires:
			continue
		}
		ago := finding.T("%s", finding.Ago(m.At, l.Now)).String()
		one.what = strings.TrimPrefix(strings.TrimSuffix(one.what, " "+ago)+", "+m.What, ", ") + " " + ago
	}
	return points
}

// labels returns the lines below a lifetime, with each label below its point or near it; nil if the labels do not
// fit.
func labels(points []point, columns []int, cells int) []string {
	const gap = 2
	if len(columns) == 0 {
		return nil
	}
	texts, wide := make([][3]string, len(points)), make([]int, len(points))
	end := 0
	for i, one := range points {
		texts[i] = [3]string{strings.Join(one.names, ", "), one.when, one.what}
		for _, s := range texts[i] {
			wide[i] = max(wide[i], ansi.StringWidth(s))
		}
		columns[i] = max(columns[i], end)
		end = columns[i] + wide[i] + gap
	}
	end = cells + gap
	for i := range slices.Backward(points) {
		columns[i] = min(columns[i], end-gap-wide[i])
		end = columns[i]
	}
	if end < 0 {
		return nil
	}
	var lines [3]string
	for i, from := range columns {
		for j, s := range texts[i] {
			lines[j] += strings.Repeat(" ", from-ansi.StringWidth(lines[j])) + s
		}
	}
	return lines[:]
}

// broken returns when a credential is due for renewal if that is too early in its lifetime for one scale. The API
// server extends the tokens of Pods to a year, and the kubelet renews them after about an hour.
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

// seconds returns the time between two instants. A time.Duration is limited to 292 years, which a NumericDate may
// exceed.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }

// line returns the line and the columns of its points; nil if the lifetime is empty.
func (p *page) line(l document.Lifetime, points []point, cells int) (columns []int, out []piece) {
	if len(l.Moments) == 0 || cells < 30 {
		return nil, nil
	}
	begin, end := l.Moments[0].At, l.Moments[len(l.Moments)-1].At
	if l.Endless {
		// Draw the past and an arrow.
		end = l.Now
	}
	if seconds(begin, end) < 1 || len(l.Moments) > 1 && l.Moments[0].What == document.Expires {
		// The lifetime may also end before it begins.
		return nil, nil
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
	glyph := struct{ edge1, edge2, line, gap, tick, now, open string }{"├", "┤", "─", "·", "┼", "●", "▶"}
	if p.ASCII {
		glyph = struct{ edge1, edge2, line, gap, tick, now, open string }{"|", "|", "-", ".", "+", "*", ">"}
	}
	// The color only marks what is wrong.
	wrong := styleOf(l.Mark)
	if wrong == yes {
		wrong = normal
	}
	line := make([]piece, cells)
	for i := range line {
		if line[i].text = glyph.line; i < from || i > to && !l.Endless {
			line[i] = piece{text: glyph.gap, style: wrong}
		} else if l.Mark == document.Warning && (from > 0 || !broken || i >= column(warn)) {
			line[i].style = wrong
		}
	}
	if broken {
		// The usual sign for a broken scale.
		at := column(warn)/2 + to/2
		line[at].text, line[at+1].text = "/", "/"
	}
	for _, one := range points {
		columns = append(columns, column(one.at))
		line[column(one.at)].text = glyph.tick
	}
	line[from].text = glyph.edge1
	if l.Endless {
		line[last].text = glyph.open
	} else {
		line[to].text = glyph.edge2
	}
	mark := column(l.Now)
	line[mark] = piece{text: glyph.now, style: bold}
	for _, start := range []int{mark + 1, mark - len(named)} {
		if end := start + len(named); start >= 0 && end <= cells && !slices.ContainsFunc(line[start:end], func(c piece) bool { return c.text != glyph.line && c.text != glyph.gap }) {
			for i, c := range named {
				line[start+i] = piece{text: string(c)}
			}
			break
		}
	}
	return columns, line
}

// named is the label of the mark of now.
const named = " now "
