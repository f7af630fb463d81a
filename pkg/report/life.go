package report

import (
	"slices"
	"strings"
	"time"
)

// A moment is an instant in the life of a credential.
type moment struct {
	name string // as the claim is called
	what string // what happens then
	at   time.Time
}

const (
	expires = "expires"
	due     = "due for renewal"
)

// A life is the moments of a credential, in order of time.
type life struct {
	moments []moment
	// endless: nothing says when it ends.
	endless bool
	// unreadable: something does, and no calendar can write it.
	unreadable bool
}

func lifeOf(c *Credential) life {
	names := [...]string{"iat", "nbf", "warnafter", "exp"}
	if c.Certificate != nil {
		names = [...]string{"", "notBefore", "", "notAfter"}
	}
	var moments []moment
	for i, m := range []struct {
		what string
		at   *Time
	}{
		{"issued", c.IssuedAt},
		{"valid from", c.NotBefore},
		{due, c.WarnAfter},
		{expires, c.ExpiresAt},
	} {
		if m.at != nil {
			moments = append(moments, moment{names[i], m.what, m.at.Time})
		}
	}
	if cert := c.Certificate; cert != nil && len(moments) == 0 {
		if cert.NotBefore != nil {
			moments = append(moments, moment{"notBefore", "valid from", cert.NotBefore.Time})
		}
		if cert.NotAfter != nil {
			moments = append(moments, moment{"notAfter", expires, cert.NotAfter.Time})
		}
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return a.at.Compare(b.at) })
	l := life{moments: moments, endless: !slices.ContainsFunc(moments, func(m moment) bool { return m.what == expires })}
	l.unreadable = l.endless && c.Claims["exp"] != nil
	return l
}

// summary says in words what the bar draws; nothing of a credential without dates.
func (l life) summary(now time.Time) (mark, string) {
	var begin, warn, end time.Time
	for _, m := range l.moments {
		switch m.what {
		case "issued", "valid from":
			if m.at.After(begin) {
				begin = m.at
			}
		case due:
			warn = m.at
		case expires:
			end = m.at
		}
	}
	switch {
	case len(l.moments) == 0:
		return mark{}, ""
	case !l.endless && !end.After(now):
		return markNo, "expired " + relative(end, now)
	case begin.After(now):
		return markWarning, "not valid yet: begins " + relative(begin, now)
	case l.unreadable:
		return markWarning, "its end cannot be read"
	case l.endless:
		return markWarning, "never expires; " + length(seconds(begin, now)) + " old"
	case !warn.IsZero() && warn.Before(now):
		return markWarning, "due for renewal since " + length(seconds(warn, now)) + "; expires " + relative(end, now)
	case begin.IsZero():
		return markYes, "expires " + relative(end, now)
	case !warn.IsZero():
		return markYes, length(seconds(now, end)) + " left of " + length(seconds(begin, end)) + "; due for renewal " + relative(warn, now)
	default:
		return markYes, length(seconds(now, end)) + " left of " + length(seconds(begin, end))
	}
}

// lifetime writes when a credential lives.
func (p *page) lifetime(c *Credential) {
	l := lifeOf(c)
	if m, words := l.summary(p.Now); words != "" {
		p.heading("Lifetime", p.beside(m, words)...)
		p.life(indent, l)
	}
}

// life draws the life of a credential as a bar, with every moment of it and now
// marked, and lists the moments below.
//
//	|=============================*-----------------------------+-----|
//	iat, nbf                      now                   warnafter   exp
//
// What has passed is drawn heavy and what is left light. Where now lies outside,
// dots lead to it, and are not to scale; neither is what comes before a renewal that is
// due early. The list says all that the bar shows.
func (p *page) life(at int, l life) {
	bar := p.bar(l, min(p.Width-at, 72))
	for _, line := range bar {
		p.write(append(spaces(at), line...))
		p.blank()
	}
	if len(bar) > 0 {
		p.blank()
	}
	listed := append(slices.Clone(l.moments), moment{name: "now", at: p.Now})
	slices.SortStableFunc(listed, func(a, b moment) int { return a.at.Compare(b.at) })
	var names, whens, whats []string
	for i, m := range listed {
		if n := len(names); i > 0 && m.at.Equal(listed[i-1].at) {
			names[n-1] += ", " + m.name
			whats[n-1] = join(whats[n-1], m.what)
			continue
		}
		when := absolute(m.at)
		if m.name != "now" {
			when += ", " + relative(m.at, p.Now)
		}
		what := m.what
		switch {
		case what == expires && !m.at.After(p.Now):
			what = "expired"
		case what == due && len(bar) > 0:
			if _, broken := l.broken(l.moments[0].at, l.moments[len(l.moments)-1].at); broken {
				what += " (not to scale)"
			}
		}
		names, whens, whats = append(names, m.name), append(whens, when), append(whats, what)
	}
	column := 0
	for _, w := range whens {
		column = max(column, width(w))
	}
	var rows list
	for i, name := range names {
		value := []span{text(whens[i])}
		if whats[i] != "" {
			value = append(value, text(strings.Repeat(" ", column-width(whens[i])+2)+whats[i]))
		}
		rows = append(rows, row{name, value})
	}
	p.rows(at, rows)
}

