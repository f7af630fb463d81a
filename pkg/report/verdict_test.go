package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func explained(t *testing.T, change func(*Explanation)) string {
	t.Helper()
	x := explainAccepted()
	change(x)
	var out bytes.Buffer
	p := &Printer{W: &out, Width: 80, Now: x.Credential.IssuedAt.Time}
	if err := p.print(x); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBelowTheVerdict(t *testing.T) {
	of := func(id finding.ID) finding.Finding { return finding.Found(id, finding.Proved, "what was seen") }
	for _, c := range []struct {
		name   string
		change func(*Explanation)
		// first and then are texts in this order; once occurs once; never does not occur.
		first, then, once, never string
	}{
		{"a warning is said at once, and once", func(x *Explanation) {
			x.Findings = []finding.Finding{of(finding.ServiceAccountTerminating)}
			x.Findings[0].Severity = finding.Warning
		},
			"decided by", "[service-account-terminating]", "[service-account-terminating]", "Other findings"},
		{"another credential than the one that was meant", func(x *Explanation) {
			x.Findings = []finding.Finding{of(finding.TokenShadowedByClientCertificate).Fix("Use another context.", finding.Command{})}
			x.Findings[0].Severity = finding.Warning
		},
			"Use another context.", "[token-shadowed-by-client-certificate]", "Use another context.", "--verbose"},
		{"an answer of the cache", func(x *Explanation) { x.Findings = []finding.Finding{of(finding.AnswerMayBeCached)} },
			"decided by", "ask again in ten seconds", "still accepted from", "warning:"},
		{"requests without credentials, and an accepted credential", func(x *Explanation) { x.Findings = []finding.Finding{of(finding.AnonymousAccessEnabled)} },
			"Accepted as", "decided by", "Accepted as", "anonymous-access-enabled"},
		{"requests without credentials, and none accepted", func(x *Explanation) {
			x.Verdict, x.User, x.Cause = Anonymous, nil, finding.CredentialStripped
			x.Findings = []finding.Finding{of(finding.CredentialStripped), of(finding.AnonymousAccessEnabled)}
		}, "[credential-stripped]", "decided by", "[credential-stripped]", "Accepted as"},
		{"the token that was meant", func(x *Explanation) {
			x.Subjects = []Subject{{Role: RoleUnwrapped, Description: finding.T("the corrected token"), Verdict: Accepted, User: x.User}}
			x.Verdict, x.User, x.Cause = Undecided, nil, finding.TokenHasWhitespace
			x.Findings = []finding.Finding{of(finding.TokenHasWhitespace)}
		}, "What was seen", "corrected token: would be", "corrected token: would be", "warning:"},
		{"the remaining causes, before the fix", func(x *Explanation) {
			x.Verdict, x.User, x.Cause = Rejected, nil, finding.CredentialRejected
			x.Findings = []finding.Finding{of(finding.CredentialRejected).Fix("Ask.", finding.Command{}), finding.Found(finding.SignatureInvalid, finding.Possible, "")}
		}, "signature-invalid", "Ask.", "reason is not known", "proved"},
	} {
		out := explained(t, c.change)
		first, then := strings.Index(out, c.first), strings.Index(out, c.then)
		if first < 0 || then < first || strings.Count(out, c.once) != 1 || strings.Contains(out, c.never) {
			t.Errorf("%s: %q has to come before %q, %q once, %q never:\n%s", c.name, c.first, c.then, c.once, c.never, out)
		}
	}
}

// An error message that is about no known credential names no single remaining cause.
func TestPastedUnauthorizedLeavesEveryReasonOpen(t *testing.T) {
	s := screen{pasted: true}
	cause := finding.Prove(finding.CredentialRejected, "it was rejected")
	s.maybe(&cause, []finding.Finding{finding.Found(finding.AggregatedAPIRefused, finding.Possible, "it may be")}, Rejected)
	if got := rowsInWords(s.seen); !strings.Contains(got, "any reason to reject a credential, or aggregated-api-refused") || len(s.further) > 0 {
		t.Error(got, s.further)
	}
}
