package cmd

import (
	"encoding/binary"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
)

var at = regexp.MustCompile(`"explainedAt": "[^"]+"`)

// A file that > of a Windows shell wrote is read correctly.
func TestSavedByWindows(t *testing.T) {
	const pasted = "service account token has expired"
	saved := run(t, "", "explain", "--error", pasted, "-o", "json").out
	for flag, text := range map[string]string{"--error": pasted, "--report": saved} {
		units, err := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune("\ufeff"+text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []string{"\ufeff" + text, string(units)} {
			if got := run(t, in, "explain", flag, "-", "-o", "json"); got.status != exitNo || at.ReplaceAllString(got.out, "") != at.ReplaceAllString(saved, "") {
				t.Errorf("%s %.10q: %d\n%s%s", flag, in, got.status, got.out, got.err)
			}
		}
	}
}

// Deeply nested objects have long lines, and many.
func TestSavedDepth(t *testing.T) {
	saved := run(t, "", "explain", "--error", "service account token has expired", "-o", "json").out
	saved = strings.Replace(saved, `"verified": false`, `"verified": false, "claims": `+strings.Repeat(`{"a":`, 3000)+"1"+strings.Repeat("}", 3000), 1)
	if got := run(t, saved, "explain", "--report", "-", "-o", "json"); got.status != exitNo || len(got.out) > 10000 || !strings.Contains(got.out, "levels deep, not shown") {
		t.Errorf("%d, %d bytes: %s", got.status, len(got.out), got.err)
	}
}

// A saved report has the time of its creation, and its checks under their headings.
func TestSavedMoment(t *testing.T) {
	saved := run(t, "", "explain", jwt(object{"sub": "jane", "exp": 1800000000}), "-o", "json").out
	if !at.MatchString(saved) {
		t.Fatalf("it does not say when it was made: %s", saved)
	}
	later := at.ReplaceAllString(saved, `"explainedAt": "2027-01-15T09:00:00Z"`)
	got := run(t, later, "explain", "--report", "-", "-o", "markdown").out
	for _, want := range []string{"2027-01-15 09:00:00Z", "expired 1h ago", "| credential source | What the client sends |"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in it:\n%s", want, got)
		}
	}
}
