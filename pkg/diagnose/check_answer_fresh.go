package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

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
				return report(proved(finding.AnswerMayBeCached, "the server still accepts the credential, out of its cache: it remembers an acceptance for ten seconds, and reads objects through a cache").
					See("what has changed", o.Result.Detail).
					Do("Ask again in ten seconds.", again(e, "explain")))
			}
		}
		for _, o := range objectsBehind(e) {
			if o.Result.Status == Unknown {
				return unknown("an acceptance is remembered for ten seconds, and what is behind the token could not be looked at")
			}
		}
		return pass("")
	},
}
