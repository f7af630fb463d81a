package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// "invalidated" is what the server says when a bound object is gone, and not which.
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
		detail := T("the server says that an object which the token is bound to is gone, and which one could not be seen")
		if possible == 0 {
			detail = T("the server says that an object which the token is bound to is gone; those that its claims name were there when they were read")
		}
		return report(prove(finding.BoundObjectGone, "%s", detail).Seen(statusError, finding.Message(reason.Text)).
			Fix("Get a new token, in a Pod by restarting it.", mintAnew(c)))
	},
}
