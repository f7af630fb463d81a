package cmd

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The API server's answer and the configuration contradict each other only if the evidence shows it.
func TestContradiction(t *testing.T) {
	named := func(name string) *token.Identity { return &token.Identity{Username: name} }
	fault := func(ids ...finding.ID) []finding.Finding {
		var out []finding.Finding
		for _, id := range ids {
			out = append(out, finding.Prove(id, "a detail"))
		}
		return out
	}
	rejected := func(cause finding.ID, said bool) *diagnose.Diagnosis {
		f := finding.Prove(cause, "a detail")
		if said {
			f = f.Quote(finding.Message("the reason"))
		}
		return &diagnose.Diagnosis{Verdict: diagnose.Rejected, Cause: cause, Findings: []finding.Finding{f}}
	}
	accepted := &diagnose.Diagnosis{Verdict: diagnose.Accepted, User: named("jane")}
	for _, c := range []struct {
		it       string
		live     *diagnose.Diagnosis
		expected expectation
		want     string
		next     []finding.ID
	}{
		{it: "both accept", live: accepted, expected: expectation{user: named("jane")}},
		{it: "both accept, another user", live: accepted, expected: expectation{user: named("id:jane")}, want: "the given configuration names another user"},
		{it: "the API server accepts", live: accepted, expected: expectation{faults: fault(finding.AudienceMismatch), user: named("jane")}, want: "the given configuration rejects the credential"},
		{it: "the API server accepts, and an input is missing", live: accepted, expected: expectation{unchecked: true}},
		{it: "the API server rejects", live: rejected(finding.SignatureInvalid, true), expected: expectation{user: named("jane")}, want: "the given configuration accepts the credential"},
		{it: "the API server rejects, and no key was given", live: rejected(finding.SignatureInvalid, true), expected: expectation{user: named("jane"), unchecked: true}},
		{it: "both reject, for one reason", live: rejected(finding.TokenExpired, true), expected: expectation{faults: fault(finding.TokenExpired, finding.AudienceMismatch)}, next: []finding.ID{finding.AudienceMismatch}},
		{it: "both reject, for other reasons", live: rejected(finding.IssuerNotTrusted, true), expected: expectation{faults: fault(finding.TokenExpired)},
			want: "the given configuration gives another reason", next: []finding.ID{finding.TokenExpired}},
		{it: "the API server gives no reason", live: rejected(finding.CredentialRejected, false), expected: expectation{faults: fault(finding.TokenExpired)}, next: []finding.ID{finding.TokenExpired}},
		{it: "no API server was asked", live: &diagnose.Diagnosis{Verdict: diagnose.Undecided}, expected: expectation{faults: fault(finding.TokenExpired)}, next: []finding.ID{finding.TokenExpired}},
	} {
		var title string
		if f := c.expected.contradiction(c.live, finding.File.Of("auth.yaml")); f != nil {
			title = f.Title.String()
		}
		var next []finding.ID
		for _, f := range c.expected.next(c.live) {
			next = append(next, f.ID)
		}
		if diff := cmp.Diff(c.next, next); diff != "" || title != c.want {
			t.Errorf("%s: %q\n%s", c.it, title, diff)
		}
	}
}
