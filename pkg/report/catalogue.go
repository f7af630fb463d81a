package report

import (
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document is the catalogue as a list, under its headings; one finding alone is its page.
func (x *FindingList) Document(time.Time) document.Document {
	if len(x.Items) == 1 {
		return entryPage(x.Items[0])
	}
	var d doc
	var groups []document.Group
	for i, e := range x.Items {
		if i == 0 || e.Group != x.Items[i-1].Group {
			groups = append(groups, document.Group{Title: said(e.Group)})
		}
		g := &groups[len(groups)-1]
		g.Entries = append(g.Entries, document.Entry{Mark: severityMark(e.Severity), Name: said(string(e.ID)), Title: said(e.Title)})
	}
	d.add(document.Catalogue(groups))
	d.add(document.Part{document.Items{
		{Mark: document.No, Word: finding.T("error"), Words: colon(prose(finding.T("can be the cause of a verdict")))},
		{Mark: document.Warning, Word: finding.T("warning"), Words: colon(prose(finding.T("will bite later")))},
		{Mark: document.Info, Word: finding.T("info"), Words: colon(prose(finding.T("helps to read the rest")))},
	}})
	return document.Document(d)
}

// entryPage is one page of the catalogue.
func entryPage(e finding.Entry) document.Document {
	d := doc{document.Verdict{Mark: severityMark(e.Severity), Word: said(string(e.Severity)),
		Words: colon(entitled(said(e.Title), e.ID, document.Strong))}}
	for _, part := range []struct {
		title finding.Text
		body  string
		role  document.Role
	}{
		{finding.T("What it means"), e.Meaning, document.Prose},
		{finding.T("How it is detected"), e.Detection, document.Prose},
		{finding.T("What to do"), e.Fix, document.Prose},
		{finding.T("Reference"), e.Reference, document.Link},
	} {
		var paragraphs doc
		for line := range strings.SplitSeq(part.body, "\n") {
			paragraphs.add(document.Paragraph{Words: document.Of(part.role, said(strings.TrimSpace(line)))})
		}
		if part.body != "" {
			d.section(part.title, paragraphs...)
		}
	}
	return document.Document(d)
}
