package cmd

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each variable of AuthService is taken, or rejected, or named as one without an effect, as docs/serve.md says.
func TestEachVariableOfAuthService(t *testing.T) {
	page, err := os.ReadFile("../../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "\n## From AuthService\n")
	if !found {
		t.Fatal("docs/serve.md has no section about AuthService")
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	var documented []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range regexp.MustCompile("`([A-Z][A-Z_]+)`").FindAllStringSubmatch(cells[1], -1) {
				documented = append(documented, m[1])
			}
		}
	}
	known := []string{"SERVER_HOSTNAME", "SERVER_PORT", "READINESS_PROBE_PORT", "CACHE_ENABLED", "CACHE_EXPIRATION_MINUTES"}
	for _, e := range authService {
		known = append(known, e.variable)
	}
	for _, r := range authServiceRestricts {
		known = append(known, r.variable)
	}
	for _, u := range authServiceUnused {
		known = append(known, u.variables...)
	}
	slices.Sort(documented)
	slices.Sort(known)
	if len(known) != len(slices.Compact(slices.Clone(known))) {
		t.Error("a variable is in two tables")
	}
	if len(documented) < 30 || !slices.Equal(documented, known) {
		t.Errorf("docs/serve.md has\n%s\nand the command knows\n%s", documented, known)
	}
}
