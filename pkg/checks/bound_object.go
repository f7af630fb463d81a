package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server reports `invalidated` when a bound object does not exist, without its name.
var boundObject = Check{
	ID:        "bound-object",
	Title:     "bound objects",
	Passed:    T("none is reported missing"),
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundObjectGone},
	Applies:   (*Case).IsBoundToken,
	Run: func(c *Case) Result {
		reason, _, ok := c.ServerNames(finding.BoundObjectGone)
		if !ok {
			return pass(noDetail)
		}
		seen, possible := 0, 0
		for _, o := range c.Objects() {
			switch {
			case o.Kind == diagnose.KindServiceAccount:
			case !o.Fact.Known():
				possible++
			case o.Fate != diagnose.FateThere && o.Fate != diagnose.FateTerminating:
				seen++
			}
		}
		if seen > 0 {
			return pass(T("the check of the missing object names it"))
		}
		detail := T("the API server reports that an object which the token is bound to does not exist. The evidence does not show which object")
		if possible == 0 {
			detail = T("the API server reports that an object which the token is bound to does not exist. The objects that the claims name existed when they were read")
		}
		f := prove(finding.BoundObjectGone, "%s", detail).Quote(finding.Message(reason.Text))
		if c.Token().ServiceAccount().Pod != nil {
			return report(restart(c, f, noDetail))
		}
		return report(replaceToken(c, f, noDetail))
	},
}
