package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// declared reads the constants of ids.go with the comment that heads each group,
// in the order they are written.
func declared(t *testing.T) (ids []ID, groups []string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "ids.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	group := ""
	for _, decl := range file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.CONST {
			continue
		}
		for _, spec := range gen.Specs {
			value := spec.(*ast.ValueSpec)
			if value.Doc != nil {
				group = strings.TrimSuffix(strings.TrimSpace(value.Doc.Text()), ".")
			}
			if len(value.Names) != 1 || len(value.Values) != 1 {
				t.Fatalf("%s: one constant a line is expected", fset.Position(value.Pos()))
			}
			id, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, ID(id))
			groups = append(groups, group)
		}
	}
	if len(ids) == 0 {
		t.Fatal("ids.go declares no IDs: the test reads it wrongly")
	}
	return ids, groups
}

func TestCatalogueListsEveryIDInOrder(t *testing.T) {
	want, groups := declared(t)
	var got []ID
	for _, e := range Catalogue {
		got = append(got, e.ID)
	}
	for i := range max(len(got), len(want)) {
		entry, id := ID("nothing"), ID("nothing")
		if i < len(got) {
			entry = got[i]
		}
		if i < len(want) {
			id = want[i]
		}
		if entry != id {
			t.Fatalf("where ids.go has %s, the catalogue has %s: each ID has its entry, in the same order", id, entry)
		}
	}
	for i, e := range Catalogue {
		if e.Group == "" || e.Group != groups[i] {
			t.Errorf("%s stands in group %q, ids.go has it under %q", e.ID, e.Group, groups[i])
		}
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
		if n := sentences(e.Meaning); n < 2 || n > 5 {
			t.Errorf("%s: the meaning has %d sentences, and should have two to five", e.ID, n)
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
