package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Nothing fails yet, and soon will.
var tokenLasts = Check{
	ID:        "token-lasts",
	Title:     "remaining lifetime",
	Passed:    T("sufficient"),
	Reference: "RFC 7519 section 4.1.4",
	Finds:     []finding.ID{finding.TokenExpiresSoon},
	Applies:   timed,
	Run: func(c *Case) Result {
		t := c.Token()
		exp, has := t.ExpiresAt()
		now, _ := c.ServerNow()
		if !has || c.IsExpired() {
			return pass(noDetail)
		}
		left := exp.Sub(now)
		from, hasFrom := t.IssuedAt()
		if !hasFrom {
			from, hasFrom = t.NotBefore()
		}
		if left >= time.Hour || !hasFrom || left >= exp.Sub(from)/10 {
			return pass(noDetail)
		}
		detail := T("the token ends on %s, in %s", finding.Time(exp), finding.Duration(left))
		if left <= 0 {
			detail = T("the token ended on %s, %s ago, and lives on the server's leeway of a minute", finding.Time(exp), finding.Duration(left))
		}
		return report(prove(finding.TokenExpiresSoon, "%s", detail).Seen("exp", finding.Time(exp)).Fix("Get a new token in time.", finding.Command{}))
	},
}
