package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
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
			b.remedy, b.command = "Restart the Pod: the kubelet then asks for a token of the ServiceAccount as it is now.", "kubectl --namespace "+word(sa.Namespace)+" delete pod "+word(sa.Pod.Name)
		}
		return b.judge(e)
	},
}

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
			command: mint(sa.Namespace, sa.Name),
		}.judge(e)
	},
}

// A token may be bound to a Secret, to be revoked with it.
var boundSecret = Check{
	ID:        "bound-secret",
	Stage:     StageObjects,
	Title:     "the Secret that the token is bound to is there",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundSecretDeleted, finding.BoundSecretRecreated},
	Applies:   func(e *evidence.Evidence) bool { return boundToken(e) && e.Token().ServiceAccount().Secret != nil },
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		s := e.Subject().Secret
		return binding{
			kind: "Secret", namespace: sa.Namespace, name: sa.Secret.Name, uid: sa.Secret.UID,
			fact:    evidence.Fact[evidence.Object]{State: s.State, Value: s.Value.Object, Failure: s.Failure, Why: s.Why, Source: s.Source},
			deleted: finding.BoundSecretDeleted, recreated: finding.BoundSecretRecreated,
			remedy:  "The token was revoked with its Secret; get a new one.",
			command: mint(sa.Namespace, sa.Name),
		}.judge(e)
	},
}

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
			command: mint(sa.Namespace, sa.Name),
		}.judge(e)
	},
}

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
		for _, r := range []struct {
			named bool
			known bool
			gone  bool
		}{
			{sa.Pod != nil, s.Pod.Known(), s.Pod.Known() && (!s.Pod.Value.Exists || s.Pod.Value.DeletionTimestamp != nil || s.Pod.Value.UID != uidOf(sa.Pod))},
			{sa.Secret != nil, s.Secret.Known(), s.Secret.Known() && (!s.Secret.Value.Exists || s.Secret.Value.UID != uidOf(sa.Secret))},
			{sa.Node != nil && sa.Pod == nil, s.Node.Known(), s.Node.Known() && (!s.Node.Value.Exists || s.Node.Value.UID != uidOf(sa.Node))},
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
			Do("Get a new token, in a Pod by restarting it.", mint(sa.Namespace, sa.Name)))
	},
}
