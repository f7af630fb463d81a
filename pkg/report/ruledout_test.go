package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Why something could not be ruled out stands in the report, once: with the check, since
// what is merely possible is listed by its title.
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
	var out bytes.Buffer
	if err := (&Printer{W: &out, Width: 80}).print(x); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), why); n != 1 {
		t.Errorf("the reason stands there %d times:\n%s", n, &out)
	}
}

// A refusal is proved only where an API server refused.
func TestCertaintyOfARefusal(t *testing.T) {
	for verdict, want := range map[string]string{"Rejected": "that it was refused is proved", "Undecided": "the answer is proved; whose it was"} {
		x := &Explanation{Verdict: verdict, Cause: finding.CredentialRejected, Findings: []finding.Finding{
			{ID: finding.CredentialRejected, Severity: finding.Error, Certainty: finding.Proved, Title: finding.T("somebody answered 401")}}}
		var out bytes.Buffer
		if err := (&Printer{W: &out, Width: 80}).print(x); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: there is no %q:\n%s", verdict, want, &out)
		}
	}
}
