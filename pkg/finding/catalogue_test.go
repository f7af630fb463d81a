package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
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
	if !slices.Equal(got, want) {
		t.Fatalf("the catalogue and ids.go differ:\ncatalogue %q\nids.go    %q", got, want)
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
	}
}

func TestNewTakesTheCataloguesWords(t *testing.T) {
	e, ok := Lookup(TokenExpired)
	if !ok {
		t.Fatal("token-expired is not in the catalogue")
	}
	f := New(TokenExpired, Proved, "expired 4m ago")
	if f.ID != e.ID || f.Severity != e.Severity || f.Title != e.Title || f.Reference != e.Reference || f.Detail != "expired 4m ago" {
		t.Errorf("New made %+v of %+v", f, e)
	}
}
