package report

import (
	"strconv"
	"strings"
)

// Comparison writes whose identity changes, a line a token.
func (p *Printer) Comparison(x *Comparison) error {
	x = safe(p, x)
	page := p.page()
	of := strconv.Itoa(len(x.Items)) + " " + plural(len(x.Items), "token", "tokens")
	switch {
	case x.Changed > 0:
		page.sign(0, markNo, "Changed", text(": "), styled("the identity of "+strconv.Itoa(x.Changed)+" of "+of, bold))
	case x.Undecided > 0:
		others := ""
		if x.Undecided < len(x.Items) {
			others = "; the others stay who they are"
		}
		page.sign(0, markUnknown, Undecided, text(": "), styled("the identity of "+strconv.Itoa(x.Undecided)+" of "+of, bold), text(others))
	default:
		page.sign(0, markYes, "Unchanged", text(": "), styled("the identity of "+of, bold))
	}
	for i := range x.Items {
		c := &x.Items[i]
		if len(c.Changes) == 0 {
			continue
		}
		spans := who(c)
		for j, change := range c.Changes {
			if p.ASCII {
				change = strings.ReplaceAll(change, "→", "->")
			}
			spans = append(spans, text([]string{": ", ", "}[min(j, 1)]+change))
		}
		page.item(indent, markWarning, spans...)
	}
	if x.Undecided == 0 {
		return page.flush()
	}
	page.heading("Undecided", text("because something was not given"))
	for i := range x.Items {
		c := &x.Items[i]
		why := unknowns(c)
		if len(why) == 0 {
			continue
		}
		spans := who(c)
		for _, w := range why {
			spans = append(spans, text(": "+w))
		}
		page.item(indent, markUnknown, spans...)
	}
	return page.flush()
}

// who says which token it is, by what it says of itself.
func who(c *Compared) []span {
	line := text("line " + strconv.Itoa(c.Line) + "  ")
	if c.Subject == "" {
		return []span{line, styled(named(&Credential{Type: c.Type}), bold)}
	}
	spans := []span{line, styled(c.Subject, bold), text(" of " + c.Issuer)}
	if a, b := c.Before.User, c.After.User; a != nil && b != nil && a.Username == b.Username {
		spans = append(spans, text(", "+strconv.Quote(a.Username)))
	}
	return spans
}

// unknowns are what was missing of a token that one of the two configurations, or both, could
// not decide.
func unknowns(c *Compared) []string {
	before, after := c.Before.Verdict == Undecided, c.After.Verdict == Undecided
	switch {
	case before && after:
		return c.After.Missing[:min(1, len(c.After.Missing))]
	case before:
		return append([]string{"before"}, c.Before.Missing[:min(1, len(c.Before.Missing))]...)
	case after:
		return append([]string{"after"}, c.After.Missing[:min(1, len(c.After.Missing))]...)
	}
	return nil
}
