package finding

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/findings.md")

// The page that people read says what the code says.
func TestPageIsOfThisCode(t *testing.T) {
	const page = "../../docs/findings.md"
	want := Markdown()
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/findings.md is not what the catalogue says: run go test ./pkg/finding -run TestPageIsOfThisCode -update")
	}
	if n := strings.Count(want, "\n### "); n != len(Catalogue) || n < 100 {
		t.Errorf("%d findings on the page, %d in the catalogue", n, len(Catalogue))
	}
}
