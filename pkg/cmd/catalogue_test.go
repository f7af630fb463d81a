package cmd

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

var ours = regexp.MustCompile("`kubectl authn ([^`]*)`")

// The catalogue names only commands and flags that there are.
func TestCatalogueNamesWhatThereIs(t *testing.T) {
	root := newRoot(newSession(Env{}))
	seen := 0
	for _, e := range finding.Catalogue {
		for _, text := range []string{e.Meaning, e.Detection, e.Fix} {
			for _, m := range ours.FindAllStringSubmatch(text, -1) {
				seen++
				line := strings.Fields(m[1])
				c, rest, err := root.Find(line)
				if err != nil || c == root {
					t.Errorf("%s: kubectl authn %s is no command", e.ID, m[1])
					continue
				}
				for _, word := range rest {
					name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
					if strings.HasPrefix(word, "--") && c.Flag(name) == nil {
						t.Errorf("%s: %s has no flag %s", e.ID, c.CommandPath(), word)
					}
				}
			}
		}
	}
	if seen == 0 {
		t.Error("the catalogue names no command of ours")
	}
}
