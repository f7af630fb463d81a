package checks

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
)

// serversAgree is the check of the answers where several servers were asked.
func serversAgree(c *Case) Result {
	all := replicas.Servers(c)
	var left []finding.Value
	voices, others := 0, false
	for i, a := range all {
		switch {
		case !a.NotAsked.IsZero() && i > 0:
			left = append(left, finding.URL.Of(a.At.URL))
		case a.NotAsked.IsZero() && a.Verdict != diagnose.Undecided:
			voices++
			others = others || i > 0
		}
	}
	incomplete := noDetail
	if len(left) > 0 {
		incomplete = T("; %s could not be asked: %s", finding.Count(len(left)), finding.Join(", ", left...))
	}
	if f, ok := serversDiffer(c, all, incomplete); ok {
		return report(f)
	}
	if len(replicas.Replies(c, 0, replicas.OnTheWire)) > 1 {
		// The kubeconfig's address may stand for several servers by itself.
		if r := repeatsAgree(c); len(r.Findings) > 0 {
			return r
		}
	}
	for _, i := range replicas.Asked(c) {
		if i > 0 && max(replicas.Changes(replicas.Replies(c, i, replicas.OnTheWire)), replicas.Changes(replicas.Replies(c, i, replicas.InReview))) > 1 {
			return report(seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible,
				"%s gave different answers in turn: it asks something that does not always answer, or stands for several servers", finding.URL.Of(all[i].At.URL)), all))
		}
	}
	switch why, _ := replicas.Unlisted(c); {
	case others:
		return pass(T("identical on %s API servers%s", finding.Count(voices), incomplete))
	case len(c.Endpoints) == 1 && c.Addresses.State != evidence.Failed:
		return pass(T("only one API server, at the kubeconfig's address"))
	case !why.IsZero():
		return unknown(why)
	case len(c.Subject().Attempts) == 0:
		return unknown(T("the API servers were not asked one by one: %s", c.Subject().Wire.Reason()))
	}
	return unknown(T("none of the API servers gave an answer of its own%s", incomplete))
}

// serversDiffer is the finding that servers answered differently, or will.
func serversDiffer(c *Case, all []replicas.Server, incomplete finding.Text) (finding.Finding, bool) {
	sets := replicas.KeySets(all)
	is := replicas.Differ(c)
	switch {
	case is == replicas.Certain && webhookComesAndGoes(c, replicas.AllReplies(c, replicas.InReview)):
		return seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers: they ask a webhook, which may not always answer, or they do not agree"), all), true
	case is == replicas.Certain && lagging(c):
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers, which those with the same configuration do for some seconds after an object has gone or a token has ended: they remember an acceptance for ten seconds")
		return seeServers(f, all).Fix("Ask again in ten seconds.", askAgain(c, run("kubectl authn explain")).Add("--each-server")), true
	case is == replicas.Certain:
		return remedyServers(seeEach(seeServers(prove(finding.ReplicasDisagree, "%s%s", disagreement(all), incomplete), all), c.DifferingFlags()), all), true
	case is == replicas.OnTheWay:
		return seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible, "at the kubeconfig's address the answer is another one than that of each API server that was asked: what stands before them loses or changes the credential, or passes it on to a server that was not asked"), all), true
	case len(sets) > 1:
		f := prove(finding.ReplicasDisagree, "the API servers do not publish the same keys: a token that one of them signs is refused by another")
		for _, set := range sets {
			f = f.SeenAt(T("keys of %s", finding.Join(", ", finding.Names(finding.URL, set.URLs)...)), kids(set.Keys))
		}
		return remedyKeys(f), true
	}
	return finding.Finding{}, false
}

