package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet's tokens live no longer than their Pod.
var boundPod = Check{
	ID:        "bound-pod",
	Title:     "bound Pod",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundPodDeleted, finding.BoundPodRecreated, finding.BoundPodTerminating},
	Applies:   boundTo(diagnose.KindPod),
	Run: func(c *Case) Result {
		o, _ := c.Object(diagnose.KindPod)
		return binding{o, T("Use a token of a Pod that runs: read it in the Pod itself. Outside of Pods, get one that is bound to none."), mintAnew(c)}.judge(c)
	},
}
