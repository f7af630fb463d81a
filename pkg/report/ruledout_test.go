package report

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The reason why a cause is not ruled out is printed once, with the check, because a possible finding is only
// listed by its title.
func TestWhySomethingIsNotRuledOut(t *testing.T) {
	const why = "the keys could not be read"
	x := &Explanation{
		Verdict: "Rejected", Cause: finding.CredentialRejected,
		Findings: []finding.Finding{
			{ID: finding.CredentialRejected, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("refused")},
			{ID: finding.SigningKeyUnknown, Severity: finding.Error, Certainty: finding.Possible, Title: finding.T("no known key"), Detail: finding.T(why)},
		},
		Checks: []Check{{ID: "signing-key", Title: "the server has the key", Status: Unknown, Detail: finding.T(why)}},
	}
	out := printed(t, x, true)
	if n := strings.Count(out, why); n != 1 {
		t.Errorf("the reason stands there %d times:\n%s", n, out)
	}
}

// If the reason is unknown, nothing is called proved.
func TestCertaintyOfARefusal(t *testing.T) {
	for verdict, want := range map[string]string{"Rejected": "; the reason is not known", "Undecided": "not decided"} {
		x := &Explanation{Verdict: verdict, Cause: finding.CredentialRejected, Findings: []finding.Finding{
			{ID: finding.CredentialRejected, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("an unknown server answered 401")}}}
		if out := printed(t, x, false); !strings.Contains(out, want) || strings.Contains(out, "proved") {
			t.Errorf("%s: there is no %q:\n%s", verdict, want, out)
		}
	}
}
