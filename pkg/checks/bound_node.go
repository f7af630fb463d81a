package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Beside a Pod, the Node is only information; the server looks at it where the token
// is bound to the Node itself.
var boundNode = Check{
	ID:        "bound-node",
	Title:     "bound Node",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundNodeDeleted, finding.BoundNodeRecreated},
	Applies:   boundTo(diagnose.KindNode),
	Run: func(c *Case) Result {
		o, _ := c.Object(diagnose.KindNode)
		return binding{o, func(f finding.Finding) finding.Finding {
			return replaceToken(c, f, T("The token is invalid without its Node."))
		}}.judge(c)
	},
}
