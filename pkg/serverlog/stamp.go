package serverlog

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Stamp is when a line was written. klog writes neither the year nor the zone; both
// remain unknown here.
type Stamp struct {
	// at is nanoseconds since 1970; without a year, the digits of klog's time as a number:
	// month, day, hour, minute, second, microseconds.
	at       int64
	yearless bool
	known    bool
}

// Time is the instant, and false for a time without a year.
func (s Stamp) Time() (time.Time, bool) {
	return time.Unix(0, s.at).UTC(), s.known && !s.yearless
}

// String is RFC 3339 in UTC, or month, day and time as klog writes them.
func (s Stamp) String() string {
	if t, ok := s.Time(); ok {
		return t.Format(time.RFC3339)
	}
	if !s.known {
		return ""
	}
	n := s.at / 1e6
	return fmt.Sprintf("%02d-%02d %02d:%02d:%02d", n/1e8, n/1e6%100, n/1e4%100, n/100%100, n%100)
}

// before compares times. Of two that have no year, those more than half a year apart are
// taken to stand on both sides of a New Year. A time with a year counts for more than one
// without.
func (s Stamp) before(other Stamp) bool {
	if s.yearless && other.yearless {
		if months := s.at/1e14 - other.at/1e14; months > 6 || months < -6 {
			return months > 0
		}
	}
	return s.at < other.at
}

// earliest and latest are those of two times of which either may be unknown.
func earliest(a, b Stamp) Stamp {
	if replaces(a, b, b.before(a)) {
		return b
	}
	return a
}

func latest(a, b Stamp) Stamp {
	if replaces(a, b, a.before(b)) {
		return b
	}
	return a
}

func replaces(a, b Stamp, further bool) bool {
	switch {
	case !b.known || !a.known:
		return b.known
	case a.yearless != b.yearless:
		return a.yearless
	}
	return further
}

// klogStamp reads `E0524 19:10:28.123456`.
func klogStamp(header []byte) Stamp {
	const form = "Lmmdd hh:mm:ss.uuuuuu"
	if len(header) < len(form) {
		return Stamp{}
	}
	var n int64
	for i := 1; i < len(form); i++ {
		switch c := header[i]; {
		case form[i] < 'a':
			if c != form[i] {
				return Stamp{}
			}
		case c < '0' || c > '9':
			return Stamp{}
		default:
			n = n*10 + int64(c-'0')
		}
	}
	return Stamp{at: n, yearless: true, known: true}
}

// fullStamp reads RFC 3339, and what journals make of it.
func fullStamp(text []byte) Stamp {
	if len(text) == 0 {
		return Stamp{}
	}
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if t, err := time.Parse(layout, string(text)); err == nil && t.Year() > 1678 && t.Year() < 2262 {
			return Stamp{at: t.UnixNano(), known: true}
		}
	}
	return Stamp{}
}

// millisStamp reads the ts of JSON logs: milliseconds since 1970.
func millisStamp(text []byte) Stamp {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Abs(f) > 9e15 {
		return Stamp{}
	}
	return Stamp{at: int64(f*1e3) * 1e3, known: true}
}
