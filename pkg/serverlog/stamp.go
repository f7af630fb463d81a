package serverlog

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Stamp is the time of a line. For klog, the year and the time zone are unknown.
type Stamp struct {
	// at is nanoseconds since 1970; without a year, the digits of klog's time as a number:
	// month, day, hour, minute, second, microseconds. Without a time zone, it is as if the zone was UTC.
	at       int64
	yearless bool
	zoneless bool
	known    bool
}

// Time returns the time, and false for a time without a year or a time zone.
func (s Stamp) Time() (time.Time, bool) {
	return time.Unix(0, s.at).UTC(), s.known && !s.yearless && !s.zoneless
}

// String returns the time in RFC 3339 and UTC, the date and the time without a zone, or month, day and time as in klog.
func (s Stamp) String() string {
	t, ok := s.Time()
	switch {
	case ok:
		return t.Format(time.RFC3339)
	case !s.known:
		return ""
	case s.zoneless:
		return t.Format(time.DateTime)
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

// foreignTimes are the forms of the time at the beginning of other components' lines. Those without a time zone are zoneless.
var foreignTimes = []struct {
	layout   string
	zoneless bool
}{
	{"2006-01-02T15:04:05Z07:00", false},
	{"2006-01-02T15:04:05Z0700", false},
	// Go's log and nginx's error log; oauth2-proxy and the log of Fluent Bit have it in brackets.
	{"2006/01/02 15:04:05", true},
	{"2006-01-02 15:04:05", true},
	{"2006-01-02T15:04:05", true},
}

// longestTime is the length of the longest time in foreignTimes, with nine digits after the second.
const longestTime = len("2006-01-02T15:04:05.999999999+07:00")

// foreignStamp reads the time of a line of another component: at its beginning, also in brackets, or in a member of
// JSON or logfmt.
func foreignStamp(line []byte) Stamp {
	line = bytes.TrimLeft(line[:min(len(line), mostBefore)], "[ \t")
	if len(line) == 0 {
		return Stamp{}
	}
	if line[0] >= '0' && line[0] <= '9' {
		return leadingStamp(line)
	}
	for _, key := range []string{`"ts":`, `"time":`, `"timestamp":`, `"@timestamp":`, "ts=", "time="} {
		_, value, ok := bytes.Cut(line, []byte(key))
		if value = bytes.TrimLeft(value, ` "`); !ok || len(value) == 0 || value[0] < '0' || value[0] > '9' {
			continue
		}
		if at := leadingStamp(value); at.known {
			return at
		}
		if end := bytes.IndexAny(value, `",} `); end > 0 {
			if at := secondsStamp(value[:end]); at.known {
				return at
			}
		}
	}
	return Stamp{}
}

// leadingStamp reads the time at the beginning of a text.
func leadingStamp(text []byte) Stamp {
	if len(text) < len(time.DateTime) || text[4] != '-' && text[4] != '/' {
		return Stamp{}
	}
	end := len(time.DateTime)
	for end < min(len(text), longestTime) && bytes.IndexByte([]byte(`0123456789.+-:Z`), text[end]) >= 0 {
		end++
	}
	// A colon may follow the time.
	written := strings.TrimRight(string(text[:end]), ":.")
	for _, form := range foreignTimes {
		if t, err := time.Parse(form.layout, written); err == nil && t.Year() > 1678 && t.Year() < 2262 {
			return Stamp{at: t.UnixNano(), zoneless: form.zoneless, known: true}
		}
	}
	return Stamp{}
}

// secondsStamp reads the ts of zap's JSON, seconds since 1970, and that of klog's, milliseconds.
func secondsStamp(text []byte) Stamp {
	whole, _, _ := bytes.Cut(text, []byte("."))
	switch f, err := strconv.ParseFloat(string(text), 64); {
	case err != nil:
		return Stamp{}
	case len(whole) == 13:
		return millisStamp(text)
	case len(whole) != 10:
		return Stamp{}
	default:
		return Stamp{at: int64(f*1e6) * 1e3, known: true}
	}
}
