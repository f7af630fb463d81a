package checks

import (
	"fmt"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Nothing fails yet, and soon will.
var tokenLasts = Check{
	ID:        "token-lasts",
	Title:     "the token lasts for a while",
	Reference: "RFC 7519 section 4.1.4",
	Finds:     []finding.ID{finding.TokenExpiresSoon},
	Applies:   timed,
	Run: func(e *Case) Result {
		t := e.Token()
		exp, has := t.ExpiresAt()
		now, _ := e.ServerNow()
		if !has {
			return pass("")
		}
		if e.IsExpired() {
			return pass("")
		}
		left := exp.Sub(now)
		from, hasFrom := t.IssuedAt()
		if !hasFrom {
			from, hasFrom = t.NotBefore()
		}
		if left >= time.Hour || !hasFrom || left >= exp.Sub(from)/10 {
			return pass("")
		}
		detail := fmt.Sprintf("the token ends on %s, in %s", stamp(exp), span(left))
		if left <= 0 {
			detail = fmt.Sprintf("the token ended on %s, %s ago, and lives on the server's leeway of a minute", stamp(exp), span(left))
		}
		return report(proved(finding.TokenExpiresSoon, detail).See("exp", stamp(exp)).Do("Get a new token in time.", ""))
	},
}
