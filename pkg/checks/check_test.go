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

// Each check has a case in which it finds each of its findings, and one in which it finds
// none or leaves the question open; and finds nothing that it does not announce.
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
					t.Errorf("%s/%s: the check %s finds %s, which its Finds does not list", c.check, c.name, o.Check.ID, f.ID)
				}
			}
		}
	}
	for _, c := range All {
		for _, id := range c.Finds {
			if !slices.Contains(reported[c.ID], id) {
				t.Errorf("no case of cases_test.go has the check %s find %s; add one, put together from the steps of world_test.go", c.ID, id)
			}
		}
		if !quiet[c.ID] {
			t.Errorf("in no case of cases_test.go does the check %s find nothing, or nothing certain; add one", c.ID)
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
			t.Errorf("%s: its ID or its title %q is another check's too", c.ID, c.Title)
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
		// A title states the good case, as a fact that ends the sentence "it holds that …".
		for _, bad := range []string{"fail", "cannot", "invalid", "missing", "wrong", "error"} {
			if strings.Contains(c.Title, bad) && !strings.Contains(c.Title, "is not marked invalid") {
				t.Errorf("%s: the title %q does not state the good case", c.ID, c.Title)
			}
		}
		if c.Title != strings.ToLower(c.Title[:1])+c.Title[1:] && !strings.HasPrefix(c.Title, "ServiceAccount") || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: the title %q is no part of a sentence", c.ID, c.Title)
		}
	}
}

// What two checks need to know is a question of the Case: no check runs another one.
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

// What of the groups is missing is told apart: only a claim that names one says something
// about the server's mapping.
func TestWhyNoGroups(t *testing.T) {
	for _, c := range []struct {
		groups any
		want   string
	}{
		{[]any{"developers"}, "which the server does not map"},
		{"developers", "which the server does not map"},
		{[]any{}, "is empty"},
		{"", "is empty"},
		{nil, "the token has no claim"},
	} {
		o := outcome(t, "oidc-groups", given(idToken(claims{"groups": c.groups}), acceptedAs("jane")))
		if !strings.Contains(o.Result.Detail.String(), c.want) {
			t.Errorf("groups %v: %q, want %q in it", c.groups, o.Result.Detail, c.want)
		}
	}
}
