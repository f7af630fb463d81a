package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Lifetimes are judged by the server's clock, and looked at on this one.
var clocksAgree = Check{
	ID:        "clocks-agree",
	Title:     "clock skew",
	Passed:    T("negligible"),
	Reference: "RFC 9110 section 6.6.1 (Date)",
	Finds:     []finding.ID{finding.ClockSkew},
	Applies:   (*Case).HasServer,
	Run: func(c *Case) Result {
		if !c.Server.Clock.Known() {
			return unknown(T("the server's clock is not known: %s", c.Server.Clock.Reason()))
		}
		skew := c.Server.Clock.Value.Skew
		if skew.Abs() <= diagnose.MaxSkew {
			return pass(noDetail)
		}
		direction := T("ahead of")
		if skew < 0 {
			direction = T("behind")
		}
		return inState(report(prove(finding.ClockSkew, "the server's clock is %s %s this machine's", finding.Duration(skew), direction).
			Seen("Date of the server's answer", finding.Time(c.Now.Add(skew))).
			Seen("this machine's clock", finding.Time(c.Now)).
			Fix("Have both clocks follow NTP; a proxy or cache on the way may also answer with an old Date.", run("timedatectl"))), T("%s, the server is %s this machine", finding.Duration(skew), direction))
	},
}
