package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Lifetimes are judged by the server's clock, and looked at on this one.
var clocksAgree = Check{
	ID:        "clocks-agree",
	Title:     "this machine's clock and the server's agree",
	Reference: "RFC 9110 section 6.6.1 (Date)",
	Finds:     []finding.ID{finding.ClockSkew},
	Applies:   (*Case).HasServer,
	Run: func(e *Case) Result {
		if !e.Server.Clock.Known() {
			return unknown("the server's clock is not known: " + e.Server.Clock.Reason())
		}
		skew := e.Server.Clock.Value.Skew
		if skew.Abs() <= diagnose.MaxSkew {
			return pass("")
		}
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		return report(proved(finding.ClockSkew, fmt.Sprintf("the server's clock is %s %s this machine's", span(skew), direction)).
			See("Date of the server's answer", stamp(e.Now.Add(skew))).
			See("this machine's clock", stamp(e.Now)).
			Do("Have both clocks follow NTP; a proxy or cache on the way may also answer with an old Date.", "timedatectl"))
	},
}
