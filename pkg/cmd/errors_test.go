package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asText are the functions that distinguish errors by their messages, each with the reason why no type exists.
var asText = map[string]string{
	"credential.AtLine":                "the parsers of YAML say the line in their text alone",
	"cluster.transportFailure":         "crypto/tls has no types for most of what it finds wrong itself",
	"cmd.mintCommand.request":          "the API server names the feature gate in its text alone",
	"diagnose.Case.RefusedInHandshake": "evidence is judged without net, and has the alert in the text alone",
	"credential.KubeconfigError":       "client-go formats the errors of its parsers with %v, and one that is missed would quote a secret",
	"resolve.OfPod":                    "client-go has no type for an empty token file",
	"resolve.produceFault":             "client-go formats the errors of exec plugins, token files and transports with %v",
	"resolve.refused":                  "client-go has no types for what it refuses in a kubeconfig",
	"token.readDocument":               "encoding/json has one type for text that nests too deep and for text that is wrong",
	"simulate.Host.outside":            "package os has no type for a link that leads out of a root",
	"simulate/manifest.syntaxError":    "the parser of YAML has no types for its faults",
	"simulate.claimsFirst":             "what is compared are the texts of two releases",
	"simulate.issuer.withoutKeys":      "a key set in the text is replaced",
	"simulate.issuer.authenticate":     "the API server's authenticator has no types for keys that it cannot fetch and for not being initialized",
	"simulate.issuer.ask":              "the API server's authenticator has no type for not being initialized",
	"simulate.rejectedAt":              "the API server's authenticator says in its text alone which step refused",
	"simulate.rejectedExpression":      "the API server's authenticator says in its text alone which expression was of no use",
}

// Errors keep their types: an error inside another is wrapped, and is identified by its type.
func TestErrorsKeepTheirTypes(t *testing.T) {
	s := loadSources(t, module+"...", strings.TrimSuffix(module, "pkg/")+"cmd/kubectl-authn")
	for _, f := range s.faults {
		t.Error(f)
	}
	// A check that finds nothing would prove nothing.
	if len(s.packages) < 20 || s.wrapped < 60 {
		t.Errorf("only %d packages and %d wrapped errors were seen", len(s.packages), s.wrapped)
	}
	for name, reason := range asText {
		if !s.textual[name] {
			t.Errorf("%s tells no error apart by its words: %q is out of date", name, reason)
		}
	}

	// Each rule detects its fault.
	for source, want := range map[string]string{
		`func f(err error) error { return fmt.Errorf("x: %v", err) }`:                                                              "an error is formatted without %w",
		`func f(err error) error { return fmt.Errorf("%w: %s", io.EOF, err) }`:                                                     "an error is formatted without %w",
		`func f(err error) error { return fmt.Errorf("x: %s", err.Error()) }`:                                                      "the words of an error stand in its place",
		`func f(err error) error { return errors.New("x: " + err.Error()) }`:                                                       "the words of an error stand in its place",
		`func g(f string, a ...any) error { return nil }; func f(e error) error { return g("%d", e) }`:                             "an error is formatted without %w",
		`type E struct{ T string }; func (e *E) Error() string { return e.T }; func f(err error) error { return &E{err.Error()} }`: "the words of an error stand in its place",
		`func f(err error) bool { return err == io.EOF }`:                                                                          "errors are compared without errors.Is",
		`func f(err error) int { switch err { case io.EOF: return 1 }; return 0 }`:                                                 "errors are compared without errors.Is",
		`func f(err error) bool { _, ok := err.(*os.PathError); return ok }`:                                                       "the type of an error is asserted without errors.As",
		`func f(err error) int { switch err.(type) { case *os.PathError: return 1 }; return 0 }`:                                   "the type of an error is asserted without errors.As",
		`func f(err error) bool { return strings.Contains(err.Error(), "x") }`:                                                     "an error is told apart by its words",
		`func f(err error) bool { text := err.Error(); return strings.HasPrefix(text, "x") }`:                                      "an error is told apart by its words",
		`func f() error { if _, err := os.Open("x"); err != nil { return errors.New("no") }; return nil }`:                         "an error is lost",
		`func f(err error) error { return fmt.Errorf("x: %w", err) }`:                                                              "",
		`func f(err error) bool { return err == nil || errors.Is(err, io.EOF) }`:                                                   "",
	} {
		probe := &sources{importer: s.importer, fset: s.fset, textual: map[string]bool{}}
		probe.check(t, "probe", "package probe\nimport (\"errors\"; \"fmt\"; \"io\"; \"os\"; \"strings\")\nvar _, _, _, _, _ = errors.New, fmt.Sprint, io.EOF, os.Open, strings.Contains\n"+source)
		if got := strings.Join(probe.faults, "\n"); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s\nis found to be %q, want %q", source, got, want)
		}
	}
}

