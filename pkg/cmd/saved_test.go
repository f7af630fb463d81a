package cmd

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// What > of a shell of Windows wrote is read as what it was.
func TestSavedByWindows(t *testing.T) {
	const pasted = "service account token has expired"
	saved := run(t, "", "explain", "--error", pasted, "-o", "json").out
	for flag, text := range map[string]string{"--error": pasted, "--report": saved} {
		units, err := binary.Append(nil, binary.LittleEndian, utf16.Encode([]rune("\ufeff"+text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []string{"\ufeff" + text, string(units)} {
			if got := run(t, in, "explain", flag, "-", "-o", "json"); got.status != exitNo || got.out != saved {
				t.Errorf("%s %.10q: %d\n%s%s", flag, in, got.status, got.out, got.err)
			}
		}
	}
}

// The lines of what is nested deep are long, and many.
func TestSavedDepth(t *testing.T) {
	saved := run(t, "", "explain", "--error", "service account token has expired", "-o", "json").out
	saved = strings.Replace(saved, `"verified": false`, `"verified": false, "claims": `+strings.Repeat(`{"a":`, 3000)+"1"+strings.Repeat("}", 3000), 1)
	if got := run(t, saved, "explain", "--report", "-", "-o", "json"); got.status != exitNo || len(got.out) > 10000 || !strings.Contains(got.out, "levels deep, not shown") {
		t.Errorf("%d, %d bytes: %s", got.status, len(got.out), got.err)
	}
}
