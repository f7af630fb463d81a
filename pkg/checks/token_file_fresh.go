package checks

import (
	"fmt"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet replaces a token after 80 % of its life or 24 hours, whichever is first, and
// writes it to the file when it looks at the Pod next, which it does at least every
// minute and a half. Beyond the grace there is something wrong with it.
const (
	longestKept = 24 * time.Hour
	keptGrace   = 5 * time.Minute
)

// The file that the kubelet keeps up to date is as good as the kubelet.
var tokenFileFresh = Check{
	ID:        "token-file-fresh",
	Title:     "the kubelet keeps the token in the file up to date",
	Reference: "k8s.io/kubernetes pkg/kubelet/token/token_manager.go (requiresRefresh)",
	Finds:     []finding.ID{finding.TokenFileStale, finding.TokenFileFresh},
	Applies:   (*Case).IsKeptByKubelet,
	Run: func(e *Case) Result {
		p := e.KubeletFile()
		due, ok := replacedAt(e)
		if !ok {
			return unknown("the token does not say when it was issued", finding.TokenFileStale)
		}
		now, byServer := e.ServerNow()
		if !now.After(due.Add(keptGrace)) {
			if !e.Authenticated() {
				return pass("the kubelet replaces it from " + stamp(due) + " on")
			}
			return report(proved(finding.TokenFileFresh, "the file holds a fresh token, which the kubelet replaces from "+stamp(due)+" on; a program in the container that is refused all the same read the file earlier, or sends something else").
				Do("Restart the program, or let it read the file again each time, as client-go does since v0.15.7.", ""))
		}
		f := proved(finding.TokenFileStale, fmt.Sprintf("the kubelet should have replaced the token at %s on %s, %s ago%s, and did not", p.Path, stamp(due), span(now.Sub(due)), clockWords(byServer)))
		iat, _ := e.Token().IssuedAt()
		f = f.See("iat", stamp(iat))
		if after, has := e.Token().WarnAfter(); has {
			f = f.See("warnafter", stamp(after))
		}
		if exp, has := e.Token().ExpiresAt(); has {
			f = f.See("exp", stamp(exp))
		}
		// What would explain it, where it was seen.
		pod := e.Subject().Pod
		switch sa := e.Subject().ServiceAccount; {
		case p.SubPath:
			return report(f.See("spec of the Pod", "the file is mounted with subPath").
				Do("Mount the volume itself, not the file with subPath; the kubelet then replaces what is in it.", ""))
		case pod.Known() && pod.Value.Exists && pod.Value.UID == p.PodUID && pod.Value.DeletionTimestamp != nil:
			f = f.See(pod.Source, "deletionTimestamp: "+stamp(*pod.Value.DeletionTimestamp)+", after which kubelets stop renewing tokens")
		case sa.Known() && (!sa.Value.Exists || sa.Value.DeletionTimestamp != nil):
			f = f.See(sa.Source, "the ServiceAccount is gone or going, and the kubelet gets no token for it")
		}
		return report(f.
			Do("See whether the node is ready, and what the kubelet says.", describeNode(p.Node)).
			Do("A new Pod gets a fresh token: restart what controls this one.", inNamespace(p.Namespace, "get pod "+word(p.Pod)+" -o jsonpath='{.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name}'")))
	},
}

// replacedAt is the moment from which on the kubelet asks for another token. One that was
// given a longer life for the sake of old clients is due by what the kubelet was promised.
func replacedAt(e *Case) (time.Time, bool) {
	t := e.Token()
	iat, hasIat := t.IssuedAt()
	end, hasEnd := t.WarnAfter()
	if !hasEnd {
		end, hasEnd = t.ExpiresAt()
	}
	if !hasIat || !hasEnd || !end.After(iat) {
		return time.Time{}, false
	}
	return iat.Add(min(end.Sub(iat)*4/5, longestKept)), true
}

func describeNode(name string) string {
	if !finding.ObjectName(name) {
		return ""
	}
	return "kubectl describe node " + name
}
