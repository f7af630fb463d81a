package finding

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestShorten(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{strings.Repeat("x", 100), strings.Repeat("x", 100)},
		{strings.Repeat("ä", 100), strings.Repeat("ä", 100)},
		{strings.Repeat("x", 101), strings.Repeat("x", 41) + " … (40 characters left out) … " + strings.Repeat("x", 20)},
		{"begins" + strings.Repeat("日", 1_000_000) + "ends", "begins" + strings.Repeat("日", 35) + " … (999949 characters left out) … " + strings.Repeat("日", 16) + "ends"},
		{strings.Repeat("\xff", 200), strings.Repeat("\xff", 41) + " … (139 characters left out) … " + strings.Repeat("\xff", 20)},
	} {
		got := Shorten(test.text, 100)
		if got != test.want {
			t.Errorf("%.20q: %q, want %q", test.text, got, test.want)
		}
		if n := utf8.RuneCountInString(got); n > 100 {
			t.Errorf("%.20q: %d characters", test.text, n)
		}
	}
}

func TestTruncate(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""}, {"four", "four"}, {"fiver", "five…"}, {"日", "日"}, {"日本", "日…"}, {"\xffabcd", "abc…"},
	} {
		if got := Truncate(test.text, 4, "…"); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

// A quoted foreign text in a finding has a maximum length.
func TestFindingsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	f := Prove(CredentialRejected, "%s", Message(long)).SeenAt(T("%s", Message(long)), Message(long)).FixBy(T("%s", Message(long)), Run("kubectl auth can-i get").Arg(Object.Of(long)))
	if n := len(fmt.Sprint(f)); n > 6*MaxText {
		t.Errorf("%d bytes", n)
	}
	if !f.Remedy[0].Command.IsZero() {
		t.Error("a command that is cut does not work")
	}
	if same := Prove(CredentialRejected, "short").Seen("a", T("b")).Fix("c", Run("d")); same.Detail.String() != "short" || same.Evidence[0].Source.String() != "a" || same.Evidence[0].Value.String() != "b" || same.Remedy[0].Description.String() != "c" || same.Remedy[0].Command.String() != "d" {
		t.Errorf("%+v", same)
	}
}
