package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What might be so beside a cause that is proved is named in a line or two; beside one
// that settles nothing it is what the reader has to go on.
func TestBesideAProvedCause(t *testing.T) {
	possible := []finding.ID{finding.IssuerNotTrusted, finding.SigningKeyUnknown, finding.SignatureInvalid, finding.AudienceMismatch}
	for cause, want := range map[finding.ID]struct {
		short bool
		ids   []finding.ID
	}{
		finding.TokenExpired:       {true, possible},
		finding.CertificateExpired: {false, possible[:3]},
		finding.CredentialRejected: {false, possible},
	} {
		x := NewExplanation()
		x.Verdict, x.DecidedBy, x.Cause = Rejected, BySelfSubjectReview, cause
		x.Findings = append(x.Findings, finding.Found(cause, finding.Proved, "it is so"))
		for _, id := range want.ids {
			x.Findings = append(x.Findings, finding.Found(id, finding.Possible, "it may be so"))
		}
		var out bytes.Buffer
		p := &Printer{W: &out, Width: 80}
		if err := p.print(x); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		if strings.Contains(got, string(want.ids[0])+", "+string(want.ids[1])) != want.short {
			t.Errorf("%s:\n%s", cause, got)
		}
		for _, id := range want.ids {
			if !strings.Contains(got, string(id)) {
				t.Errorf("%s: %s is not named", cause, id)
			}
		}
	}
}
