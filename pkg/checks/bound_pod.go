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
		return binding{o, func(f finding.Finding) finding.Finding {
			return replaceToken(c, f, T("In a Pod, use the token of that Pod. Outside of Pods, use a token that is not bound to a Pod."))
		}}.judge(c)
	},
}
