package checks

import (
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
	Title:     "token file refresh",
	Reference: "k8s.io/kubernetes pkg/kubelet/token/token_manager.go (requiresRefresh)",
	Finds:     []finding.ID{finding.TokenFileStale, finding.TokenFileFresh},
	Applies:   (*Case).IsKeptByKubelet,
	Run: func(c *Case) Result {
		p := c.KubeletFile()
		due, ok := replacedAt(c)
		if !ok {
			return unknown(T("the token does not say when it was issued"), finding.TokenFileStale)
		}
		now, byServer := c.ServerNow()
		if !now.After(due.Add(keptGrace)) {
			if !c.Authenticated() {
				return pass(T("up to date: the kubelet replaces the token from %s on", finding.Time(due)))
			}
			return report(prove(finding.TokenFileFresh, "the file holds a fresh token, which the kubelet replaces from %s on; a program in the container that is refused all the same read the file earlier, or sends something else", finding.Time(due)).
				Fix("Restart the program, or let it read the file again each time, as client-go does since v0.15.7.", finding.Command{}))
		}
		f := prove(finding.TokenFileStale, "the kubelet should have replaced the token at %s on %s, %s ago%s, and did not",
			finding.File.Of(p.Path), finding.Time(due), finding.Duration(now.Sub(due)), byClock(byServer))
		iat, _ := c.Token().IssuedAt()
		f = f.Seen("iat", finding.Time(iat))
		if after, has := c.Token().WarnAfter(); has {
			f = f.Seen("warnafter", finding.Time(after))
		}
		if exp, has := c.Token().ExpiresAt(); has {
			f = f.Seen("exp", finding.Time(exp))
		}
		// What would explain it, where it was seen.
		pod := c.Subject().Pod
		switch sa := c.Subject().ServiceAccount; {
		case p.SubPath:
			return report(f.Seen("spec of the Pod", T("the file is mounted with subPath")).
				Fix("Mount the volume itself, not the file with subPath; the kubelet then replaces what is in it.", finding.Command{}))
		case pod.Known() && pod.Value.Exists && pod.Value.UID == p.PodUID && pod.Value.DeletionTimestamp != nil:
			f = f.SeenAt(pod.Source, T("deletionTimestamp: %s, after which kubelets stop renewing tokens", finding.Time(*pod.Value.DeletionTimestamp)))
		case sa.Known() && (!sa.Value.Exists || sa.Value.DeletionTimestamp != nil):
			f = f.SeenAt(sa.Source, T("the ServiceAccount is gone or going, and the kubelet gets no token for it"))
		}
		return report(f.
			Fix("See whether the node is ready, and what the kubelet says.", describeNode(p.Node)).
			Fix("A new Pod gets a fresh token: restart what controls this one.", ownerOf(p.Namespace, p.Pod)))
	},
}

// replacedAt is the moment from which on the kubelet asks for another token. One that was
// given a longer life for the sake of old clients is due by what the kubelet was promised.
func replacedAt(c *Case) (time.Time, bool) {
	iat, _ := c.Token().IssuedAt()
	life, known := lifePromised(c)
	return iat.Add(min(life*4/5, longestKept)), known && life > 0
}

func describeNode(name string) finding.Command {
	if !finding.ObjectName(name) {
		return finding.Command{}
	}
	return run("kubectl describe node").Arg(finding.Node.Of(name)).ByOthers()
}
