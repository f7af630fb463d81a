package checks

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// constants returns the constants of a type, in blocks with a comment.
func constants(t *testing.T, file, of string) (blocks []*ast.GenDecl) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		if kind, ok := block.Specs[0].(*ast.ValueSpec).Type.(*ast.Ident); ok && kind.Name == of {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// The comment on each block of problems names the findings that they are kinds of.
func TestEveryFaultHasItsFinding(t *testing.T) {
	ids := append([]finding.ID{finding.TokenNotRead, finding.NoCredential, finding.ImpersonationConfigured, finding.ServerCertificateUntrusted}, credentialProduced.Finds...)
	c := &credential.Credential{Projected: &credential.Projected{}}
	held := func(id finding.ID, p credential.Problem, name string) {
		if FromFault(c, credential.Fault{ID: id, Problem: p}).ID != id {
			t.Errorf("there is no finding on the fault %s, %s", id, name)
		}
	}
	for _, id := range ids[1:] {
		held(id, 0, "as the ID says")
	}
	named := regexp.MustCompile(`finding\.(\w+)`)
	problems := 0
	for _, block := range constants(t, "../credential/fault.go", "Problem") {
		for _, match := range named.FindAllStringSubmatch(block.Doc.Text(), -1) {
			of := slices.IndexFunc(ids, func(id finding.ID) bool { return strings.EqualFold(strings.ReplaceAll(string(id), "-", ""), match[1]) })
			if of < 0 {
				t.Fatalf("no check reports %s", match[0])
			}
			for i, spec := range block.Specs {
				value := credential.Problem(max(i, 1))
				if name := spec.(*ast.ValueSpec).Names[0].Name; name != "_" {
					held(ids[of], value, name)
					problems++
				}
			}
		}
	}
	if problems < 60 {
		t.Errorf("only %d problems were seen", problems)
	}
}

func TestEveryEndOfAConnectionHasItsFinding(t *testing.T) {
	c := diagnose.NewCase(given())
	ends := 0
	for _, block := range constants(t, "../evidence/fact.go", "Transport") {
		for _, spec := range block.Specs {
			value, err := strconv.Unquote(spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			if f := notReached(c, &evidence.Failure{Kind: evidence.Unreachable, Transport: evidence.Transport(value), Said: T("why")}); f.Detail.IsZero() {
				t.Errorf("nothing is said of a connection that ends with %s", value)
			}
			ends++
		}
	}
	if ends < 12 {
		t.Errorf("only %d were seen", ends)
	}
}
