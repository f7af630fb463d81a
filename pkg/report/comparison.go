package report

import "strconv"

// Comparison writes whose identity changes, a line a token.
func (p *Printer) Comparison(x *Comparison) error {
	x = safe(x)
	page := p.page()
	m, words := markYes, "no identity changes"
	if x.Changed > 0 {
		m, words = markNo, strconv.Itoa(x.Changed)+" of "+strconv.Itoa(len(x.Items))+" "+plural(len(x.Items), "token changes", "tokens change")
	} else {
		words += ", of " + strconv.Itoa(len(x.Items)) + " " + plural(len(x.Items), "token", "tokens")
	}
	page.item(0, m, styled(words, bold))
	for i := range x.Items {
		c := &x.Items[i]
		if len(c.Changes) == 0 {
			continue
		}
		who := "line " + strconv.Itoa(c.Line) + ": "
		if c.Subject != "" {
			who += c.Subject + " of " + c.Issuer
		} else {
			who += c.Type
		}
		spans := []span{text(who)}
		for j, change := range c.Changes {
			spans = append(spans, text([]string{"  ", ", "}[min(j, 1)]+change))
		}
		page.item(indent, markWarning, spans...)
	}
	return page.flush()
}
