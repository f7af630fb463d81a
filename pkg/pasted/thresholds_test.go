package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A message is repeated up to 1000 bytes, and one of a log is looked at up to 8 KiB.
func TestThresholds(t *testing.T) {
	repeated := func(text string) string { return finding.T("%s", clipped(text)).String() }
	if text := strings.Repeat("a", 1000); repeated(text) != text || repeated(text+"b") != text+" …" {
		t.Errorf("of 1000 and 1001 bytes %d and %d are repeated", len(repeated(text)), len(repeated(text+"b")))
	}
	const message = `[invalid bearer token, serviceaccounts "robot" not found]`
	for before, want := range map[int]int{8<<10 - len(message): 1, 8<<10 - len(message) + 2: 0} {
		if got := NamesInLog(strings.Repeat(" ", before) + message); len(got) != want {
			t.Errorf("behind %d bytes: %v", before, got)
		}
	}
}