// broken returns when a credential is due for renewal, if that is so early in its life that
// the bar needs another scale up to then: the API server lets the tokens of Pods live for
// a year, and they should be renewed after an hour.
func (l life) broken(begin, end time.Time) (time.Time, bool) {
	for _, m := range l.moments {
		if m.what == due {
			early := seconds(begin, m.at)
			return m.at, !l.endless && early > 0 && early < seconds(begin, end)/10
		}
	}
	return time.Time{}, false
}

// backwards: it ends before it begins.
func (l life) backwards() bool { return len(l.moments) > 1 && l.moments[0].what == expires }

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// bar returns the bar and the lines of names under it; nil where there is no
// stretch of time to draw.
func (p *page) bar(l life, cells int) [][]span {
	if len(l.moments) == 0 || cells < 30 {
		return nil
	}
	begin, end := l.moments[0].at, l.moments[len(l.moments)-1].at
	if l.endless {
		// Draw the past, and an arrow.
		end = p.Now
	}
	if seconds(begin, end) < 1 || l.backwards() {
		return nil
	}
	last := cells - 1
	from, to := 0, last // the columns of begin and end
	switch {
	case l.endless:
		to = last * 4 / 5
	case p.Now.After(end):
		to = last * 3 / 4
	case p.Now.Before(begin):
		from = last / 4
	}
	between := func(t, begin, end time.Time, from, to int) int {
		return from + int(float64(to-from)*(float64(seconds(begin, t))/float64(seconds(begin, end)))+0.5)
	}
	warn, broken := l.broken(begin, end)
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
	state, _ := l.summary(p.Now)
	now := column(p.Now)
	line := make([]cell, cells)
	for i := range line {
		switch {
		case i < from, i > to && !l.endless:
			line[i] = cell{text: glyph.gap, width: 1, style: state.style}
		case i <= now && !p.Now.Before(begin):
			line[i] = cell{text: glyph.past, width: 1}
		default:
			line[i] = cell{text: glyph.left, width: 1, style: state.style}
		}
	}
	for _, m := range l.moments {
		line[column(m.at)].text = glyph.tick
	}
	line[from].text = glyph.edge1
	if l.endless {
		line[last].text = glyph.open
	} else {
		line[to].text = glyph.edge2
	}
	line[now] = cell{text: glyph.now, width: 1, style: bold}

	names := map[int]string{}
	add := func(col int, name string) {
		if names[col] != "" {
			name = names[col] + ", " + name
		}
		names[col] = name
	}
	for _, m := range l.moments {
		add(column(m.at), m.name)
	}
	add(now, "now")
	return append([][]span{spansOf(line)}, labels(names, cells)...)
}

// labels places each name under its column, on the first line where there is room,
// with a line drawn down to it.
func labels(names map[int]string, cells int) [][]span {
	columns := make([]int, 0, len(names))
	for c := range names {
		columns = append(columns, c)
	}
	slices.Sort(columns)
	var lines [][]rune
	free := func(line []rune, from, to int) bool {
		for _, r := range line[max(from-2, 0):min(to+2, cells)] {
			if r != ' ' {
				return false
			}
		}
		return true
	}
	// From the right, so that what hangs down from a name of the second line finds
	// its own column untouched.
	for _, c := range slices.Backward(columns) {
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
	out := make([][]span, len(lines))
	for i, l := range lines {
		out[i] = []span{text(strings.TrimRight(string(l), " "))}
	}
	return out
}
