package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// shown is a scenario's output on a page, from its command to the last relevant line.
var shown = regexp.MustCompile("(?s)<!-- scenario: ([a-z0-9-]+) -->\n```console\n(.*?)```\n")

// shownIn are the namespaces in which the pages' scenarios run.
var shownIn = map[string]string{"each-server": "billing"}

// TestPagesShowRealOutput compares the scenarios in README.md and docs with the program's output, except times,
// UIDs, ports and keys. With AUTHN_UPDATE_PAGES=1 (make pictures), it writes the pages instead.
func TestPagesShowRealOutput(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the pages show the lab's own release")
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, path := range append(pages, filepath.Join(root, "README.md")) {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(page)
		for _, block := range shown.FindAllStringSubmatch(text, -1) {
			namespace, ok := shownIn[block[1]]
			if !ok {
				t.Errorf("%s shows %s, for which there is no namespace", path, block[1])
				continue
			}
			played++
			got := explained(t, block[1], namespace)
			diff := cmp.Diff(timeless(block[2]), timeless(got))
			switch {
			case diff == "":
			case updatePages:
				text = strings.Replace(text, block[0], "<!-- scenario: "+block[1]+" -->\n```console\n"+got+"```\n", 1)
			default:
				t.Errorf("%s does not show what %s prints (-page +program; make pictures writes it anew):\n%s", path, block[1], diff)
			}
		}
		if text != string(page) {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if played != len(shownIn) {
		t.Errorf("the pages show %d scenarios, want %d", played, len(shownIn))
	}
}

// explained runs a scenario and returns the administrator's report.
func explained(t *testing.T, name, namespace string) string {
	var mu sync.Mutex
	var out string
	r := &scenario.Runner{Lab: runner.Lab, Plugin: runner.Plugin, Explained: func(_ string, answer scenario.Answer) {
		mu.Lock()
		defer mu.Unlock()
		if out == "" && answer.Args[0] == scenario.Admin {
			out = "$ kubectl authn explain " + strings.Join(answer.Args[1:], " ") + "\n" + strings.TrimRight(answer.Text, "\n") + "\n"
		}
	}}
	// A copy with another name gets its own namespace next to the scenario's own test.
	source, err := os.ReadFile(filepath.Join(root, "testdata", "scenarios", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), namespace+".txt")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("scenario", func(t *testing.T) { testscript.Run(t, r.Params(file)) })
	if out == "" {
		t.Fatalf("%s explained nothing", name)
	}
	return out
}

var changing = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\d{4}-\d\d-\d\d\s+\d\d:\d\d:\d\dZ|, \d+[smhd]( \d+[smhd])? ago|, now|(agrees\s+with|\d+\s?s\s+(ahead\s+of|behind))\s+this\s+machine's|(127|198\.51)(\.\d+)+:\d+|[A-Za-z0-9_-]{43}`)

// timeless replaces the values that differ between runs, and joins the lines, which wrap differently with them.
func timeless(s string) string {
	return strings.Join(strings.Fields(changing.ReplaceAllString(s, "*")), " ")
}
