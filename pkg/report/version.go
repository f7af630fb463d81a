package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document says which build this is.
func (x *Version) Document(time.Time) document.Document {
	var out rows
	out.add(finding.T("version"), value(said(x.Info.Version)))
	out.add(finding.T("commit"), value(said(x.Commit)))
	out.add(finding.T("date"), value(said(x.Date)))
	out.add(finding.T("go"), value(said(x.Go)))
	out.add(finding.T("client-go"), value(said(x.Client)))
	out.add(finding.T("apiserver"), value(said(x.Apiserver)))
	return document.Document{document.Rows{Rows: out}}
}
