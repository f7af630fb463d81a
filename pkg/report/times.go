package report

import (
	"math"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// when writes an instant in UTC, to the second, and how far it is from now.
func when(t, now time.Time) finding.Text {
	return finding.T("%s, %s", finding.Time(t), finding.Ago(t, now))
}

// seconds is how long it is from one instant to another. A time.Duration ends at
// 292 years; numeric dates do not.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }

// numericDate reads a claim that is seconds since 1970 (RFC 7519, section 2). The numbers of
// documents are int64 and float64, and uint64 where they are beyond the first.
func numericDate(v any) (time.Time, bool) {
	var seconds float64
	switch n := v.(type) {
	case int64:
		seconds = float64(n)
	case float64:
		seconds = n
	default:
		return time.Time{}, false
	}
	// Four digits are all that a year can be written with.
	const firstSecond, lastSecond = -62135596800, 253402300799
	if math.IsNaN(seconds) || seconds < firstSecond || seconds > lastSecond {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
}
