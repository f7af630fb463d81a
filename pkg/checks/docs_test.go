package checks

import (
	"os"
	"strings"
	"testing"
)

// docs/architecture.md has the exact source of its example.
func TestArchitectureShowsARealCheck(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"token_fresh.go", "../../testdata/scenarios/token-stale.txt"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(source) == 0 || !strings.Contains(string(page), "\n"+strings.TrimSpace(string(source))+"\n```") {
			t.Errorf("docs/architecture.md does not show %s as it is", file)
		}
	}
}
