package report

import (
	"fmt"
	"strconv"
)

// Inspection writes what a credential says about itself. It says that nothing of
// it was verified before it says anything else.
func (p *Printer) Inspection(x *Inspection) error {
	page := p.page()
	page.inspection(safe(x))
	return page.flush()
}

// InspectionList writes several, each under its number.
func (p *Printer) InspectionList(x *InspectionList) error {
	page := p.page()
	if len(x.Items) == 0 {
		page.paragraph(0, text("no credentials"))
	}
	for i := range x.Items {
		if i > 0 {
			page.blank()
		}
		page.paragraph(0, styled(fmt.Sprintf("%d of %d", i+1, len(x.Items)), bold))
		page.inspection(safe(&x.Items[i]))
	}
	return page.flush()
}

func (p *page) inspection(x *Inspection) {
	c := &x.Credential
	p.paragraph(0, styled(upperFirst(named(c)), bold))
	switch {
	case c.Verified:
		p.item(0, markYes, styled("signature verified", green))
	case len(c.Claims) > 0 || len(c.Header) > 0:
		p.item(0, markWarning, styled("UNVERIFIED", yellow), text(": decoded, not checked. Anyone could have written this."))
	case c.Certificate != nil:
		p.item(0, markWarning, styled("UNVERIFIED", yellow), text(": read, not checked against any certificate authority."))
	}
	life := lifeOf(c)
	if words, st := life.summary(p.Now); words != "" {
		m := markYes
		switch st {
		case red:
			m = markNo
		case yellow:
			m = markWarning
		}
		p.item(0, m, styled(words, st))
	}
	_, findings := split("", x.Findings)
	p.others("Findings", findings)
	p.identity("Kubernetes would take it for", x.Identity)
	p.trace(x.Credential.Trace)
	if len(life.moments) > 0 {
		p.heading("Life")
		p.life(indent, life)
	}
	if c.Projected != nil {
		p.heading("What the Pod's spec asks for")
		p.rows(indent, projectedRows(c.Projected))
	}
	if c.Certificate != nil {
		p.heading("Certificate")
		p.rows(indent, certificateRows(c.Certificate))
	}
	if len(c.Header) > 0 {
		p.heading("Header")
		p.tree(indent, c.Header)
	}
	if len(c.Claims) > 0 {
		p.heading("Claims")
		p.tree(indent, c.Claims)
	}
}

// projectedRows are what a Pod's spec says of a token.
func projectedRows(x *Projected) list {
	var rows list
	rows.add("container", x.Container)
	rows.add("path", x.Path)
	if !x.Undeclared {
		audience := x.Audience
		if audience == "" {
			audience = "the API server's own"
		}
		rows.add("audience", audience)
		rows.add("lifetime", strconv.FormatInt(x.ExpirationSeconds, 10)+" seconds, asked for")
	}
	rows.add("node", x.NodeName)
	for _, r := range x.Remarks {
		rows.add("remark", r)
	}
	return rows
}
