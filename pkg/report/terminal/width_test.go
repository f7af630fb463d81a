package terminal

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
)

// For any names and any width of the terminal, only a line with a single word of a command is wider, nothing is
// lost, and commands have no border.
func TestWidthsLoseNothing(t *testing.T) {
	escapes := regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;[^\a]*\a")
	names := []string{"web", strings.Repeat("long-", 30), "開発者ツール-チーム", "🚀🚀🚀", "עברית-שלום", "مرحبا", "a-עברית-7", "e\u0301e\u0301"}
	for i, name := range names {
		other := names[(i+1)%len(names)]
		value := func(s string) document.Words { return document.Of(document.Value, finding.T("%s", finding.Pod.Of(s))) }
		run := finding.Run("kubectl get pod").Arg(finding.Pod.Of(name)).Flag("--namespace", finding.Namespace.Of(other))
		d := document.Document{
			document.Verdict{Mark: document.No, Word: finding.T("Rejected"), Words: document.Words{{Text: finding.T(": %s", finding.User.Of(name)), Role: document.Strong}, {Text: finding.T("token-expired"), Role: document.Tag}}},
			document.Section{Title: finding.T("Evidence"), Blocks: []document.Block{document.Rows{Evidence: true, Rows: []document.Row{
				{Name: value(name), Value: value(other)}, {Name: value(other), Value: value(name + "x")},
				{Name: value("reference"), Value: document.Of(document.Link, finding.T("https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4"))},
			}}}},
			document.Part{document.Remedies{{Description: finding.T("Request a new token for %s and %s.", finding.Pod.Of(name), finding.Pod.Of(other)), Command: run}}},
		}
		bare := func(s string) string {
			s = regexp.MustCompile(`(?m)^ *\^+$`).ReplaceAllString(escapes.ReplaceAllString(s, ""), "")
			runes := []rune(strings.NewReplacer(" ", "", "\n", "", "\\", "", "│", "", "|", "", "✗", "x", "·", "").Replace(s))
			slices.Sort(runes)
			return string(runes)
		}
		var want string
		for columns := 60; columns <= 200; columns += 7 {
			for _, p := range []Printer{{}, {ASCII: true}, {Color: true}, {Color: true, Light: true, Links: true}} {
				var out strings.Builder
				p.W, p.Width = &out, columns
				if err := p.Print(d); err != nil {
					t.Fatal(err)
				}
				where := fmt.Sprintf("%q at %d, %+v", name, columns, p)
				if want == "" {
					want = bare(out.String())
				}
				if got := bare(out.String()); got != want {
					t.Errorf("%s: something is lost or added:\n%s", where, &out)
				}
				for line := range strings.Lines(escapes.ReplaceAllString(out.String(), "")) {
					word := strings.TrimSuffix(strings.TrimSpace(line), ` \`)
					if ansi.StringWidth(strings.TrimSuffix(line, "\n")) > columns && strings.Contains(strings.TrimPrefix(word, "--namespace "), " ") {
						t.Errorf("%s: too wide: %q", where, line)
					}
					if strings.Contains(line, "kubectl") && strings.ContainsAny(line, "│|") {
						t.Errorf("%s: a border before a command: %q", where, line)
					}
				}
			}
		}
	}
}
