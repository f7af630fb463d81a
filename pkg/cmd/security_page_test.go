package cmd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSecurityPage compares docs/security.md with the source: each promise in its tables names a place in the code
// and a test, and both exist.
func TestSecurityPage(t *testing.T) {
	const root = "../.."
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	reference := regexp.MustCompile("`([a-zA-Z0-9_./-]+)(?:: ([A-Za-z0-9_.]+))?`")
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 3 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| Promise") {
			continue
		}
		rows++
		promise := strings.TrimPrefix(cells[0], "| ")
		code, tests := reference.FindAllStringSubmatch(cells[1], -1), reference.FindAllStringSubmatch(cells[2], -1)
		if len(code) == 0 || len(tests) == 0 {
			t.Errorf("%q names %d places in the code and %d tests: it needs one of each", promise, len(code), len(tests))
		}
		for _, place := range code {
			file := filepath.Join(root, filepath.FromSlash(place[1]))
			if place[2] == "" {
				if _, err := os.Stat(file); err != nil {
					t.Errorf("%q: %v", promise, err)
				}
				continue
			}
			if !slices.Contains(declared(t, file), place[2]) {
				t.Errorf("%q: %s declares no %s", promise, place[1], place[2])
			}
		}
		for _, test := range tests {
			if !strings.HasPrefix(test[2], "Test") && !strings.HasPrefix(test[2], "Fuzz") {
				t.Errorf("%q: %q is no test", promise, test[0])
				continue
			}
			files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(test[1]), "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(files, func(file string) bool { return slices.Contains(declared(t, file), test[2]) }) {
				t.Errorf("%q: %s has no %s", promise, test[1], test[2])
			}
		}
	}
	if rows < 30 {
		t.Errorf("the page has %d promises", rows)
	}
}

// declared are the names that a Go file declares at the top level; a method's name has its type as a prefix.
func declared(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return nil
	}
	var out []string
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				receiver := d.Recv.List[0].Type
				if star, ok := receiver.(*ast.StarExpr); ok {
					receiver = star.X
				}
				if index, ok := receiver.(*ast.IndexExpr); ok {
					receiver = index.X
				}
				if ident, ok := receiver.(*ast.Ident); ok {
					name = ident.Name + "." + name
				}
			}
			out = append(out, name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					out = append(out, spec.Name.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						out = append(out, name.Name)
					}
				}
			}
		}
	}
	return out
}
