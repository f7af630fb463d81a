package cluster

import (
	"net/http"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxClockSkew is the largest believable clock difference. A larger one more likely shows a Date
// that a proxy or a hostile server made up.
const maxClockSkew = 365 * 24 * time.Hour

// clockOf derives the server's clock from the Date of a response, given the times of request and
// response.
func clockOf(header http.Header, sent, answered time.Time) evidence.Fact[evidence.Clock] {
	written := header.Get("Date")
	date, err := http.ParseTime(written)
	if err != nil {
		return evidence.Unasked[evidence.Clock](finding.T("the server's response has no Date header"))
	}
	// Date is truncated to whole seconds, on average by half a second.
	skew := date.Add(500 * time.Millisecond).Sub(sent.Add(answered.Sub(sent) / 2))
	if skew.Abs() > maxClockSkew {
		return evidence.Unasked[evidence.Clock](finding.T("the Date of the server's response is %s, more than a year from this machine's clock, and is ignored", finding.Timestamp(date)))
	}
	return evidence.Is(evidence.Clock{Skew: skew}, finding.T("the Date header of the server's response"))
}
