package language

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Format is a constant text in the source of the program.
type Format struct {
	// Package is the folder below pkg.
	Package string
	// At is the file and the line.
	At string
	// Func is the name of the function that takes the text.
	Func string
	// Text has verbs for its values.
	Text string
}

// takers are the functions that take texts, with the indices of these arguments.
var takers = map[string][]int{
	"T": {0}, "Errorf": {0}, "Reword": {1}, "Found": {2}, "Prove": {1}, "prove": {1}, "proved": {1}, "pass": {0}, "unknown": {0},
	"Seen": {0}, "Fix": {0}, "fix": {0}, "Join": {0},
}

// details are the functions whose text is the detail of a check or of a finding.
var details = []string{"Found", "Prove", "prove", "proved", "pass", "unknown"}

// Formats returns the constant texts in the source below pkg.
func Formats(root string) ([]Format, error) {
	var out []Format
	pkg := filepath.Join(root, "pkg")
	err := filepath.WalkDir(pkg, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		below, err := filepath.Rel(pkg, path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				name = fun.Name
			case *ast.SelectorExpr:
				name = fun.Sel.Name
			}
			for _, at := range takers[name] {
				if at >= len(call.Args) {
					continue
				}
				if text, ok := constant(call.Args[at]); ok {
					line := strconv.Itoa(files.Position(call.Pos()).Line)
					out = append(out, Format{filepath.ToSlash(filepath.Dir(below)), filepath.ToSlash(below) + ":" + line, name, text})
				}
			}
			return true
		})
		return nil
	})
	return out, err
}

// constant returns the value of a string literal, or of a sum of them.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		x, okX := constant(e.X)
		y, okY := constant(e.Y)
		return x + y, okX && okY
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "", false
}

// Format returns the faults of a constant text.
func (r *Rules) Format(f Format) []string {
	text := strings.NewReplacer("%%", "%", "%s", other, "%q", other, "%d", other, "%v", other, "%w", other).Replace(f.Text)
	out := r.String(text)
	if slices.Contains(details, f.Func) && pronoun.MatchString(text) {
		out = append(out, "the detail begins with a pronoun: "+f.Text)
	}
	return out
}
