package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server compares lifetimes with its own clock, and users read them on this machine's.
var clocksAgree = Check{
	ID:        "clocks-agree",
	Title:     "clock skew",
	Passed:    T("negligible"),
	Reference: "RFC 9110 section 6.6.1 (Date)",
	Finds:     []finding.ID{finding.ClockSkew},
	Applies:   (*Case).HasServer,
	Run: func(c *Case) Result {
		if !c.Server.Clock.Known() {
			return unknown(T("the API server's clock is not known: %s", c.Server.Clock.Reason()))
		}
		skew := c.Server.Clock.Value.Skew
		if skew.Abs() <= diagnose.MaxSkew {
			return pass(noDetail)
		}
		direction := T("ahead of")
		if skew < 0 {
			direction = T("behind")
		}
		return inState(report(prove(finding.ClockSkew, "the API server's clock is %s %s this machine's clock", finding.Duration(skew), direction).
			Seen("Date header of the answer", finding.Time(c.Now.Add(skew))).
			Seen("this machine's clock", finding.Time(c.Now)).
			Fix("Synchronize both clocks with NTP. If both are right, a proxy or cache answers with an old Date header. On each machine, expect \"System clock synchronized: yes\" from:", run("timedatectl"))), T("%s (the API server is %s this machine)", finding.Duration(skew), direction))
	},
}
