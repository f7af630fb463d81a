package checks

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
)

// serversAgree is the check of the answers where several servers were asked.
func serversAgree(e *Case) Result {
	all := replicas.Servers(e)
	var left []string
	voices, others := 0, false
	for i, a := range all {
		switch {
		case a.NotAsked != "" && i > 0:
			left = append(left, a.At.URL)
		case a.NotAsked == "" && a.Verdict != diagnose.Undecided:
			voices++
			others = others || i > 0
		}
	}
	incomplete := ""
	if len(left) > 0 {
		incomplete = fmt.Sprintf("; %d could not be asked: %s", len(left), strings.Join(left, ", "))
	}
	if f, ok := serversDiffer(e, all, incomplete); ok {
		return report(f)
	}
	if len(replicas.Replies(e, 0, replicas.OnTheWire)) > 1 {
		// The kubeconfig's address may stand for several servers by itself.
		if r := repeatsAgree(e); len(r.Findings) > 0 {
			return r
		}
	}
	for _, i := range replicas.Asked(e) {
		if i > 0 && max(replicas.Changes(replicas.Replies(e, i, replicas.OnTheWire)), replicas.Changes(replicas.Replies(e, i, replicas.InReview))) > 1 {
			return report(seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, all[i].At.URL+" gave different answers in turn: it asks something that does not always answer, or stands for several servers"), all))
		}
	}
	if !others {
		if len(e.Endpoints) == 1 && e.Addresses.State != evidence.Failed {
			return pass("there is one, at the kubeconfig's address")
		}
		why, _ := replicas.Unlisted(e)
		if why == "" {
			why = "none of the API servers gave an answer of its own" + incomplete
			if len(e.Subject().Attempts) == 0 {
				why = "the API servers were not asked one by one: " + e.Subject().Wire.Reason()
			}
		}
		return Result{Status: diagnose.Unknown, Detail: why}
	}
	return pass(fmt.Sprintf("%d servers asked%s", voices, incomplete))
}

// serversDiffer is the finding that servers answered differently, or will.
func serversDiffer(e *Case, all []replicas.Server, incomplete string) (finding.Finding, bool) {
	sets := replicas.KeySets(all)
	is := replicas.Differ(e)
	switch {
	case is == replicas.Certain && webhookComesAndGoes(e, replicas.AllReplies(e, replicas.InReview)):
		return seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers: they ask a webhook, which may not always answer, or they do not agree"), all), true
	case is == replicas.Certain && lagging(e):
		f := finding.New(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers, which those with the same configuration do for some seconds after an object has gone or a token has ended: they remember an acceptance for ten seconds")
		return seeServers(f, all).Do("Ask again in ten seconds.", again(e, "explain")+" --each-server"), true
	case is == replicas.Certain:
		return remedyServers(seeUnlike(e, seeServers(proved(finding.ReplicasDisagree, disagreement(all)+incomplete), all)), all), true
	case is == replicas.OnTheWay:
		return seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, "at the kubeconfig's address the answer is another one than that of each API server that was asked: what stands before them loses or changes the credential, or passes it on to a server that was not asked"), all), true
	case len(sets) > 1:
		f := proved(finding.ReplicasDisagree, "the API servers do not publish the same keys: a token that one of them signs is refused by another")
		for _, set := range sets {
			f = f.See("keys of "+strings.Join(set.URLs, ", "), kids(set.Keys))
		}
		return remedyKeys(f), true
	}
	return finding.Finding{}, false
}

// disagreement says who answers what.
func disagreement(all []replicas.Server) string {
	var yes, no []replicas.Server
	for _, a := range all {
		switch a.Verdict {
		case diagnose.Accepted:
			yes = append(yes, a)
		case diagnose.Rejected, diagnose.Anonymous:
			no = append(no, a)
		}
	}
	switch {
	case len(no) == 0:
		return "the API servers take the credential for different users"
	case len(yes) == 0:
		return "the API servers give different reasons for their refusal"
	}
	var odd []string
	for _, a := range no {
		words := a.At.URL
		if len(a.Notes) > 0 {
			words += ", because " + strings.Join(a.Notes, " and ")
		}
		odd = append(odd, words)
	}
	accept := "accepts"
	if len(yes) > 1 {
		accept = fmt.Sprintf("and %d more accept", len(yes)-1)
	}
	refuse := "is refused by "
	if slices.ContainsFunc(no, func(a replicas.Server) bool { return a.Verdict == diagnose.Anonymous }) {
		refuse = "is not accepted by "
	}
	return fmt.Sprintf("%s %s the credential, which %s%s", yes[0].At.URL, accept, refuse, strings.Join(odd, "; and by "))
}

