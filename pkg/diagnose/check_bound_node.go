package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Beside a Pod, the Node is only information; the server looks at it where the token
// is bound to the Node itself.
var boundNode = Check{
	ID:        "bound-node",
	Stage:     StageObjects,
	Title:     "the Node that the token is bound to is there",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundNodeDeleted, finding.BoundNodeRecreated},
	Applies: func(e *evidence.Evidence) bool {
		return boundToken(e) && e.Token().ServiceAccount().Node != nil && e.Token().ServiceAccount().Pod == nil
	},
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		return binding{
			kind: "Node", name: sa.Node.Name, uid: sa.Node.UID, fact: e.Subject().Node,
			deleted: finding.BoundNodeDeleted, recreated: finding.BoundNodeRecreated,
			remedy:  "The token ended with its Node; get a new one, bound to a Node that is there.",
			command: mintAnew(e),
		}.judge(e)
	},
}
