package report

import (
	"fmt"
	"strconv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Inspection writes what a credential says about itself. It says that nothing of
// it was verified before it says anything else.
func (p *Printer) Inspection(x *Inspection) error {
	page := p.page()
	page.inspection(safe(p, x))
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
		page.inspection(safe(p, &x.Items[i]))
	}
	return page.flush()
}

func (p *page) inspection(x *Inspection) {
	c := &x.Credential
	title, fault, findings := "Findings", (*finding.Finding)(nil), x.Findings
	if c.Type == None {
		// Why there is none is the answer.
		fault, findings = firstFault(x.Findings)
	}
	what := kindOf(c)
	if x.Identity != nil {
		what += " of " + x.Identity.Username
	}
	switch {
	case fault != nil:
		title = otherFindings
		p.verdict(markNo, "No credential", fault)
		p.about(from(c.Source))
	case c.Verified:
		p.sign(0, markYes, "Verified", text(": "), styled(what, bold))
		p.about(from(c.Source))
	case len(c.Claims) > 0 || len(c.Header) > 0:
		p.sign(0, markWarning, "UNVERIFIED", text(": "), styled(what, bold))
		p.about(from(c.Source), "decoded, not checked: anyone could have written it")
	case c.Certificate != nil:
		p.sign(0, markWarning, "UNVERIFIED", text(": "), styled(what, bold))
		p.about(from(c.Source), "read, not checked against any certificate authority")
	default:
		p.sign(0, markInfo, "Nothing to decode", text(": "), styled(what, bold))
		p.about(from(c.Source))
	}
	if m, words := lifeOf(c).summary(p.Now); words != "" {
		p.item(indent, m, text(words))
	}
	p.account(fault, nil)
	_, findings = split("", findings)
	p.others(title, nil, findings)
	p.identity(x.Identity, text("as Kubernetes would take it"))
	p.trace(x.Credential.Trace)
	if c.Projected != nil {
		p.heading("Pod's spec")
		p.rows(indent, projectedRows(c.Projected))
	}
	p.lifetime(c)
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
		rows.add("lifetime", strconv.FormatInt(x.ExpirationSeconds, 10)+" seconds are requested")
	}
	rows.add("node", x.NodeName)
	for _, r := range x.Remarks {
		rows.add("remark", r)
	}
	return rows
}
