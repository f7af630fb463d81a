package checks

import (
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// reviewOf is what `review` has: a token, and the answer to one TokenReview.
func reviewOf(raw string, status evidence.ReviewStatus, audiences ...string) *evidence.Evidence {
	return &evidence.Evidence{Now: now, Audiences: audiences, Subjects: []*evidence.Subject{{
		Credential: &credential.Credential{Token: token.Parse(raw)},
		Reviews:    []evidence.Review{{Audiences: audiences, Answer: evidence.Is(status, finding.T("TokenReview"))}},
	}}}
}

// reviewFails: nothing came of the review.
func reviewFails(e *evidence.Evidence) *evidence.Evidence {
	e.Subject().Reviews[0].Answer = evidence.Not[evidence.ReviewStatus](&evidence.Failure{Kind: evidence.Forbidden, Said: finding.T("forbidden to ask")}, finding.T("TokenReview"))
	return e
}

// meaningCases are reviews, and what comes first of what is said of each; TestDiagnoses has all of it.
var meaningCases = []struct {
	name  string
	given *evidence.Evidence
	first finding.ID
}{
	{"expired", reviewOf(tampered, evidence.ReviewStatus{Error: words(expiredText)}), finding.TokenExpired},
	{"bare", reviewOf(idpKey.sign(idClaims(nil), nil), evidence.ReviewStatus{Error: bareText}), finding.IssuerNotTrusted},
	{"invalid bearer token, for another audience", reviewOf(idpKey.sign(idClaims(nil), nil), evidence.ReviewStatus{Error: bareText}, "vault"), finding.CredentialRejected},
	{"opaque", reviewOf(opaqueRaw, evidence.ReviewStatus{Error: bareText}), finding.CredentialRejected},
	{"gone", reviewOf(clusterKey.sign(saClaims(bound("pod", "web", "u")), nil), evidence.ReviewStatus{Error: words(goneText)}), finding.BoundObjectGone},
	{"anonymous, because of a space", reviewOf(" "+tampered, evidence.ReviewStatus{Authenticated: true, User: nobodyUser}), finding.TokenHasWhitespace},
	{"anonymous, without a visible cause", reviewOf(tampered, evidence.ReviewStatus{Authenticated: true, User: nobodyUser}), finding.AnonymousRequest},
	{"expired, and still accepted", reviewOf(clusterKey.sign(saClaims(claims{"exp": at(-time.Hour)}), nil), evidence.ReviewStatus{Authenticated: true, User: *jane}), finding.TokenExpiresSoon},
	{"accepted for another audience", reviewOf(tampered, evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: []string{clusterIss}}, "vault"), finding.AudienceMismatch},
	{"opaque, and accepted for another audience", reviewOf(opaqueRaw, evidence.ReviewStatus{Authenticated: true, User: *jane, Audiences: []string{clusterIss}}, "vault"), finding.AudienceMismatch},
	{"expired, and no answer", reviewFails(reviewOf(clusterKey.sign(saClaims(claims{"exp": at(-time.Hour)}), nil), evidence.ReviewStatus{})), finding.TokenExpired},
	{"opaque, and no answer", reviewFails(reviewOf(opaqueRaw, evidence.ReviewStatus{})), finding.OpaqueToken},
	{"opaque, and no review", func() *evidence.Evidence {
		e := reviewOf(opaqueRaw, evidence.ReviewStatus{})
		e.Subject().Reviews = nil
		return e
	}(), finding.OpaqueToken},
}

// What `review` says of an answer, with nothing else asked.
func TestMeaning(t *testing.T) {
	for _, c := range meaningCases[len(meaningCases)-5:] {
		if got := diagnose.Meaning(diagnose.NewCase(c.given), nil); len(got) > 0 {
			t.Errorf("%s, and no check: %v", c.name, got)
		}
	}
	for _, c := range meaningCases {
		got := diagnose.Meaning(diagnose.NewCase(c.given), All)
		if len(got) == 0 || got[0].ID != c.first || !got[0].Explains() {
			t.Errorf("%s: %v, want %s first", c.name, got, c.first)
		}
	}
	for _, f := range diagnose.Meaning(diagnose.NewCase(reviewOf(clusterKey.sign(legacyClaims(nil), nil), evidence.ReviewStatus{Authenticated: true, User: *jane})), All) {
		if f.Severity == finding.Error || !f.Explains() {
			t.Errorf("accepted, and %s is an %s, %s", f.ID, f.Severity, f.Certainty)
		}
	}
}
