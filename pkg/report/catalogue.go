package report

import "github.com/kubectl-authn/kubectl-authn/pkg/finding"

// FindingList writes the catalogue as a list, under its headings.
func (p *Printer) FindingList(x *FindingList) error {
	x = safe(x)
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
	page.item(0, markNo, styled("error", red), text(" can be the cause of a verdict"))
	page.item(0, markWarning, styled("warning", yellow), text(" will bite later"))
	page.item(0, markInfo, styled("info", blue), text(" helps to read the rest"))
	return page.flush()
}

// FindingEntry writes one page of the catalogue.
func (p *Printer) FindingEntry(e finding.Entry) error {
	e = *safe(&e)
	page := p.page()
	m := severityMark(e.Severity)
	page.item(0, m, styled(string(e.Severity), m.style), text(": "), styled(e.Title, bold), text("  "), unbroken("["+string(e.ID)+"]", faint))
	for _, part := range []struct{ title, body string }{
		{"What it means", e.Meaning},
		{"How it is detected", e.Detection},
		{"How to fix it", e.Fix},
		{"Read on", e.Reference},
	} {
		if part.body != "" {
			page.heading(part.title)
			page.paragraphs(indent, part.body)
		}
	}
	return page.flush()
}
