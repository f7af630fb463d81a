package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token that is accepted now may expire in the middle of the work.
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
		detail := T("the token expires at %s (in %s)", finding.Time(exp), finding.Duration(left))
		if left <= 0 {
			detail = T("the token expired at %s (%s ago). The API server still accepts the token, because it allows one minute", finding.Time(exp), finding.Duration(left))
		}
		out := prove(finding.TokenExpiresSoon, "%s", detail).Seen("exp", finding.Time(exp))
		if c.IsKeptByKubelet() {
			return report(out.Fix("The kubelet replaces the token in the file. Use a client that reads the token file again.", finding.Command{}))
		}
		return report(replaceToken(c, out, noDetail))
	},
}
