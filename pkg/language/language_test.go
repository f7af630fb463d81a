package language

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// openPackages are the packages whose texts do not follow the rules yet.
var openPackages = []string{}

// cleanCatalogue reports that the catalogue follows the rules.
const cleanCatalogue = true

func rules(t *testing.T) *Rules {
	t.Helper()
	r, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCatalogue(t *testing.T) {
	r := rules(t)
	say := t.Logf
	if cleanCatalogue {
		say = t.Errorf
	}
	if len(finding.Catalogue) < 100 {
		t.Fatalf("the catalogue has %d findings", len(finding.Catalogue))
	}
	for _, e := range finding.Catalogue {
		for _, text := range []string{e.Group, e.Title, e.Meaning, e.Detection, e.Fix} {
			for _, v := range r.String(text) {
				say("catalogue: %s: %s", e.ID, v)
			}
		}
		for _, sentence := range Sentences(e.Meaning) {
			if strings.HasPrefix(sentence, "It ") && sentence == Sentences(e.Meaning)[0] {
				say("catalogue: %s: the meaning begins with a pronoun: %s", e.ID, sentence)
			}
		}
	}
}

func TestSources(t *testing.T) {
	r := rules(t)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	formats, err := Formats(root)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, f := range formats {
		if f.Package == "simulate/serviceaccount" || strings.Contains(f.Text, "public service account keys") {
			// These are error messages of the API server, which the simulation repeats.
			continue
		}
		seen[f.Package]++
		say := t.Errorf
		if slices.Contains(openPackages, f.Package) {
			say = t.Logf
		}
		for _, v := range r.Format(f) {
			say("pkg/%s: %s", f.At, v)
		}
	}
	for _, name := range []string{"checks", "diagnose", "report", "cmd", "resolve", "simulate", "pasted", "token", "keyset"} {
		if seen[name] < 10 {
			t.Errorf("%d texts in pkg/%s", seen[name], name)
		}
	}
}

func TestPages(t *testing.T) {
	r := rules(t)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, filepath.Join(root, "README.md"))
	paragraphs := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(file, root)), "/")
		page := string(text)
		switch name {
		case "docs/findings.md":
			// The page is generated from the catalogue, which TestCatalogue checks.
			continue
		case "docs/glossary.md":
			page = withoutLastColumn(page)
		}
		paragraphs += len(Prose(page))
		for _, v := range r.Page(page) {
			t.Errorf("%s: %s", name, v)
		}
	}
	if paragraphs < 300 || len(files) < 10 {
		t.Errorf("%d paragraphs in %d pages", paragraphs, len(files))
	}
}

// withoutLastColumn removes the excluded words from the glossary.
func withoutLastColumn(page string) string {
	var out []string
	for line := range strings.Lines(page) {
		if cells := strings.Split(line, "|"); len(cells) == 5 {
			line = strings.Join(cells[:3], "|") + "|\n"
		} else if len(cells) == 4 {
			line = "\n"
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

// Terms are in alphabetical order, and no row excludes the term of another row.
func TestGlossary(t *testing.T) {
	r := rules(t)
	if len(r.Terms) < 50 || len(r.banned) < 100 {
		t.Errorf("%d terms, %d excluded phrases", len(r.Terms), len(r.banned))
	}
	if !slices.IsSortedFunc(r.Terms, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }) {
		t.Errorf("the terms are not in order: %q", r.Terms)
	}
	for _, term := range r.Terms {
		if v := r.String(term); len(v) > 0 {
			t.Errorf("the term is excluded: %q", v)
		}
	}
}

// Each rule finds a text that breaks it, and none finds a text that follows all rules.
func TestRulesFail(t *testing.T) {
	r := rules(t)
	long := strings.Repeat("word ", 26) + "."
	for name, got := range map[string][]string{
		"long sentence":         r.String(long),
		"second sentence":       r.String("Short. " + long),
		"long typed text":       r.Text(finding.T("%s "+"a b c d e f g h i j k l m n o p q r s t u v w x y z", finding.Pod.Of("web"))),
		"excluded word":         r.String("The server refused the token."),
		"excluded phrase":       r.String("A token of which we know nothing."),
		"small letter":          r.String("the pod does not exist"),
		"beginning of sentence": r.String("Rights are missing."),
		"typed text":            r.Text(finding.T("%s is gone", finding.Pod.Of("web"))),
		"page":                  r.Page("# Title\n\n- An item that nobody\n  reads\n"),
		"cell":                  r.Page("| a | the service account |\n"),
		"link":                  r.Page("The [refusal](x.md) of it.\n"),
		"pronoun":               r.Detail(finding.T("token lifetime"), finding.T("it expired")),
		"repetition":            r.Detail(finding.T("the token has expired"), finding.T("the token has expired")),
		"title":                 r.CheckTitle("the token is fresh"),
		"format":                r.Format(Format{Func: "T", Text: "%s was refused"}),
		"detail in a format":    r.Format(Format{Func: "pass", Text: "this holds"}),
	} {
		if len(got) == 0 {
			t.Errorf("%s: no rule finds it", name)
		}
	}
	for name, got := range map[string][]string{
		"code":       r.String("The message is `the token was refused by nobody`."),
		"quotation":  r.String(`The API server answers "nobody was refused".`),
		"names":      r.Text(finding.T("%s is missing", finding.Pod.Of("nobody-refused"))),
		"foreign":    r.Text(finding.T("the API server answered: %s", finding.Message("the pod was refused and is gone"))),
		"standard":   r.Text(finding.T("the claim %s is missing", finding.Standard("rights"))),
		"list":       r.String("One of " + strings.Repeat("`a`, ", 30) + "and `b`."),
		"connection": r.String("connection refused"),
		"fence":      r.Page("```\nnobody refused\n```\n"),
		"block":      r.Page("Text:\n\n    nobody refused\n"),
		"flag":       r.String("Add --nobody to the command."),
		"path":       r.String("Read docs/anew.md in the folder."),
		"Pods":       r.String("Pods and a Pod."),
		"sentences":  r.String(strings.Repeat("Eight words are in this one short sentence. ", 9)),
		"title":      r.CheckTitle("token lifetime"),
		"detail":     r.Detail(finding.T("token lifetime"), finding.T("expired 4m ago")),
	} {
		if len(got) != 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A glossary without tables is an error.
func TestParseFails(t *testing.T) {
	for _, page := range []string{"", "# Glossary\n", "| a | b | c | d |\n", "| not | but |\n| --- | --- |\n| nobody | no one |\n"} {
		if _, err := Parse(page); err == nil {
			t.Errorf("%q is read as a glossary", page)
		}
	}
}