// sources are packages of this module with their types, and the faults in their handling of errors.
type sources struct {
	fset     *token.FileSet
	importer types.Importer
	packages []string
	faults   []string
	// wrapped counts %w; textual has the functions that compare error messages.
	wrapped int
	textual map[string]bool
}

func loadSources(t *testing.T, patterns ...string) *sources {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles,DepOnly"}, patterns...)...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%s", exit.Stderr)
		}
		t.Fatal(err)
	}
	type pkg struct {
		ImportPath, Export, Dir string
		GoFiles                 []string
		DepOnly                 bool
	}
	exports := map[string]string{}
	var own []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			own = append(own, p)
		}
	}
	s := &sources{fset: token.NewFileSet(), textual: map[string]bool{}}
	s.importer = importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for _, p := range own {
		s.packages = append(s.packages, p.ImportPath)
		var texts []string
		for _, name := range p.GoFiles {
			texts = append(texts, filepath.Join(p.Dir, name))
		}
		s.check(t, p.ImportPath, texts...)
	}
	return s
}

// check checks one package, given by its file names or its source.
func (s *sources) check(t *testing.T, path string, files ...string) {
	t.Helper()
	var parsed []*ast.File
	for _, f := range files {
		var source any
		name := f
		if strings.Contains(f, "\n") {
			name, source = "probe.go", f
		}
		file, err := parser.ParseFile(s.fset, name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	if _, err := (&types.Config{Importer: s.importer}).Check(path, s.fset, parsed, info); err != nil {
		t.Fatal(err)
	}
	for _, file := range parsed {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				(&errorRules{s, info, pathOf(path) + "." + nameOf(f), map[types.Object]bool{}}).function(f.Body)
			}
		}
	}
}

func pathOf(path string) string { return strings.TrimPrefix(path, module) }

func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if g, ok := of.(*ast.IndexExpr); ok {
		of = g.X
	}
	return of.(*ast.Ident).Name + "." + f.Name.Name
}

// errorRules are the rules for one function.
type errorRules struct {
	*sources
	info *types.Info
	name string
	// words are variables with the text of an error.
	words map[types.Object]bool
}

var errorType = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

func (r *errorRules) fault(at ast.Node, what string) {
	p := r.fset.Position(at.Pos())
	r.faults = append(r.faults, fmt.Sprintf("%s:%d: %s: %s", filepath.Base(p.Filename), p.Line, r.name, what))
}

// isError reports whether an expression is an error other than nil.
func (r *errorRules) isError(e ast.Expr) bool {
	tv := r.info.Types[e]
	return tv.Type != nil && !tv.IsNil() && !tv.IsType() && implements(tv.Type)
}

func implements(t types.Type) bool {
	return types.Implements(t, errorType) || types.Implements(types.NewPointer(t), errorType) && !types.IsInterface(t)
}

// wordsOf reports whether an expression has the text of an error.
func (r *errorRules) wordsOf(e ast.Node) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				break
			}
			if sel.Sel.Name == "Error" && len(n.Args) == 0 && r.isError(sel.X) {
				found = true
			}
			if f, ok := r.info.Uses[sel.Sel].(*types.Func); ok && strings.HasPrefix(f.FullName(), "fmt.Sprint") && slices.ContainsFunc(n.Args, r.isError) {
				found = true
			}
		case *ast.SelectorExpr:
			// The text of an evidence.Failure.
			found = found || n.Sel.Name == "Text" && r.isError(n.X)
		case *ast.Ident:
			found = found || r.words[r.info.Uses[n]]
		case *ast.FuncLit:
			return false
		}
		return !found
	})
	return found
}

func (r *errorRules) function(body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if slices.ContainsFunc(n.Rhs, func(right ast.Expr) bool { return r.wordsOf(right) }) {
				for _, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok && isText(r.info.Defs[id]) {
						r.words[r.info.Defs[id]] = true
					}
				}
			}
		case *ast.CallExpr:
			r.call(n)
		case *ast.CompositeLit:
			r.literal(n)
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && r.isError(n.X) && r.isError(n.Y) {
				r.fault(n, "errors are compared without errors.Is")
			}
		case *ast.SwitchStmt:
			if n.Tag != nil && r.isError(n.Tag) {
				r.fault(n, "errors are compared without errors.Is")
			}
		case *ast.TypeAssertExpr:
			if r.isError(n.X) {
				r.fault(n, "the type of an error is asserted without errors.As")
			}
		case *ast.IfStmt:
			r.branch(n)
		}
		return true
	})
}

