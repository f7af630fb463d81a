package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// relativeTime parses $now, $now+10m, $now-8h, $now+365d. ok is false for a text without $now at its beginning.
func relativeTime(text string, now time.Time) (t time.Time, ok bool, err error) {
	rest, ok := strings.CutPrefix(text, "$now")
	if !ok {
		return time.Time{}, false, nil
	}
	if rest == "" {
		return now, true, nil
	}
	if rest[0] != '+' && rest[0] != '-' {
		return time.Time{}, true, fmt.Errorf("%q is not of the form $now, $now+10m or $now-8h", text)
	}
	if days, isDays := strings.CutSuffix(rest, "d"); isDays {
		n, err := strconv.Atoi(days)
		if err != nil {
			return time.Time{}, true, fmt.Errorf("%q is not of the form $now+365d", text)
		}
		return now.Add(time.Duration(n) * 24 * time.Hour), true, nil
	}
	offset, err := time.ParseDuration(rest)
	if err != nil {
		return time.Time{}, true, fmt.Errorf("%q is not of the form $now, $now+10m or $now-8h", text)
	}
	return now.Add(offset), true, nil
}

// withTimes replaces every string $now… in a JSON value, at any depth, by a NumericDate (RFC 7519 section 2).
func withTimes(value any, now time.Time) (any, error) {
	switch v := value.(type) {
	case string:
		t, ok, err := relativeTime(v, now)
		if !ok || err != nil {
			return v, err
		}
		return json.Number(strconv.FormatInt(t.Unix(), 10)), nil
	case []any:
		for i := range v {
			replaced, err := withTimes(v[i], now)
			if err != nil {
				return nil, err
			}
			v[i] = replaced
		}
	case map[string]any:
		for name := range v {
			replaced, err := withTimes(v[name], now)
			if err != nil {
				return nil, err
			}
			v[name] = replaced
		}
	}
	return value, nil
}
