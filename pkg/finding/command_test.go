package finding

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	for name, want := range map[string]string{
		"robot": "robot", "a.b-c/d:e@f": "a.b-c/d:e@f", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$(id)": "'$(id)'", "-x": "'-x'",
		"a\nb": "NAME", "a\x1b[2J": "NAME", "ä": "NAME",
	} {
		if got := Word(name); got != want {
			t.Errorf("%q becomes %s, want %s", name, got, want)
		}
	}
}

func TestObjectName(t *testing.T) {
	for name, want := range map[string]bool{
		"robot": true, "a.b-c": true, "0": true, strings.Repeat("a", 253): true,
		"": false, "-a": false, "a-": false, "A": false, "a/b": false, "../a": false, "--all": false, strings.Repeat("a", 254): false,
	} {
		if got := ObjectName(name); got != want {
			t.Errorf("%.20q is a name: %t", name, got)
		}
	}
}
