package checks

import (
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/language"
)

// All texts of testdata/diagnoses.txt follow the rules that a test can check. The test reads them as texts, which
// still distinguish our words from others.
func TestLanguage(t *testing.T) {
	rules, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(All) < 40 {
		t.Errorf("only %d checks", len(All))
	}
	for _, c := range All {
		for _, v := range rules.CheckTitle(c.Title) {
			t.Errorf("check %s: %s", c.ID, v)
		}
	}

	seen := map[string]bool{}
	once := func(where string, violations []string) {
		for _, v := range violations {
			if !seen[v] {
				seen[v] = true
				t.Errorf("%s: %s", where, v)
			}
		}
	}
	texts := 0
	read := func(where string, f finding.Finding) {
		texts++
		where += ": " + string(f.ID)
		once(where, rules.Detail(f.Title, f.Detail))
		for _, e := range f.Evidence {
			once(where, rules.Text(e.Source))
			if e.Kind != finding.Elimination {
				// The value is a list of checks and their states.
				once(where, rules.Text(e.Value))
			}
		}
		for _, r := range f.Remedy {
			once(where, rules.Text(r.Description))
		}
	}
	for _, c := range checkCases {
		d := diagnosed(c.given)
		for _, o := range d.Outcomes {
			texts++
			once(c.name+": check "+o.Check.ID, rules.Detail(finding.T("%s", finding.Standard(o.Check.Title)), o.Result.Detail))
			if o.Result.Detail.IsZero() && (o.Result.Status == diagnose.Fail || o.Result.Status == diagnose.Warn) {
				once(c.name, []string{"check " + o.Check.ID + ": a check that fails or warns says its state"})
			}
		}
		for _, f := range d.Findings {
			read(c.name, f)
		}
	}
	for _, c := range causeCases {
		for _, f := range diagnosed(c.given).Findings {
			read(c.name, f)
		}
	}
	for _, c := range meaningCases {
		for _, f := range diagnose.Meaning(diagnose.NewCase(c.given), All) {
			read(c.name, f)
		}
	}
	for _, c := range faultCases {
		read(c.name, FromFault(c.of, c.fault))
	}
	if texts < 1000 {
		t.Errorf("only %d texts were read", texts)
	}
}
