package cmd

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kubectl-authn/kubectl-authn/pkg/"

// listed is the output of `go list -json` for a package.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// The direction of imports (docs/architecture.md): packages for data and for judgement import no client, not even
// indirectly.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New(string(exit.Stderr))
		}
		t.Fatal(err)
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages[strings.TrimPrefix(p.ImportPath, module)] = p
	}

	clients := []string{"k8s.io/client-go", "k8s.io/cli-runtime", "k8s.io/kubectl", "k8s.io/api/", "k8s.io/apiserver"}
	kubernetes := []string{"k8s.io/", "sigs.k8s.io/"}
	rules := map[string]struct {
		// own are the packages of this module that it may import; nil allows all.
		own []string
		// never are prefixes of packages that it must not import directly.
		never []string
		// neverThrough are prefixes of packages that it must not import, even indirectly.
		neverThrough []string
	}{
		"finding":                 {own: []string{}, neverThrough: kubernetes},
		"errortext":               {own: []string{"finding"}, never: []string{"net/http", "os"}, neverThrough: kubernetes},
		"token":                   {own: []string{"finding"}, never: []string{"net/http", "os"}, neverThrough: kubernetes},
		"keyset":                  {own: []string{"finding", "token", "transport", "waiting"}, neverThrough: kubernetes},
		"transport":               {own: []string{"finding"}, never: []string{"os"}, neverThrough: kubernetes},
		"transport/hostile":       {own: []string{}, never: []string{"os"}, neverThrough: kubernetes},
		"credential":              {own: []string{"finding", "token", "aliases"}, never: []string{"net/http", "os"}, neverThrough: clients},
		"evidence":                {own: []string{"finding", "token", "keyset", "credential"}, never: append([]string{"net/http", "os"}, kubernetes...), neverThrough: clients},
		"diagnose":                {own: []string{"finding", "token", "keyset", "credential", "evidence", "errortext"}, never: append([]string{"net", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"replicas":                {own: []string{"finding", "token", "keyset", "credential", "evidence", "errortext", "diagnose"}, never: append([]string{"net", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"checks":                  {own: []string{"finding", "token", "keyset", "credential", "evidence", "errortext", "diagnose", "pasted", "replicas"}, never: append([]string{"net", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"pasted":                  {own: []string{"finding", "token", "errortext", "diagnose"}, never: append([]string{"net", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"pasted/pastedtest":       {own: []string{"finding", "diagnose"}, never: append([]string{"net/http", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"serverlog":               {own: []string{"finding", "token", "errortext", "pasted", "crash"}, never: append([]string{"net", "net/http", "os", "io/fs"}, kubernetes...), neverThrough: clients},
		"report":                  {own: []string{"finding", "token", "keyset", "credential", "evidence", "diagnose", "checks", "replicas", "serverlog", "version", "report/anonymize", "report/document", "report/escape"}, never: []string{"net/http", "github.com/charmbracelet/"}, neverThrough: clients},
		"report/anonymize":        {own: []string{"errortext", "finding"}, never: []string{"net/http", "os"}, neverThrough: clients},
		"report/escape":           {own: []string{"finding"}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"report/document":         {own: []string{"finding"}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"report/terminal":         {own: []string{"finding", "report/document", "report/escape"}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"report/markdown":         {own: []string{"finding", "report/document", "report/escape", "report/terminal"}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"report/output":           {own: []string{"finding", "report", "report/escape"}, neverThrough: []string{"k8s.io/client-go/rest", "k8s.io/client-go/tools"}},
		"report/schema":           {own: []string{}, neverThrough: kubernetes},
		"language":                {own: []string{"finding"}, never: []string{"net/http"}, neverThrough: kubernetes},
		"cluster":                 {own: []string{"finding", "token", "credential", "evidence", "transport", "version", "waiting"}},
		"collect":                 {own: []string{"cluster", "credential", "errortext", "evidence", "finding", "keyset", "token", "waiting", "crash"}},
		"resolve":                 {own: []string{"cluster", "credential", "evidence", "finding", "token", "waiting", "crash", "aliases", "input", "kubeconfig"}},
		"simulate":                {own: []string{"credential", "evidence", "finding", "keyset", "simulate/manifest", "simulate/serviceaccount", "simulate/trace", "token", "transport", "aliases", "input", "kubeconfig"}},
		"simulate/manifest":       {own: []string{"aliases", "finding"}, never: []string{"net/http", "os"}, neverThrough: kubernetes},
		"simulate/serviceaccount": {own: []string{"finding", "simulate/trace"}, never: []string{"net/http", "os"}},
		"simulate/trace":          {own: []string{"finding"}, never: []string{"net/http", "os"}, neverThrough: kubernetes},
		"serve":                   {own: []string{"brief", "checks", "cluster", "collect", "crash", "credential", "diagnose", "evidence", "finding", "keyset", "report/escape", "token", "version"}, never: []string{"os"}},
		"call":                    {own: []string{"checks", "credential", "diagnose", "evidence", "finding", "keyset", "pasted", "token", "transport", "waiting"}, never: []string{"os"}, neverThrough: clients},
		"aliases":                 {own: []string{"finding"}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"input":                   {own: []string{"finding"}, never: []string{"net"}, neverThrough: kubernetes},
		"kubeconfig":              {own: []string{"aliases", "finding", "input"}},
		"brief":                   {own: []string{}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"crash":                   {own: []string{}, never: []string{"net", "os"}, neverThrough: kubernetes},
		"version":                 {own: []string{}, neverThrough: kubernetes},
		"waiting":                 {own: []string{}, never: []string{"net", "os"}, neverThrough: kubernetes},
	}
	for name, rule := range rules {
		p, ok := packages[name]
		none := len(rule.own)+len(rule.never)+len(rule.neverThrough) == 0
		if !ok || !none && (len(p.Imports) == 0 || len(p.Deps) == 0) || none && len(p.Imports) > 0 {
			t.Errorf("%s is not there, or imports nothing: the rule about it holds nothing", name)
			continue
		}
		for _, path := range p.Imports {
			if own, ours := strings.CutPrefix(path, module); ours && rule.own != nil && !slices.Contains(rule.own, own) {
				t.Errorf("%s imports %s, and may import only %q of this module", name, own, rule.own)
			}
			if under(path, rule.never) {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, path := range p.Deps {
			if under(path, rule.neverThrough) {
				t.Errorf("%s depends on %s", name, path)
			}
		}
	}
	// Only the command line imports all of them.
	for name, p := range packages {
		if _, held := rules[name]; !held && name != "cmd" {
			t.Errorf("no rule says what %s may import", name)
		}
		if slices.Contains(p.Imports, module+"cmd") {
			t.Errorf("%s imports cmd", name)
		}
	}
	// The package that validates objects is only for tests.
	for _, path := range packages["cmd"].Deps {
		if strings.HasPrefix(path, "github.com/santhosh-tekuri/") || path == module+"report/schema" || path == module+"language" || path == module+"transport/hostile" {
			t.Errorf("the program contains %s", path)
		}
	}
	// The rule must be able to fail: the clients are among the imports.
	if !slices.ContainsFunc(packages["cluster"].Deps, func(path string) bool { return under(path, clients) }) {
		t.Error("not even cluster depends on a Kubernetes client: the paths above are wrong")
	}
}

// under reports whether path is one of the prefixes, or below one.
func under(path string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool {
		return path == strings.TrimSuffix(prefix, "/") || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
	})
}
