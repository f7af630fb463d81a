package report

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// FindingList writes the catalogue as a list, under its headings.
func (p *Printer) FindingList(x *FindingList) error {
	x = safe(p, x)
	page := p.page()
	column := 0
	for _, e := range x.Items {
		column = max(column, width(string(e.ID)))
	}
	// A few IDs are long: theirs are not the titles that should wrap for it.
	column = min(column, page.Width*3/8)
	group := ""
	for i, e := range x.Items {
		if i == 0 || e.Group != group {
			if i > 0 {
				page.blank()
			}
			group = e.Group
			page.paragraph(0, styled(group, bold))
		}
		m := severityMark(e.Severity)
		name := string(e.ID)
		lead := append(spaces(indent), styled(page.glyph(m), m.style), text(" "))
		if w := width(name); w <= column {
			page.hang(append(lead, append([]span{text(name)}, spaces(column-w+2)...)...), []span{text(e.Title)}, page.Width)
			continue
		}
		page.hang(lead, []span{text(name)}, page.Width)
		page.hang(spaces(indent+2+column+2), []span{text(e.Title)}, page.Width)
	}
	page.blank()
	page.sign(0, markNo, string(finding.Error), text(": can be the cause of a verdict"))
	page.sign(0, markWarning, string(finding.Warning), text(": will bite later"))
	page.sign(0, markInfo, string(finding.Info), text(": helps to read the rest"))
	return page.flush()
}

// FindingEntry writes one page of the catalogue.
func (p *Printer) FindingEntry(e finding.Entry) error {
	e = *safe(p, &e)
	page := p.page()
	page.sign(0, severityMark(e.Severity), string(e.Severity), append([]span{text(": ")}, entitled(e.Title, string(e.ID), bold)...)...)
	for _, part := range []struct{ title, body string }{
		{"What it means", e.Meaning},
		{"How it is detected", e.Detection},
		{"What to do", e.Fix},
		{"Reference", e.Reference},
	} {
		if part.body != "" {
			page.heading(part.title)
			page.paragraphs(indent, part.body)
		}
	}
	return page.flush()
}
