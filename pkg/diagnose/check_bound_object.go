package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// "invalidated" is what the server says when a bound object is gone, and not which.
var boundObject = Check{
	ID:        "bound-object",
	Stage:     StageObjects,
	Title:     "the server finds what the token is bound to",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundObjectGone},
	Applies:   boundToken,
	Run: func(e *evidence.Evidence) Result {
		reason, _, ok := said(e, finding.BoundObjectGone)
		if !ok {
			return pass("")
		}
		sa := e.Token().ServiceAccount()
		s := e.Subject()
		seen, possible := 0, 0
		gone := func(o evidence.Object, claimed *token.Ref) bool {
			return !o.Exists || ended(e, o) || uidOf(claimed) != "" && o.UID != uidOf(claimed)
		}
		for _, r := range []struct {
			named bool
			known bool
			gone  bool
		}{
			{sa.Pod != nil, s.Pod.Known(), s.Pod.Known() && gone(s.Pod.Value, sa.Pod)},
			{sa.Secret != nil, s.Secret.Known(), s.Secret.Known() && gone(s.Secret.Value.Object, sa.Secret)},
			{sa.Node != nil && sa.Pod == nil, s.Node.Known(), s.Node.Known() && gone(s.Node.Value, sa.Node)},
		} {
			if r.named && r.gone {
				seen++
			}
			if r.named && !r.known {
				possible++
			}
		}
		if seen > 0 {
			return pass("the one that is gone was found")
		}
		detail := "the server says that an object which the token is bound to is gone, and which one could not be seen"
		if possible == 0 {
			detail = "the server says that an object which the token is bound to is gone; those that its claims name were there when they were read"
		}
		return report(proved(finding.BoundObjectGone, detail).See(statusError, reason.Text).
			Do("Get a new token, in a Pod by restarting it.", mintAnew(e)))
	},
}
