package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet's tokens live no longer than their Pod.
var boundPod = Check{
	ID:        "bound-pod",
	Stage:     StageObjects,
	Title:     "the Pod that the token is bound to is there",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundPodDeleted, finding.BoundPodRecreated, finding.BoundPodTerminating},
	Applies:   func(e *evidence.Evidence) bool { return boundToken(e) && e.Token().ServiceAccount().Pod != nil },
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		return binding{
			kind: "Pod", namespace: sa.Namespace, name: sa.Pod.Name, uid: sa.Pod.UID, fact: e.Subject().Pod,
			deleted: finding.BoundPodDeleted, recreated: finding.BoundPodRecreated, terminating: finding.BoundPodTerminating,
			remedy:  "Use a token of a Pod that runs: read it in the Pod itself. Outside of Pods, get one that is bound to none.",
			command: mintAnew(e),
		}.judge(e)
	},
}
