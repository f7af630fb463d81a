package finding

import (
	"testing"
	"time"
)

func TestLength(t *testing.T) {
	const day = 24 * 3600
	for seconds, want := range map[int64]string{
		0: "0s", 1: "1s", 59: "59s", 60: "1m", 90: "1m 30s", 119: "1m 59s", 150: "2m 30s", 180: "3m", 242: "4m", 3599: "59m",
		3600: "1h", 3600 + 242: "1h 4m", 3 * 3600: "3h", day: "1d", day + 3600: "1d 1h", 132*day + 5: "132d", 365 * day: "1y",
		400 * day: "1y 35d", 7973 * 365 * day: "7973y",
	} {
		if got := T("%s", Length(seconds)).String(); got != want {
			t.Errorf("%d s: %q, want %q", seconds, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 5, 24, 19, 14, 30, 0, time.UTC)
	for d, want := range map[time.Duration]string{-4 * time.Minute: "4m ago", 3 * time.Hour: "in 3h", 0: "now"} {
		if got := T("%s", Ago(now.Add(d), now)).String(); got != want {
			t.Errorf("%s: %q", d, got)
		}
	}
}
