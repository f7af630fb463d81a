package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server caches an acceptance for ten seconds, and the answer of a webhook for two minutes.
var answerFresh = Check{
	ID:        "answer-fresh",
	Title:     "age of the answer",
	Passed:    T("current"),
	Reference: "k8s.io/apiserver pkg/authentication/token/cache",
	Finds:     []finding.ID{finding.AnswerMayBeCached},
	Applies:   (*Case).IsToken,
	Run: func(c *Case) Result {
		if !c.Authenticated() {
			return pass(T("current: the API server caches no rejections, except those of a webhook"))
		}
		doubt := false
		for _, o := range c.Objects() {
			certain := o.KeepsToken || c.CertaintyByClock(false) == finding.Proved
			words := noDetail
			switch {
			case o.Fate == diagnose.FateDeleted, o.Fate == diagnose.FateRecreated, o.Fate == diagnose.FateReplaced, o.Fate == diagnose.FateInvalidated,
				o.Fate == diagnose.FateEnded && certain:
				words = became(o)
			case o.Named != "":
				words = inErrorMessage(o)
			case o.Fate == diagnose.FateEnded:
				doubt = true
			}
			if !words.IsZero() {
				return report(prove(finding.AnswerMayBeCached, "the API server still accepts the credential from its cache. It caches an acceptance for ten seconds, and reads objects through a cache").
					Seen("change", words).
					Fix("Wait ten seconds and run the command again. Expect the API server to reject the credential.", askAgain(c, run("kubectl authn explain"))))
			}
		}
		if doubt {
			return unknown(T("the API server caches an acceptance for ten seconds, and the objects of the token could not be read"))
		}
		return pass(noDetail)
	},
}