// disagreement says who answers what.
func disagreement(all []replicas.Server) finding.Text {
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
		return T("the API servers take the credential for different users")
	case len(yes) == 0:
		return T("the API servers give different reasons for their refusal")
	}
	var odd []finding.Value
	for _, a := range no {
		words := T("%s", finding.URL.Of(a.At.URL))
		for i, note := range a.Notes {
			before := T(", because ")
			if i > 0 {
				before = T(" and ")
			}
			words = T("%s%s%s", words, before, note.Said)
		}
		odd = append(odd, words)
	}
	accept := T("accepts")
	if len(yes) > 1 {
		accept = T("and %s more accept", finding.Count(len(yes)-1))
	}
	refuse := T("is refused by")
	if slices.ContainsFunc(no, func(a replicas.Server) bool { return a.Verdict == diagnose.Anonymous }) {
		refuse = T("is not accepted by")
	}
	return T("%s %s the credential, which %s %s", finding.URL.Of(yes[0].At.URL), accept, refuse, finding.Join("; and by ", odd...))
}

// seeServers adds who answered what.
func seeServers(f finding.Finding, all []replicas.Server) finding.Finding {
	for _, a := range all {
		if !a.NotAsked.IsZero() {
			continue
		}
		words := T("accepted")
		switch {
		case a.Verdict == diagnose.Accepted && a.User != nil:
			words = T("accepted as %s", finding.User.Of(a.User.Username))
		case a.Verdict != diagnose.Accepted:
			words = a.Error
		}
		f = f.SeenAt(T("%s", finding.URL.Of(a.At.URL)), words)
		if a.HasKey != nil && !*a.HasKey {
			f = f.Seen("keys that it publishes", kids(a.At.Issuer.Value.Keys.Value))
		}
		if a.Has(replicas.OtherCAs) {
			f = f.Seen("CAs that it asks for", diagnose.ListedAuthorities(a.At.Handshake.Value.AcceptableCAs))
		}
	}
	return f
}

func remedyKeys(f finding.Finding) finding.Finding {
	return f.Fix("Give all API servers the same --service-account-key-file, with the public key of each that signs, and the same --service-account-signing-key-file; restart the odd one. A kubeadm control plane has them in sa.pub and sa.key; this, on each node, tells the odd one.",
		run("sudo sha256sum /etc/kubernetes/pki/sa.pub")).Fix("Compare the flags.", compareFlags())
}

// remedyServers adds what to do, by what is different.
func remedyServers(f finding.Finding, all []replicas.Server) finding.Finding {
	for _, odd := range []struct {
		oddity   replicas.Oddity
		remedied finding.Finding
	}{
		{replicas.OtherKeys, remedyKeys(f)},
		{replicas.OtherIssuer, f.Fix("Start all API servers with the same --service-account-issuer: first the one that new tokens have, then older ones, for as long as their tokens live.", compareFlags())},
		{replicas.OtherCAs, f.Fix("Give all API servers the same --client-ca-file, with all CAs whose certificates are in use.", compareFlags())},
		{replicas.OtherTime, f.Fix("Have the clocks of all control-plane nodes follow NTP.", run("timedatectl"))},
	} {
		if slices.ContainsFunc(all, func(a replicas.Server) bool { return a.Has(odd.oddity) }) {
			return odd.remedied
		}
	}
	return f.Fix("Compare the flags of all API servers, above all the keys, issuers and CAs they are given, and restart the odd one with those of the others.", compareFlags())
}

// lagging reports whether each reason that was given for a refusal is one that servers
// with the same configuration come to see some seconds apart: they remember an acceptance,
// and read objects through caches.
func lagging(c *Case) bool {
	found := false
	for _, a := range c.Subject().Attempts {
		if !a.Review.Known() || a.Review.Value.Authenticated {
			continue
		}
		lags := false
		for _, r := range errortext.Parse(a.Review.Value.Error) {
			if r.Stage != errortext.Bearer && len(r.IDs) > 0 {
				lags = !slices.ContainsFunc(r.IDs, func(id finding.ID) bool { return !ofObjects(id) && !(id == finding.TokenExpired && justExpired(c)) })
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

func justExpired(c *Case) bool {
	exp, has := c.Token().ExpiresAt()
	now, _ := c.ServerNow()
	return has && now.Sub(exp).Abs() < 15*time.Second
}
