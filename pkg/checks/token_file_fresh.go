package checks

import (
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The kubelet replaces a token after 80 % of its lifetime or 24 hours, whichever is first, and writes it to the file the
// next time it syncs the Pod, at least every minute and a half.
const (
	longestKept = 24 * time.Hour
	keptGrace   = 5 * time.Minute
)

// A token in the file of the kubelet is only replaced while the kubelet can request tokens.
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
			return unknown(T("the token has no readable `iat`"), finding.TokenFileStale)
		}
		now, byServer := c.ServerNow()
		if !now.After(due.Add(keptGrace)) {
			if !c.Authenticated() {
				return pass(T("up to date: the kubelet replaces the token from %s on", finding.Time(due)))
			}
			return report(prove(finding.TokenFileFresh, "the file holds a fresh token, which the kubelet replaces from %s on. A program in the container that is nevertheless rejected read the file earlier or sends another token", finding.Time(due)).
				Fix("Restart the program, or use a client that reads the token file again, such as client-go since v0.15.7.", finding.Command{}))
		}
		f := prove(finding.TokenFileStale, "the kubelet should have replaced the token in %s at %s (%s ago, %s), but did not",
			finding.File.Of(p.Path), finding.Time(due), finding.Duration(now.Sub(due)), clockUsed(byServer))
		iat, _ := c.Token().IssuedAt()
		f = f.Seen("iat", finding.Time(iat))
		if after, has := c.Token().WarnAfter(); has {
			f = f.Seen("warnafter", finding.Time(after))
		}
		if exp, has := c.Token().ExpiresAt(); has {
			f = f.Seen("exp", finding.Time(exp))
		}
		return report(kubeletStopped(c, f))
	},
}

// kubeletStopped adds why the kubelet does not replace the token in the file, where the evidence shows it, and what to do.
// Reading the file again does not help.
func kubeletStopped(c *Case, f finding.Finding) finding.Finding {
	p, pod, sa := c.KubeletFile(), c.Subject().Pod, c.Subject().ServiceAccount
	again := T("Reading the file again does not help.")
	switch {
	case p.SubPath:
		return f.Seen("spec of the Pod", T("the file is mounted with subPath")).
			Fix("Mount the volume and not the single file with subPath. The kubelet then replaces the token in the volume.", finding.Command{})
	case pod.Known() && pod.Value.Exists && pod.Value.UID == p.PodUID && pod.Value.DeletionTimestamp != nil:
		return f.SeenAt(pod.Source, T("deletionTimestamp: %s. Kubelets stop replacing tokens then", finding.Time(*pod.Value.DeletionTimestamp))).
			FixBy(sentences(T("The Pod is being deleted, and the kubelet no longer replaces its tokens."), again, T("Use another Pod.")), finding.Command{})
	case sa.Known() && !sa.Value.Exists:
		f = f.SeenAt(sa.Source, T("not found, so that the kubelet receives no token"))
		if sa := c.Token().ServiceAccount(); finding.ObjectName(sa.Name) {
			f = f.FixBy(T("Create ServiceAccount %s/%s again, so that the kubelet can request tokens.", finding.Namespace.Of(sa.Namespace), finding.ServiceAccount.Of(sa.Name)),
				inNamespace(sa.Namespace).Add("create serviceaccount").Arg(finding.ServiceAccount.Of(sa.Name)))
		}
		return restart(c, f, again)
	case sa.Known() && sa.Value.DeletionTimestamp != nil:
		return f.SeenAt(sa.Source, T("the ServiceAccount is being deleted, so that the kubelet receives no token")).
			FixBy(sentences(again, T("Run the Pod with another ServiceAccount.")), finding.Command{})
	}
	f = restart(c, f, again)
	return f.Step(c.Ask(T("If new Pods on the same node fail too, check the node and the log of its kubelet."),
		T("If new Pods on the same node fail too, ask an administrator to check the node and the log of its kubelet."), describeNode(p.Node)))
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
