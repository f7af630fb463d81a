package input

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readers are the functions that read a whole file or stream of any size.
var readers = []string{
	"os.Open", "os.OpenFile", "os.OpenInRoot", "os.OpenRoot", "os.ReadFile", "os.DirFS", "fs.ReadFile", "io.ReadAll", "ioutil.ReadAll", "ioutil.ReadFile", "syscall.Open", "unix.Open",
	"clientcmd.LoadFromFile", "clientcmd.NewDefaultPathOptions", "clientcmd.BuildConfigFromFlags", "cert.CertsFromFile", "cert.NewPool", "keyutil.PublicKeysFromFile", "keyutil.PrivateKeyFromFile",
	"tokenfile.NewCSV", "webhook.LoadKubeconfig", "tls.LoadX509KeyPair", "rest.InClusterConfig", "config.ToRawKubeConfigLoader", "config.ToRESTConfig",
}

// elsewhere are the places that may call them, with the reasons.
var elsewhere = map[string]string{
	"pkg/cmd/root.go os.Open":                   "is what input opens files with",
	"pkg/simulate/egress.go io.ReadAll":         "reads a body that is limited",
	"pkg/simulate/host.go os.OpenRoot":          "opens a folder, whose files input reads",
	"pkg/cluster/metrics.go io.ReadAll":         "reads what io.LimitReader bounds",
	"pkg/resolve/children_linux.go os.ReadFile": "reads what the kernel says of a process",
	"pkg/input/input.go os.Open":                "is what input opens files with",
	"pkg/language/language.go os.ReadFile":      "reads the glossary, for tests",
}

// The program reads everything through this package, or up to a limit.
func TestNobodyElseReadsFiles(t *testing.T) {
	seen := map[string]bool{}
	files := 0
	for _, root := range []string{"../../pkg", "../../cmd/kubectl-authn"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && path == "../../pkg/transport/hostile" {
				return filepath.SkipDir // for tests
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			where := strings.TrimPrefix(filepath.ToSlash(path), "../../")
			bounded := map[ast.Expr]bool{}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if slices.Contains([]string{"io.LimitReader", "http.MaxBytesReader"}, named(ofFirst(n))) {
						bounded[n.Fun] = true
					}
				case *ast.SelectorExpr:
					name := named(n)
					if !slices.Contains(readers, name) || name == "io.ReadAll" && bounded[n] {
						return true
					}
					at := where + " " + name
					if seen[at] = true; elsewhere[at] == "" {
						t.Errorf("%s has no bound: read it through pkg/input, or io.LimitReader", at)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for at := range elsewhere {
		if !seen[at] {
			t.Errorf("%s is not there", at)
		}
	}
	if files < 100 {
		t.Errorf("%d files were looked at", files)
	}
}

// named is PACKAGE.FUNCTION of a call, or the last two parts of a longer chain.
func named(f ast.Expr) string {
	selector, ok := f.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	switch x := selector.X.(type) {
	case *ast.Ident:
		return x.Name + "." + selector.Sel.Name
	case *ast.SelectorExpr:
		return x.Sel.Name + "." + selector.Sel.Name
	}
	return ""
}

// ofFirst is the call that is the first argument.
func ofFirst(call *ast.CallExpr) ast.Expr {
	if len(call.Args) > 0 {
		if inner, ok := call.Args[0].(*ast.CallExpr); ok {
			return inner.Fun
		}
	}
	return nil
}
