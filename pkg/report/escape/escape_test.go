package escape

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"plain, with spaces": "plain, with spaces",
		`CORP\alice`:         `CORP\alice`,
		"山田 太郎 עובד é e\u0301 \U0001f600":     "山田 太郎 עובד é e\u0301 \U0001f600",
		"\x1b[2J\x1b]0;title\x07":             `\u001b[2J\u001b]0;title\u0007`,
		"a\nb\r\tc\x00\x7f":                   `a\nb\r\tc\u0000\u007f`,
		"\u009b31m\u0085":                     `\u009b31m\u0085`,
		"\xff\xc3\x28":                        `\xff\xc3(`,
		"\xed\xa0\x80":                        `\xed\xa0\x80`,
		"user\u202egnp.exe\u202c":             `user\u202egnp.exe\u202c`,
		"\u2066a\u2069\u200e\u200f\u061c":     `\u2066a\u2069\u200e\u200f\u061c`,
		"ad\u200bmin\u200d\ufeff\u2060\u00ad": `ad\u200bmin\u200d\ufeff\u2060\u00ad`,
		"line\u2028paragraph\u2029":           `line\u2028paragraph\u2029`,
		"no\u00a0break\u3000wide":             `no\u00a0break\u3000wide`,
		"\U000e0041\U000e0100\ufe0f":          `\U000e0041\U000e0100\ufe0f`,
		"\u3164\u115f\u2800\u034f":            `\u3164\u115f\u2800\u034f`,
		"\ue000\ufffe\U0010ffff":              `\ue000\ufffe\U0010ffff`,
		"\u0338struck":                        `\u0338struck`,
		"o" + strings.Repeat("\u0301", 8):     "o" + strings.Repeat("\u0301", 6) + `\u0301` + "\u0301",
		"\ufffd":                              "\ufffd",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q\n got %q\nwant %q", in, got, want)
		}
	}
	if got, want := Lines("a\n\u0301b\x1b\n"), "a\n"+`\u0301b\u001b`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzText(f *testing.F) {
	f.Add("\x1b[31m\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.IndexFunc(got, func(r rune) bool { return !Visible(r) }) >= 0 {
			t.Errorf("%q became %q", s, got)
		}
		if again := Text(got); again != got {
			t.Errorf("%q became %q, and then %q", s, got, again)
		}
	})
}
