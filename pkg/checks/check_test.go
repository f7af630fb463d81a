package checks

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestChecks(t *testing.T) {
	if len(checkCases) < 100 {
		t.Fatalf("only %d cases", len(checkCases))
	}
	for _, c := range checkCases {
		t.Run(c.check+"/"+c.name, func(t *testing.T) {
			o := outcome(t, c.check, c.given)
			var got []found
			for _, f := range o.Result.Findings {
				got = append(got, found{f.ID, f.Certainty, f.Severity})
				if f.Detail.String() == "" {
					t.Errorf("%s says nothing of what was seen", f.ID)
				}
			}
			if diff := cmp.Diff(c.finds, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if o.Result.Status != c.want {
				t.Errorf("status %s, want %s: %s", o.Result.Status, c.want, o.Result.Detail.String())
			}
		})
	}
}

func outcome(t *testing.T, id string, e *evidence.Evidence) diagnose.Outcome {
	t.Helper()
	for _, o := range answered(e) {
		if o.Check.ID == id {
			return o
		}
	}
	t.Fatalf("no check %q in all.go", id)
	return diagnose.Outcome{}
}

// Each check has a case for each of its findings, and a case without findings or with an open question. It reports
// only findings that it lists.
func TestEveryCheckIsTriedBothWays(t *testing.T) {
	reported := map[string][]finding.ID{}
	quiet := map[string]bool{}
	for _, c := range checkCases {
		certain := false
		for _, f := range c.finds {
			reported[c.check] = append(reported[c.check], f.ID)
			certain = certain || f.Certainty != finding.Possible && f.Severity != finding.Info
		}
		quiet[c.check] = quiet[c.check] || !certain
		for _, o := range answered(c.given) {
			for _, f := range o.Result.Findings {
				if !slices.Contains(o.Check.Finds, f.ID) {
					t.Errorf("%s/%s: the check %s reports %s, which is missing in its Finds", c.check, c.name, o.Check.ID, f.ID)
				}
			}
		}
	}
	for _, c := range All {
		for _, id := range c.Finds {
			if !slices.Contains(reported[c.ID], id) {
				t.Errorf("no case of cases_test.go in which the check %s reports %s; add a case from the steps of steps_test.go and world_test.go", c.ID, id)
			}
		}
		if !quiet[c.ID] {
			t.Errorf("no case of cases_test.go in which the check %s reports nothing, or nothing certain; add a case", c.ID)
		}
	}
}

func TestListOfChecks(t *testing.T) {
	if len(All) < 30 {
		t.Fatalf("only %d checks", len(All))
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for _, c := range All {
		if ids[c.ID] || titles[c.Title] {
			t.Errorf("%s: another check has the same ID or the same title %q", c.ID, c.Title)
		}
		ids[c.ID], titles[c.Title] = true, true
		if c.ID == "" || c.Stage == "" || c.Title == "" || c.Reference == "" || len(c.Finds) == 0 || c.Run == nil {
			t.Errorf("the check %q needs an ID, Title, Reference, Finds and Run", c.ID)
		}
		for _, id := range c.Finds {
			if _, ok := finding.Lookup(id); !ok {
				t.Errorf("%s: %q is not in the catalogue", c.ID, id)
			}
		}
		// A title names the subject of the check, because the state follows the title.
		for _, bad := range []string{"is ", "are ", "may ", "fail", "cannot", "invalid", "missing", "wrong", "error"} {
			if strings.Contains(" "+c.Title, " "+bad) {
				t.Errorf("%s: the title %q is not a noun phrase without a state", c.ID, c.Title)
			}
		}
		if strings.HasPrefix(c.Title, "the ") || strings.HasPrefix(c.Title, "a ") || strings.HasSuffix(c.Title, ".") || len(strings.Fields(c.Title)) > 5 {
			t.Errorf("%s: the title %q has an article, a full stop or more than five words", c.ID, c.Title)
		}
	}
}

// No check runs another: a shared answer is a method of the Case.
func TestNoCheckRunsAnother(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") && (strings.Contains(string(source), ".Run(") || strings.Contains(string(source), ".Applies(")) {
			t.Errorf("%s runs a check", file)
		}
	}
}

// The line of a check has a state next to its title, and the state does not repeat the title.
func TestEachCheckHasAState(t *testing.T) {
	// One message for each check is enough, because a check without a state fails hundreds of cases.
	stateless := map[string]bool{}
	for _, c := range checkCases {
		for _, o := range answered(c.given) {
			state := o.Result.Detail.String()
			switch {
			case o.Result.Status == diagnose.NotApplicable || stateless[o.Check.ID]:
			case state == "":
				stateless[o.Check.ID] = true
				t.Errorf("%s: the result in the case %s/%s has no detail: set Passed in the check, or give the result a detail", o.Check.ID, c.check, c.name)
			case state == o.Check.Title || strings.HasPrefix(state, "it ") || strings.HasPrefix(state, "they "):
				t.Errorf("%s: %s: the state of %q is %q", c.check, c.name, o.Check.Title, state)
			case o.Result.Status == diagnose.Pass && slices.Contains(badStates, state):
				t.Errorf("%s: %s: %q passes with the state %q", c.check, c.name, o.Check.Title, state)
			}
		}
	}
}

// badStates are the states of findings that are a fault or a doubt.
var badStates = func() (out []string) {
	for id, state := range states {
		if e, _ := finding.Lookup(id); e.Severity != finding.Info {
			out = append(out, state.String())
		}
	}
	// An accepted credential of these kinds has no fault.
	return slices.DeleteFunc(out, func(s string) bool { return s == "not set" })
}()

// Each finding that a check may report has a state.
func TestEachFindingHasAState(t *testing.T) {
	dynamic := []finding.ID{finding.IdentitySuppliedOnTheWay, finding.APIServerError, finding.ClockSkew, finding.ImpersonationConfigured}
	for _, c := range All {
		for _, id := range c.Finds {
			if _, ok := states[id]; !ok && !slices.Contains(dynamic, id) {
				t.Errorf("%s: the finding %s has no state; add it to states in states.go", c.ID, id)
			}
		}
	}
}

// The reasons for missing groups differ: only a groups claim shows that the server does not map it.
func TestWhyNoGroups(t *testing.T) {
	for _, c := range []struct {
		groups any
		want   string
	}{
		{[]any{"developers"}, "which the API server does not map"},
		{"developers", "which the API server does not map"},
		{[]any{}, "is empty"},
		{"", "is empty"},
		{nil, "The token has no claim"},
	} {
		o := outcome(t, "oidc-groups", given(idToken(claims{"groups": c.groups}), acceptedAs("jane")))
		if got := o.Result.Findings[0].Detail.String(); !strings.Contains(got, c.want) {
			t.Errorf("groups %v: %q, want %q in it", c.groups, got, c.want)
		}
	}
}
