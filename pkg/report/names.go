package report

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/anonymize"
)

// Names takes the names out of reports: it knows what of their words is this program's.
func Names() *anonymize.Names {
	own := []string{PastedError.String(), credential.Argument.String(), credential.Stdin.String()}
	for _, c := range checks.All {
		own = append(own, c.ID, c.Title, string(c.Stage))
	}
	return anonymize.New(own...)
}

// StageOf is the heading of a check, which objects do not have.
func StageOf(id string) string {
	for _, c := range checks.All {
		if c.ID == id {
			return string(c.Stage)
		}
	}
	return ""
}
