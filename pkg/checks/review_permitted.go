package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Without a TokenReview, the reason of a refusal stays on the server.
var reviewPermitted = Check{
	ID:        "review-permitted",
	Title:     "the caller may create TokenReviews",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#tokenreview",
	Finds:     []finding.ID{finding.ReviewNotPermitted},
	Applies: func(e *Case) bool {
		return e.IsToken() && !e.Token().HasProblem(finding.EmptyBearerToken)
	},
	Run: func(e *Case) Result {
		r, ok := e.Subject().Review(e.Audiences)
		switch {
		case !ok:
			return unknown("no TokenReview was created")
		case r.Answer.Known():
			return pass("")
		case r.Answer.Failed(evidence.Forbidden), r.Answer.Failed(evidence.Unauthenticated):
			who := "the caller"
			if e.Caller.Known() {
				who = fmt.Sprintf("the caller %q", e.Caller.Value.Username)
			}
			detail := who + " may not create TokenReviews, which carry the server's reason: the verdict rests on a SelfSubjectReview with the credential itself"
			if len(e.Audiences) > 0 {
				detail = who + " may not create TokenReviews, without which nobody can ask for an audience other than the server's own"
			}
			if r.Answer.Failed(evidence.Unauthenticated) {
				detail = "the server does not take the caller's own credential, so that no TokenReview could be created, which carries the server's reason"
			}
			f := proved(finding.ReviewNotPermitted, detail)
			if len(e.Audiences) > 0 || !e.Authenticated() {
				// Else the wire has answered, and nobody misses the review.
				f = delegate(e, f.See("TokenReview by the caller", r.Answer.Reason()))
				f.Severity = finding.Warning
				return report(f)
			}
			result := report(f)
			result.Status = diagnose.NotApplicable
			return result
		}
		return unknown("TokenReview: " + r.Answer.Reason())
	},
}
