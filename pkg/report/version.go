package report

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Document says which build this is.
func (x *Version) Document(time.Time) document.Document {
	return document.Document{document.Rows{Rows: some(
		row(finding.T("version"), value(said(x.Info.Version))),
		row(finding.T("commit"), value(said(x.Commit))),
		row(finding.T("date"), value(said(x.Date))),
		row(finding.T("go"), value(said(x.Go))),
		row(finding.T("client-go"), value(said(x.Client))),
		row(finding.T("apiserver"), value(said(x.Apiserver))),
	)}}
}
