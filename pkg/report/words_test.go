package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// words.txt has the words of the strings in this module's source: Anonymize takes none
// of them for a name. A few that are missing do no harm; `go test ./pkg/report -update`
// writes the list anew.
func TestWords(t *testing.T) {
	words := map[string]bool{}
	for _, dir := range []string{"checks", "cluster", "collect", "credential", "diagnose", "errortext", "evidence", "finding", "keyset", "pasted", "replicas", "report", "resolve", "serverlog", "token"} {
		files, err := filepath.Glob("../" + dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || filepath.Base(file) == "anonymize.go" {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if _, isImport := n.(*ast.ImportSpec); isImport {
					return false
				}
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					for _, w := range wordsOf(text) {
						words[w] = true
					}
				}
				return true
			})
		}
	}
	list := slices.Sorted(maps.Keys(words))
	if *update {
		if err := os.WriteFile("words.txt", []byte(strings.Join(list, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	missing := 0
	for _, w := range list {
		if !ours(w) {
			missing++
		}
	}
	if missing*20 > len(list) {
		t.Errorf("words.txt lacks %d of %d words: go test ./pkg/report -update writes it anew", missing, len(list))
	}
}
