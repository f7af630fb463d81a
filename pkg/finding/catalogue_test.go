package finding

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A finding is declared once, with the Go name of its ID.
func TestNamesAreIDs(t *testing.T) {
	files, err := filepath.Glob("catalogue_*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^\t(\w+) = declare\(Entry\{\n\t\tID: "([a-z0-9-]+)"`)
	seen := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(source), -1) {
			if !strings.EqualFold(m[1], strings.ReplaceAll(m[2], "-", "")) || seen[m[2]] {
				t.Errorf("%s: %s is called %s, or declared twice", file, m[2], m[1])
			}
			seen[m[2]] = true
		}
	}
	if len(seen) == 0 || len(seen) != len(Catalogue) {
		t.Errorf("%d findings were seen, and the catalogue has %d", len(seen), len(Catalogue))
	}
}

func TestCatalogueEntries(t *testing.T) {
	if len(Catalogue) == 0 {
		t.Fatal("the catalogue is empty")
	}
	titles := map[string]ID{}
	for _, e := range Catalogue {
		if !slices.Contains([]Severity{Error, Warning, Info}, e.Severity) {
			t.Errorf("%s: severity %q", e.ID, e.Severity)
		}
		if !slices.Contains(groups, e.Group) {
			t.Errorf("%s: no group %q; use the group of the other findings in the same file (catalogue.go lists all groups)", e.ID, e.Group)
		}
		if e.Title == "" || strings.HasSuffix(e.Title, ".") || utf8.RuneCountInString(e.Title) > 60 {
			t.Errorf("%s: a title is a fact of at most 60 characters without a full stop: %q", e.ID, e.Title)
		}
		if other, taken := titles[e.Title]; taken {
			t.Errorf("%s and %s have the title %q", other, e.ID, e.Title)
		}
		titles[e.Title] = e.ID

		if e.Reference == "" || strings.HasSuffix(e.Reference, ".") {
			t.Errorf("%s: reference %q", e.ID, e.Reference)
		}
		for field, text := range map[string]string{"meaning": e.Meaning, "detection": e.Detection, "fix": e.Fix} {
			if !strings.HasSuffix(text, ".") || strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
				t.Errorf("%s: the %s is not made of sentences: %q", e.ID, field, text)
			}
			if strings.Count(text, "`")%2 != 0 {
				t.Errorf("%s: a command in the %s is not closed: %q", e.ID, field, text)
			}
		}
		if n := sentences(e.Meaning); n < 2 || n > 7 {
			t.Errorf("%s: the meaning has %d sentences, and should have two to seven", e.ID, n)
		}
	}
}

// sentences counts full stops that end a sentence, outside of code.
func sentences(text string) int {
	n := 0
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 {
			n += strings.Count(part, ". ") + strings.Count(part, "? ")
		}
	}
	return n + 1
}

// A remedy that opens the cluster is worse than the fault.
func TestNoFixWeakensTheCluster(t *testing.T) {
	for _, e := range Catalogue {
		for _, never := range []string{
			"cluster-admin", "insecure-skip-tls-verify", "curl -k", "--insecure",
			"--anonymous-auth=true", "--group=system:unauthenticated", "--group=system:anonymous", "--user=system:anonymous",
			"--service-account-lookup=false", "--authorization-mode=AlwaysAllow", "chmod",
		} {
			if strings.Contains(e.Fix, never) {
				t.Errorf("%s: the fix says %s", e.ID, never)
			}
		}
	}
}

func TestFoundTakesTheCataloguesWords(t *testing.T) {
	e, ok := Lookup(TokenExpired)
	if !ok {
		t.Fatal("token-expired is not in the catalogue")
	}
	f := Found(TokenExpired, Proved, "expired %s ago", Duration(4*time.Minute))
	if f.ID != e.ID || f.Severity != e.Severity || f.Title.String() != e.Title || f.Reference != e.Reference || f.Detail.String() != "expired 4m ago" {
		t.Errorf("Found made %+v of %+v", f, e)
	}
}
