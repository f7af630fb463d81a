package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Possible causes are only counted next to a proved cause, and named next to a cause that proves nothing, because
// they are what the reader can check. Details name all of them.
func TestBesideAProvedCause(t *testing.T) {
	possible := []finding.ID{finding.IssuerNotTrusted, finding.SigningKeyUnknown, finding.SignatureInvalid, finding.AudienceMismatch}
	for cause, want := range map[finding.ID]struct {
		named bool
		count string
	}{
		finding.TokenExpired:       {false, "4 more findings possible"},
		finding.CredentialRejected: {true, "4 causes not ruled out"},
	} {
		x := NewExplanation()
		x.Verdict, x.DecidedBy, x.Cause = Rejected, BySelfSubjectReview, cause
		x.Findings = append(x.Findings, finding.Found(cause, finding.Proved, "it is so"))
		for _, id := range possible {
			x.Findings = append(x.Findings, finding.Found(id, finding.Possible, "it may be so"))
		}
		short, whole := printed(t, x, false), printed(t, x, true)
		if !strings.Contains(short, want.count) || strings.Contains(short, "proved") == want.named {
			t.Errorf("%s: there is no %q, or what is not ruled out stands beside what is proved:\n%s", cause, want.count, short)
		}
		for _, id := range possible {
			if strings.Contains(short, string(id)) != want.named || !strings.Contains(whole, string(id)) {
				t.Errorf("%s, %s:\n%s\n%s", cause, id, short, whole)
			}
		}
	}
}

func printed(t *testing.T, x result, details bool) string {
	t.Helper()
	var out bytes.Buffer
	if err := (&Printer{W: &out, Width: 80, Now: now, Details: details}).print(x); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A corrected token with the same cause as the credential only refers to that cause.
func TestSharedReasonIsSaidOnce(t *testing.T) {
	x := explainExpired()
	c := x.Credential
	x.Subjects = []Subject{{Role: string(evidence.Unwrapped), Description: finding.T("the corrected token"), Credential: &c, Verdict: x.Verdict, Cause: x.Cause, Findings: x.Findings}}
	for _, details := range []bool{false, true} {
		out := strings.Join(strings.Fields(printed(t, x, details)), " ")
		if !strings.Contains(out, "would be Rejected for the same reason") || strings.Count(out, "["+string(x.Cause)+"]") != 1 {
			t.Errorf("details %t:\n%s", details, printed(t, x, details))
		}
	}
}
