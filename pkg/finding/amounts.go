package finding

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Thousands is a number in groups of three digits.
func Thousands(n int64) Value {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return own(b.String())
}

// Length is a number of seconds in one unit, or in two if one unit would be coarse: `45s`,
// `1m 30s`, `56m`, `2h 5m`, `30d`, `1y 35d`. The remainder is cut off. Unlike a
// time.Duration, it has no limit of 292 years.
func Length(seconds int64) Value {
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
				return own(fmt.Sprintf("%d%s %d%s", n, u.name, rest, units[i+1].name))
			}
		}
		return own(fmt.Sprintf("%d%s", n, u.name))
	}
	return own("0s")
}

// Ago is the distance of t from now: `4m ago`, `in 3h`.
func Ago(t, now time.Time) Value {
	switch d := now.Unix() - t.Unix(); {
	case d > 0:
		return T("%s ago", Length(d))
	case d < 0:
		return T("in %s", Length(-d))
	default:
		return T("now")
	}
}
