package finding

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Each text has as many values as verbs, and no other verb than %s and %q.
func TestFormats(t *testing.T) {
	// The index of the format in the arguments of each function.
	formats := map[string]int{"T": 0, "Errorf": 0, "Reword": 1, "Argf": 0, "Found": 2, "Prove": 1, "prove": 1, "proved": 1, "pass": 0, "unknown": 0}
	count := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || call.Ellipsis.IsValid() {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				if pkg, ok := fun.X.(*ast.Ident); ok && pkg.Name == "fmt" {
					return true
				}
				name = fun.Sel.Name
			}
			at, ok := formats[name]
			if !ok || len(call.Args) <= at {
				return true
			}
			format, ok := constant(call.Args[at])
			if !ok {
				return true
			}
			count++
			format = strings.ReplaceAll(format, "%%", "")
			if verbs := strings.Count(format, "%s") + strings.Count(format, "%q"); verbs != strings.Count(format, "%") || verbs != len(call.Args)-at-1 && verbs > 0 {
				t.Errorf("%s: %d values for %q", files.Position(call.Pos()), len(call.Args)-at-1, format)
			}
			return true
		})
		return nil
	})
	if err != nil || count == 0 {
		t.Errorf("%d texts, %v", count, err)
	}
}

// constant returns the value of a string literal, or of a sum of them.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		x, okX := constant(e.X)
		y, okY := constant(e.Y)
		return x + y, okX && okY
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "", false
}
