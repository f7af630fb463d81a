package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const claimsSource = "k8s.io/kubernetes pkg/serviceaccount/claims.go (validator.Validate)"

// A ServiceAccount token is bound to its ServiceAccount by UID: one that was deleted
// and created again under the same name is another.
var serviceAccount = Check{
	ID:        "service-account",
	Stage:     StageObjects,
	Title:     "the ServiceAccount is the one that the token was issued to",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.ServiceAccountDeleted, finding.ServiceAccountRecreated, finding.ServiceAccountTerminating},
	Applies:   func(e *evidence.Evidence) bool { return boundToken(e) || legacyToken(e) },
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		b := binding{
			kind: "ServiceAccount", namespace: sa.Namespace, name: sa.Name, uid: sa.UID, fact: e.Subject().ServiceAccount,
			deleted: finding.ServiceAccountDeleted, recreated: finding.ServiceAccountRecreated, terminating: finding.ServiceAccountTerminating,
			remedy:  "Get a token of the ServiceAccount as it is now; where it is gone for good, so is the token's use.",
			command: mint(sa.Namespace, sa.Name),
		}
		if sa.Pod != nil {
			b.remedy, b.command = "Restart the Pod: the kubelet then asks for a token of the ServiceAccount as it is now.", restart(e)
		}
		return b.judge(e)
	},
}

// restart is how a Pod gets a fresh token at once. A Pod that nothing controls would not
// come back by itself, so the command shows what does.
func restart(sa *token.ServiceAccount) (remedy, command string) {
	return "Restart the Pod through whatever controls it: the kubelet then asks for a token of the ServiceAccount as it is now.",
		"kubectl --namespace " + word(sa.Namespace) + " get pod " + word(sa.Pod.Name) + " -o jsonpath='{.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name}'"
}
