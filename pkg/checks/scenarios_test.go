package checks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// withoutScenario has the findings of checks that no scenario in the lab can show, with the reasons. All have
// cases in this package.
var withoutScenario = map[finding.ID]string{
	finding.ReplicasConfiguredDifferently: "needs Pods that no other scenario may see: TestConfiguration of cmd/authn-lab/e2e",
	finding.AuthenticationConfigNotLoaded: "needs a lab whose configuration breaks: TestConfiguration of cmd/authn-lab/e2e",
}

// Each finding of a check has a scenario on a real API server, or a reason in withoutScenario.
func TestEachFindingHasAScenario(t *testing.T) {
	shown := map[finding.ID]bool{}
	files, err := filepath.Glob("../../testdata/scenarios/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(script)) {
			switch words := strings.Fields(line); {
			case len(words) > 3 && words[0] == "explain":
				shown[finding.ID(words[3])] = true
			case len(words) > 2 && words[0] == "finds":
				for _, id := range words[2:] {
					shown[finding.ID(id)] = true
				}
			}
		}
	}
	for _, c := range All {
		for _, id := range c.Finds {
			switch reason := withoutScenario[id]; {
			case shown[id] && reason != "":
				t.Errorf("%s has a scenario: remove it from withoutScenario", id)
			case !shown[id] && reason == "":
				t.Errorf("no scenario shows %s of the check %s: write testdata/scenarios/%[1]s.txt with the line \"finds admin %[1]s\", or give the reason in withoutScenario", id, c.ID)
			}
		}
	}
}
