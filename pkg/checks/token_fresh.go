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
		end := T("The API server rejects the token from %s on", finding.Time(exp))
		if exp.Before(now) {
			end = T("The token expired at %s", finding.Time(exp))
		}
		f := prove(finding.TokenStale, "the client should have replaced the token at %s (%s ago, %s), but did not read the token file again. %s",
			finding.Time(after), finding.Duration(now.Sub(after)), clockUsed(byServer), end).
			Seen("warnafter", finding.Time(after)).Seen("exp", finding.Time(exp))
		f = f.Fix("Use a client library that reads the token file again, such as client-go since v0.15.7.", finding.Command{})
		return report(restart(c, f, noDetail))
	},
}
