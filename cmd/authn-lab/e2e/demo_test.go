package e2e

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestDemo checks the output of `authn-lab demo`: the first screen of each report, and a summary of the real runs at its end.
func TestDemo(t *testing.T) {
	demo := func(args ...string) string {
		cmd := exec.Command(runner.Lab.Program, append([]string{"demo", "--scenarios", filepath.Join(root, "testdata", "scenarios"), "--plugin", runner.Plugin}, args...)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	page := demo("signing-key-unknown", "token-shadowed-by-client-certificate", "token-accepted")

	for _, preparation := range []string{"reviewer", "# Who may"} {
		if strings.Contains(page, preparation) {
			t.Errorf("the page shows what is prepared behind the last answer: %q in\n%s", preparation, page)
		}
	}
	if n := strings.Count(page, " · --details\n"); n != 3 || strings.Contains(page, "\nChecks") || strings.Contains(page, "\nLifetime") {
		t.Errorf("the page shows more than the first screens, or %d of 3 name what they fold:\n%s", n, page)
	}

	_, summary, _ := strings.Cut(page, "To try your own:\n\n")
	bin, err := filepath.Abs(filepath.Dir(runner.Plugin))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(summary, "  export PATH="+bin+":\"$PATH\"\n") {
		t.Errorf("it does not begin with the programs' PATH:\n%s", summary)
	}
	want := regexp.MustCompile(`
What was broken                  Verdict    Cause or warning
a token of another cluster     ✗ Rejected   signing-key-unknown
a token beside a certificate   ✓ Accepted   token-shadowed-by-client-certificate
[^\n]+
 +✓ Accepted
$`)
	if !want.MatchString(summary) {
		t.Errorf("the page ends with\n%swant\n%s", summary, want)
	}
	for line := range strings.Lines(summary) {
		if utf8.RuneCountInString(line) > 81 && !strings.Contains(line, "PATH=") {
			t.Errorf("a line is longer than 80 columns: %s", line)
		}
	}

	if page := demo("--details", "token-expired"); !strings.Contains(page, "\nChecks") || strings.Contains(page, " · --details\n") {
		t.Errorf("demo --details leaves something out:\n%s", page)
	}
}
