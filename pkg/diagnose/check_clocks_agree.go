package diagnose

import (
	"fmt"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Lifetimes are judged by the server's clock, and looked at on this one.
var clocksAgree = Check{
	ID:        "clocks-agree",
	Stage:     StageWay,
	Title:     "this machine's clock and the server's agree",
	Reference: "RFC 9110 section 6.6.1 (Date)",
	Finds:     []finding.ID{finding.ClockSkew},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !e.Server.Clock.Known() {
			return unknown("the server's clock is not known: " + e.Server.Clock.Reason())
		}
		skew := e.Server.Clock.Value.Skew
		if skew.Abs() <= maxSkew {
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

// maxSkew is the difference between clocks from which on it explains failures.
const maxSkew = 30 * time.Second
