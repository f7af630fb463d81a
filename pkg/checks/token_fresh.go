package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet's extended tokens live for a year so that old clients go on working;
// `warnafter` says when a client should have read its file again.
var tokenFresh = Check{
	ID:        "token-fresh",
	Title:     "the client keeps its token fresh",
	Reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go (warnafter)",
	Finds:     []finding.ID{finding.TokenStale},
	// Of a file that was read just now, tokenFileFresh has the word.
	Applies: func(e *Case) bool { return e.IsBoundToken() && !e.IsKeptByKubelet() },
	Run: func(e *Case) Result {
		after, has := e.Token().WarnAfter()
		now, byServer := e.ServerNow()
		if !has || !now.After(after) {
			return pass("")
		}
		exp, _ := e.Token().ExpiresAt()
		end := "fails when the extension ends on "
		if exp.Before(now) {
			end = "the extension ended on "
		}
		f := proved(finding.TokenStale, fmt.Sprintf("the token should have been replaced on %s, %s ago%s; the client did not read its file again, and %s", stamp(after), span(now.Sub(after)), clockWords(byServer), end+stamp(exp))).
			See("warnafter", stamp(after)).See("exp", stamp(exp))
		return report(f.Do("Use a client library that reads the token file again (client-go does, since v0.15.7), or restart the Pod.", ""))
	},
}
