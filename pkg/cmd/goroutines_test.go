package cmd

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Only pkg/crash starts goroutines, so that a panic in one is reported without ending the program with a quote of
// its input. Standard output and standard error are never replaced.
func TestGoroutines(t *testing.T) {
	var got []string
	for _, root := range []string{"../../pkg", "../../cmd/kubectl-authn"} {
		if err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && path == "../../pkg/transport/hostile" {
				return filepath.SkipDir // for tests
			}
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				got = append(got, startsOf(t, filepath.ToSlash(strings.TrimPrefix(path, "../../")))...)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(got)
	want := []string{
		"cmd/kubectl-authn/main.go: context.AfterFunc", // a function of os/signal
		"pkg/cmd/progress.go: context.AfterFunc",       // passes the function to crash.Go
		"pkg/crash/crash.go: go",
		"pkg/crash/crash.go: sync.WaitGroup",
		"pkg/resolve/plugin_stderr.go: os.Stderr =",     // once for each process
		"pkg/serve/log.go: time.AfterFunc",              // flushes a writer, and calls nothing else
		"pkg/transport/transport.go: context.AfterFunc", // closes a body of net/http
	}
	if !slices.Equal(got, want) {
		t.Errorf("goroutines are started, or standard streams set, by\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// startsOf returns the places in a file that start goroutines or replace a standard stream.
func startsOf(t *testing.T, path string) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../"+path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	named := func(e ast.Expr) string {
		if s, ok := e.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				return x.Name + "." + s.Sel.Name
			}
		}
		return ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			out = append(out, path+": go")
		case *ast.SelectorExpr:
			if name := named(n); slices.Contains([]string{"sync.WaitGroup", "errgroup.Group", "errgroup.WithContext", "time.AfterFunc", "context.AfterFunc"}, name) {
				out = append(out, path+": "+name)
			}
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if name := named(left); slices.Contains([]string{"os.Stdin", "os.Stdout", "os.Stderr"}, name) {
					out = append(out, fmt.Sprintf("%s: %s =", path, name))
				}
			}
		}
		return true
	})
	return out
}
