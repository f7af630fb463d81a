package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Without a TokenReview, the reason of a refusal stays on the server.
var reviewPermitted = Check{
	ID:        "review-permitted",
	Stage:     StageServer,
	Title:     "the caller may create TokenReviews",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#tokenreview",
	Finds:     []finding.ID{finding.ReviewNotPermitted},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Credential.IsToken() },
	Run: func(e *evidence.Evidence) Result {
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
			return report(proved(finding.ReviewNotPermitted, detail).See("TokenReview by the caller", r.Answer.Reason()).
				Do("Have an administrator ask, or give whoever diagnoses the right to: the ClusterRole system:auth-delegator holds it.", delegate(e)))
		}
		return unknown("TokenReview: " + r.Answer.Reason())
	},
}

// Anonymous access decides what a lost credential looks like: 403 or 401.
var anonymousAccess = Check{
	ID:        "anonymous-access",
	Stage:     StageServer,
	Title:     "what the server does with a request without credentials is known",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests",
	Finds:     []finding.ID{finding.AnonymousAccessEnabled},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !e.Anonymous.Known() {
			return unknown("a request without credentials was not answered: " + e.Anonymous.Reason())
		}
		user := e.Anonymous.Value.User
		if user == nil || user.Username != anonymousUser {
			return pass("it is refused")
		}
		return report(proved(finding.AnonymousAccessEnabled, "requests without credentials are served as "+anonymousUser+", so that a credential that gets lost is answered with 403, and one that is refused with 401"))
	},
}

// The server may remember an answer for ten seconds, a webhook's for two minutes.
var answerFresh = Check{
	ID:        "answer-fresh",
	Stage:     StageServer,
	Title:     "the answer is of this moment",
	Reference: "k8s.io/apiserver pkg/authentication/token/cache",
	Finds:     []finding.ID{finding.AnswerMayBeCached},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Credential.IsToken() },
	Run: func(e *evidence.Evidence) Result {
		if !authenticated(e) {
			return pass("refusals are not cached, but for a webhook's")
		}
		for _, o := range objectsBehind(e) {
			if o.Result.Status == Fail {
				return report(proved(finding.AnswerMayBeCached, "the server accepts the credential although "+o.Result.Detail+": it remembers an acceptance for ten seconds, and reads objects through a cache").
					Do("Ask again in ten seconds.", again(e, "explain")))
			}
		}
		return pass("")
	},
}

// A 403 for a named user is not an authentication problem.
var authorization = Check{
	ID:        "authorization",
	Stage:     StageServer,
	Title:     "the server answers the credential's own questions",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings",
	Finds:     []finding.ID{finding.AuthorizationDenied},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Wire.Known() && e.Subject().Credential.Type() != credential.TypeNone
	},
	Run: func(e *evidence.Evidence) Result {
		a := e.Subject().Wire.Value
		if a.Status != 403 || a.User == nil || a.User.Username == anonymousUser {
			return pass("")
		}
		return report(proved(finding.AuthorizationDenied, fmt.Sprintf("authentication worked: the server knows the credential as %q, and does not allow it a SelfSubjectReview", a.User.Username)).
			See("SelfSubjectReview with the credential", a.Message).
			Do("Look at what the user may do.", "kubectl auth can-i --list --as "+word(a.User.Username)))
	},
}

// delegate is the command by which an administrator lets the caller create TokenReviews.
func delegate(e *evidence.Evidence) string {
	if !e.Caller.Known() || e.Caller.Value.Username == anonymousUser {
		return ""
	}
	return "kubectl create clusterrolebinding token-reviewer --clusterrole=system:auth-delegator --user=" + word(e.Caller.Value.Username)
}

// objectsBehind answers the checks on the objects behind a token.
func objectsBehind(e *evidence.Evidence) []Outcome {
	var out []Outcome
	for _, c := range []Check{legacySecret, serviceAccount, boundSecret, boundPod, boundNode} {
		if c.Applies(e) {
			out = append(out, Outcome{c, c.Run(e)})
		}
	}
	return out
}
