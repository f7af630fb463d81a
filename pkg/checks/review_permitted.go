package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Only a TokenReview shows the reason of a rejection to a client.
var reviewPermitted = Check{
	ID:        "review-permitted",
	Title:     "TokenReview permission",
	Passed:    T("granted"),
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#tokenreview",
	Finds:     []finding.ID{finding.ReviewNotPermitted},
	Applies: func(c *Case) bool {
		return c.IsToken() && !c.Token().HasProblem(finding.EmptyBearerToken)
	},
	Run: func(c *Case) Result {
		r, ok := c.Subject().Review(c.Audiences)
		switch {
		case !ok:
			return unknown(T("no TokenReview was created"))
		case r.Answer.Known():
			return pass(noDetail)
		case r.Answer.Failed(evidence.Forbidden), r.Answer.Failed(evidence.Unauthenticated):
			who := T("the caller")
			if c.Caller.Known() {
				who = T("the caller %q", finding.User.Of(c.Caller.Value.Username))
			}
			detail := T("%s has no permission to create TokenReviews, which show the API server's reason. The verdict is that of a SelfSubjectReview with the credential", who)
			if len(c.Audiences) > 0 {
				detail = T("%s has no permission to create TokenReviews, and only a TokenReview decides about audiences other than the API server's own", who)
			}
			if r.Answer.Failed(evidence.Unauthenticated) {
				detail = T("the API server rejects the caller's own credential, so that no TokenReview could show the API server's reason")
			}
			f := prove(finding.ReviewNotPermitted, "%s", detail)
			if len(c.Audiences) > 0 || !c.Authenticated() {
				// Otherwise the request has an answer, and the review is not needed.
				f = f.Seen("TokenReview by the caller", r.Answer.Reason())
				if c.CallerIsRefused() && c.CallerIsSubject() {
					// They may, once the API server accepts their credential.
					return Result{Status: diagnose.NotApplicable, Detail: detail, Findings: []finding.Finding{f}}
				}
				if !c.CallerIsRefused() {
					f = delegate(c, f)
				}
				f.Severity = finding.Warning
				return report(f)
			}
			result := report(f)
			result.Status = diagnose.NotApplicable
			return result
		}
		return unknown(T("not known: %s", r.Answer.Reason()))
	},
}
