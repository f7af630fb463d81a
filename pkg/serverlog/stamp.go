package serverlog

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Stamp is the time of a line. For klog, the year and the time zone are unknown.
type Stamp struct {
	// at is nanoseconds since 1970; without a year, the digits of klog's time as a number:
	// month, day, hour, minute, second, microseconds.
	at       int64
	yearless bool
	known    bool
}

// Time returns the time, and false for a time without a year.
func (s Stamp) Time() (time.Time, bool) {
	return time.Unix(0, s.at).UTC(), s.known && !s.yearless
}

// String returns the time in RFC 3339 and UTC, or month, day and time as in klog.
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

// before compares times. Two times without a year that are more than half a year apart are assumed
// to be on both sides of a New Year.
func (s Stamp) before(other Stamp) bool {
	if s.yearless && other.yearless {
		if months := s.at/1e14 - other.at/1e14; months > 6 || months < -6 {
			return months > 0
		}
	}
	return s.at < other.at
}

// earliest and latest return one of two times. Either time may be unknown.
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

// fullStamp reads RFC 3339 and the variants in journals.
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
