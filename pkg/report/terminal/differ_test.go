package terminal

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// Two values that differ stand one above the other, with the difference marked.
func TestDiffer(t *testing.T) {
	value := func(v finding.Value) document.Words { return document.Of(document.Value, finding.T("%s", v)) }
	issuer, audience, uid := finding.Issuer, finding.Audience, finding.UID
	for _, c := range []struct {
		a, b finding.Value
		want string
	}{
		{issuer.Of("https://kubernetes.default.svc"), issuer.Of("https://kubernetes.default.svc.cluster.local"), "^^^^^^^^^^^^^^"},
		{issuer.Of("https://a.example/"), issuer.Of("https://a.example"), "^"},
		{issuer.Of("https://a.example"), issuer.Of("https://b.example"), "^"},
		{issuer.Of("https://開.example"), issuer.Of("https://者.example"), "^^"},
		{issuer.Of("https://a.example"), issuer.Of("https://a.example"), ""},
		{issuer.Of("https://a.example"), audience.Of("https://b.example"), ""},
		{uid.Of("0e6a2f3d-77ab-4f0c-8d0a-3d2e1f4c5b6a"), uid.Of("c4d1a6de-98a0-4a1b-a9c2-c0ffee123456"), ""},
		{finding.Message("https://a.example"), finding.Message("https://b.example"), ""},
	} {
		rows := document.Document{document.Rows{Evidence: true, Rows: []document.Row{
			{Name: value(finding.Message("in the token")), Value: value(c.a)}, {Name: value(finding.Message("a name that is longer than its column")), Value: value(c.b)},
		}}}
		var plain, colored strings.Builder
		if err := (&Printer{W: &plain, Width: 120}).Print(rows); err != nil {
			t.Fatal(err)
		}
		if err := (&Printer{W: &colored, Width: 120, Color: true}).Print(rows); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(plain.String(), "\n"), "\n")
		got := ""
		if last := lines[len(lines)-1]; strings.Contains(last, "^") {
			got = strings.TrimSpace(last)
			first, second := strings.Index(lines[0], "https"), strings.Index(lines[2], "https")
			if len(lines) != 4 || first != second || strings.Index(last, "^") < first {
				t.Errorf("%v: they do not stand one above the other:\n%s", c, &plain)
			}
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c, got, c.want)
		}
		if n := strings.Count(colored.String(), "\x1b[1m"); strings.Contains(plain.String(), "0e6a2f3d") && n != 2 {
			t.Errorf("%v: %d of two UIDs are bold\n%s", c, n, &colored)
		}
		if strings.Contains(colored.String(), "^") || c.want != "" && !strings.Contains(colored.String(), "\x1b[1m") {
			t.Errorf("%v: in colour\n%s", c, &colored)
		}
	}
}
