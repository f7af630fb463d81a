package cluster

import (
	"net/http"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxClockSkew is how far the Date of an answer may be from this machine's clock. Clocks that
// are further apart are possible and rare; a Date that a proxy or a hostile server made up is
// what such a distance shows.
const maxClockSkew = 365 * 24 * time.Hour

// clockOf is the server's clock by the Date of an answer to a request that was sent and
// answered at these times.
func clockOf(header http.Header, sent, answered time.Time) evidence.Fact[evidence.Clock] {
	written := header.Get("Date")
	date, err := http.ParseTime(written)
	if err != nil {
		return evidence.Unasked[evidence.Clock](finding.T("the server's answer had no Date"))
	}
	// Date is cut to whole seconds: on average the moment was half a second later.
	skew := date.Add(500 * time.Millisecond).Sub(sent.Add(answered.Sub(sent) / 2))
	if skew.Abs() > maxClockSkew {
		return evidence.Unasked[evidence.Clock](finding.T("the Date of the server's answer is %s, more than a year from this machine's clock, and is not believed", finding.Timestamp(date)))
	}
	return evidence.Is(evidence.Clock{Skew: skew}, finding.T("the Date header of the server's answer"))
}