// seeServers adds who answered what.
func seeServers(f finding.Finding, all []replicas.Server) finding.Finding {
	for _, a := range all {
		if a.NotAsked != "" {
			continue
		}
		words := "accepted"
		switch {
		case a.Verdict == diagnose.Accepted && a.User != nil:
			words = "accepted as " + a.User.Username
		case a.Verdict != diagnose.Accepted:
			words = a.Error
		}
		f = f.See(a.At.URL, words)
		if a.HasKey != nil && !*a.HasKey {
			f = f.See("keys that it publishes", kids(a.At.Issuer.Value.Keys.Value))
		}
		if slices.Contains(a.Notes, replicas.OtherCAs) {
			f = f.See("CAs that it asks for", strings.Join(names(a.At.Handshake.Value.AcceptableCAs), "; "))
		}
	}
	return f
}

func remedyKeys(f finding.Finding) finding.Finding {
	return f.Do("Give all API servers the same --service-account-key-file, with the public key of each that signs, and the same --service-account-signing-key-file; restart the odd one. A kubeadm control plane has them in sa.pub and sa.key; this, on each node, tells the odd one.",
		"sudo sha256sum /etc/kubernetes/pki/sa.pub").Do("Compare the flags.", compareFlags)
}

// remedyServers adds what to do, by what is different.
func remedyServers(f finding.Finding, all []replicas.Server) finding.Finding {
	var notes []string
	for _, a := range all {
		notes = append(notes, a.Notes...)
	}
	has := func(prefix string) bool {
		return slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, prefix) })
	}
	switch {
	case has(replicas.NoKeyHere):
		return remedyKeys(f)
	case has("its issuer is "):
		return f.Do("Start all API servers with the same --service-account-issuer: first the one that new tokens have, then older ones, for as long as their tokens live.", compareFlags)
	case has(replicas.OtherCAs):
		return f.Do("Give all API servers the same --client-ca-file, with all CAs whose certificates are in use.", compareFlags)
	case has("its clock is "):
		return f.Do("Have the clocks of all control-plane nodes follow NTP.", "timedatectl")
	}
	return f.Do("Compare the flags of all API servers, above all the keys, issuers and CAs they are given, and restart the odd one with those of the others.", compareFlags)
}

// lagging reports whether each reason that was given for a refusal is one that servers
// with the same configuration come to see some seconds apart: they remember an acceptance,
// and read objects through caches.
func lagging(e *Case) bool {
	found := false
	for _, a := range e.Subject().Attempts {
		if !a.Review.Known() || a.Review.Value.Authenticated {
			continue
		}
		lags := false
		for _, r := range errortext.Parse(a.Review.Value.Error) {
			if r.Stage != errortext.Bearer && len(r.IDs) > 0 {
				lags = !slices.ContainsFunc(r.IDs, func(id finding.ID) bool { return !ofObjects(id) && !(id == finding.TokenExpired && justExpired(e)) })
			}
		}
		if !lags {
			return false
		}
		found = true
	}
	return found
}

func ofObjects(id finding.ID) bool {
	return slices.ContainsFunc(objectChecks, func(c *Check) bool { return slices.Contains(c.Finds, id) })
}

var objectChecks = []*Check{&legacySecret, &serviceAccount, &boundSecret, &boundPod, &boundNode, &boundObject, &bootstrapToken}

func justExpired(e *Case) bool {
	exp, has := e.Token().ExpiresAt()
	now, _ := e.ServerNow()
	return has && now.Sub(exp).Abs() < 15*time.Second
}
