package report

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// absolute writes an instant in UTC, to the second.
func absolute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// relative writes how far t is from now: `4m ago`, `in 3h`.
func relative(t, now time.Time) string {
	switch d := seconds(now, t); {
	case d < 0:
		return length(-d) + " ago"
	case d > 0:
		return "in " + length(d)
	default:
		return "now"
	}
}

// seconds is how long it is from one instant to another. A time.Duration ends at
// 292 years; numeric dates do not.
func seconds(from, to time.Time) int64 { return to.Unix() - from.Unix() }

// length writes a number of seconds in one unit, or in two where one alone would be
// coarse: `45s`, `1m 30s`, `56m`, `2h 5m`, `30d`, `1y 35d`. What is left over is cut
// off, as clocks do.
func length(seconds int64) string {
	units := []struct {
		name string
		size int64
	}{{"y", 365 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}
	for i, u := range units {
		n := seconds / u.size
		if n == 0 {
			continue
		}
		if n < 3 && i+1 < len(units) {
			if rest := seconds % u.size / units[i+1].size; rest > 0 {
				return fmt.Sprintf("%d%s %d%s", n, u.name, rest, units[i+1].name)
			}
		}
		return fmt.Sprintf("%d%s", n, u.name)
	}
	return "0s"
}

// numericDate reads a claim that is seconds since 1970 (RFC 7519, section 2).
func numericDate(v any) (time.Time, bool) {
	var seconds float64
	switch n := v.(type) {
	case int64:
		seconds = float64(n)
	case int:
		seconds = float64(n)
	case uint64:
		seconds = float64(n)
	case float64:
		seconds = n
	case json.Number:
		f, err := n.Float64()
		if err != nil {
			return time.Time{}, false
		}
		seconds = f
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
