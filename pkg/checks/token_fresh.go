package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet's extended tokens live for a year so that old clients go on working;
// `warnafter` says when a client should have read its file again.
var tokenFresh = Check{
	ID:        "token-fresh",
	Title:     "token refresh",
	Passed:    T("not due"),
	Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go (warnafter)",
	Finds:     []finding.ID{finding.TokenStale},
	// Of a file that was read just now, tokenFileFresh has the word.
	Applies: func(c *Case) bool { return c.IsBoundToken() && !c.IsKeptByKubelet() },
	Run: func(c *Case) Result {
		after, has := c.Token().WarnAfter()
		now, byServer := c.ServerNow()
		if !has || !now.After(after) {
			return pass(noDetail)
		}
		exp, _ := c.Token().ExpiresAt()
		end := T("fails when the extension ends on %s", finding.Time(exp))
		if exp.Before(now) {
			end = T("the extension ended on %s", finding.Time(exp))
		}
		return report(prove(finding.TokenStale, "the token should have been replaced on %s, %s ago%s; the client did not read its file again, and %s",
			finding.Time(after), finding.Duration(now.Sub(after)), byClock(byServer), end).
			Seen("warnafter", finding.Time(after)).Seen("exp", finding.Time(exp)).
			Fix("Use a client library that reads the token file again (client-go does, since v0.15.7), or restart the Pod.", finding.Command{}))
	},
}
