package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDemonstrated checks that the scenarios of the demo exist, and that its summary has a line for each.
func TestDemonstrated(t *testing.T) {
	if len(demonstrated) != 12 {
		t.Errorf("%d credentials are demonstrated, a dozen are promised", len(demonstrated))
	}
	for _, d := range demonstrated {
		if _, err := os.Stat(filepath.Join("..", "..", "testdata", "scenarios", d.scenario+".txt")); err != nil {
			t.Error(err)
		}
		if len(d.broken) == 0 || len(d.broken) > brokenWidth {
			t.Errorf("%s: %q does not fit into %d columns", d.scenario, d.broken, brokenWidth)
		}
	}
}