func isText(o types.Object) bool {
	if o == nil {
		return false
	}
	basic, ok := o.Type().Underlying().(*types.Basic)
	return ok && basic.Kind() == types.String
}

// call checks a call that creates an error or reads the text of one.
func (r *errorRules) call(n *ast.CallExpr) {
	signature, ok := r.info.Types[n.Fun].Type.(*types.Signature)
	if !ok {
		return
	}
	var name *ast.Ident
	switch f := n.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel
	case *ast.Ident:
		name = f
	}
	if f, ok := r.info.Uses[name].(*types.Func); ok && f.Pkg() != nil && looks(f) && slices.ContainsFunc(n.Args, func(a ast.Expr) bool { return r.wordsOf(a) }) {
		r.textual[r.name] = true
		if asText[r.name] == "" {
			r.fault(n, "an error is told apart by its words")
		}
	}
	if signature.Results().Len() != 1 || !implements(signature.Results().At(0).Type()) {
		return
	}
	// finding.Reword takes the error in addition to its format.
	reworded := slices.ContainsFunc(n.Args[:max(0, min(len(n.Args), signature.Params().Len()-2))], func(a ast.Expr) bool { return r.isError(a) })
	if !reworded && signature.Variadic() && signature.Params().Len() >= 2 && len(n.Args) >= signature.Params().Len()-1 {
		if format := r.info.Types[n.Args[signature.Params().Len()-2]].Value; format != nil {
			text, err := strconv.Unquote(format.ExactString())
			if err != nil {
				return
			}
			r.formatted(n, text, n.Args[signature.Params().Len()-1:])
		}
	}
	if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "New" && slices.ContainsFunc(n.Args, func(a ast.Expr) bool { return r.wordsOf(a) }) {
		r.fault(n, "the words of an error stand in its place")
	}
}

// formatted holds each error of a format against its verb.
func (r *errorRules) formatted(n ast.Node, format string, args []ast.Expr) {
	var verbs []byte
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.[]", format[i]) >= 0; i++ {
		}
		if i < len(format) && format[i] != '%' {
			verbs = append(verbs, format[i])
		}
	}
	for i, a := range args {
		switch {
		case r.isError(a) && i < len(verbs) && verbs[i] == 'w', r.isWrapped(a):
			r.wrapped++
		case r.isError(a):
			r.fault(n, "an error is formatted without %w")
		case r.wordsOf(a):
			r.fault(n, "the words of an error stand in its place")
		}
	}
}

// isWrapped reports whether an expression is an error as a value of a text, finding.Err.
func (r *errorRules) isWrapped(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || !r.isError(call.Args[0]) {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	return ok && f.Sel.Name == "Err"
}

// literal checks an error that contains the text of another error but not that error.
func (r *errorRules) literal(n *ast.CompositeLit) {
	if tv := r.info.Types[n]; tv.Type == nil || !implements(tv.Type) {
		return
	}
	words, kept := false, false
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			e = kv.Value
		}
		words, kept = words || r.wordsOf(e), kept || r.isError(e)
	}
	if words && !kept {
		r.fault(n, "the words of an error stand in its place")
	}
}

// branch checks `if err != nil { return … }`: the returned error must contain err.
func (r *errorRules) branch(n *ast.IfStmt) {
	cond, ok := n.Cond.(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ || !r.info.Types[cond.Y].IsNil() {
		return
	}
	id, ok := cond.X.(*ast.Ident)
	if !ok || !r.isError(id) {
		return
	}
	object := r.info.Uses[id]
	mentions := func(node ast.Node) (found bool) {
		ast.Inspect(node, func(m ast.Node) bool {
			if i, ok := m.(*ast.Ident); ok && r.info.Uses[i] == object {
				found = true
			}
			return !found
		})
		return found
	}
	if mentions(n.Body) {
		return
	}
	for _, statement := range n.Body.List {
		if ret, ok := statement.(*ast.ReturnStmt); ok && slices.ContainsFunc(ret.Results, r.isError) {
			r.fault(ret, "an error is lost")
		}
	}
}

// looks reports whether a function searches a text.
func looks(f *types.Func) bool {
	switch f.Pkg().Path() {
	case "strings":
		return slices.Contains([]string{"Contains", "ContainsAny", "HasPrefix", "HasSuffix", "Index", "EqualFold"}, f.Name())
	case "regexp":
		return true
	}
	return f.Name() == "containsAny" || f.Name() == "because"
}
