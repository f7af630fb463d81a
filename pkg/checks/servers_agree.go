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

// serversAgree compares the answers of several API servers.
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
		incomplete = T("; no answer from %s: %s", finding.Count(len(left)), finding.Join(", ", left...))
	}
	if f, ok := serversDiffer(c, all, incomplete); ok {
		return report(f)
	}
	if len(replicas.Replies(c, 0, replicas.OnTheWire)) > 1 {
		// Several API servers may share the kubeconfig's address.
		if r := repeatsAgree(c); len(r.Findings) > 0 {
			return r
		}
	}
	for _, i := range replicas.Asked(c) {
		if i > 0 && max(replicas.Changes(replicas.Replies(c, i, replicas.OnTheWire)), replicas.Changes(replicas.Replies(c, i, replicas.InReview))) > 1 {
			return report(seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible,
				"the answers of %s alternated. The API server asks a webhook that may fail at times, or several API servers share the address", finding.URL.Of(all[i].At.URL)), all))
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
		return unknown(T("the API servers were not asked separately: %s", c.Subject().Wire.Reason()))
	}
	return unknown(T("none of the API servers answered separately%s", incomplete))
}

// serversDiffer returns the finding that the API servers answer differently, or will.
func serversDiffer(c *Case, all []replicas.Server, incomplete finding.Text) (finding.Finding, bool) {
	sets := replicas.KeySets(all)
	is := replicas.Differ(c)
	switch {
	case is == replicas.Certain && isWebhookUnsteady(c, replicas.AllReplies(c, replicas.InReview)):
		return seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers. They ask a webhook that may fail at times, or they disagree on the credential"), all), true
	case is == replicas.Certain && isLagging(c):
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers. API servers cache an acceptance for ten seconds, so this can happen shortly after an object is deleted or a token expires")
		return seeServers(f, all).Fix("Wait ten seconds and run the command again. Expect the same answer from all API servers.", askAgain(c, run("kubectl authn explain")).Add("--each-server")), true
	case is == replicas.Certain:
		return remedyServers(seeEach(seeServers(prove(finding.ReplicasDisagree, "%s%s", disagreement(all), incomplete), all), c.DifferingFlags()), all), true
	case is == replicas.OnTheWay:
		return seeServers(finding.Found(finding.ReplicasDisagree, finding.Possible, "the answer at the kubeconfig's address differs from the answer of each API server. A proxy or load balancer loses or changes the credential, or forwards it to another API server"), all), true
	case len(sets) > 1:
		f := prove(finding.ReplicasDisagree, "the API servers do not publish the same keys, so a token that one of them signs is rejected by another")
		for _, set := range sets {
			f = f.SeenAt(T("keys of %s", finding.Join(", ", finding.Names(finding.URL, set.URLs)...)), kids(set.Keys))
		}
		return remedyKeys(f), true
	}
	return finding.Finding{}, false
}

// disagreement describes which API servers accept the credential and which reject it.
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
		return T("the API servers identify the credential as different users")
	case len(yes) == 0:
		return T("the API servers give different reasons for the rejection")
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
	by := T("Rejected by")
	if slices.ContainsFunc(no, func(a replicas.Server) bool { return a.Verdict == diagnose.Anonymous }) {
		by = T("Not accepted by")
	}
	return T("%s %s the credential. %s %s", finding.URL.Of(yes[0].At.URL), accept, by, finding.Join(", and by ", odd...))
}

// seeServers adds the answer of each API server.
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
			f = f.Seen("keys that the API server publishes", kids(a.At.Issuer.Value.Keys.Value))
		}
		if a.Has(replicas.OtherCAs) {
			f = f.Seen("CAs that the API server requests (TLS handshake)", diagnose.ListedAuthorities(a.At.Handshake.Value.AcceptableCAs))
		}
	}
	return f
}

func remedyKeys(f finding.Finding) finding.Finding {
	return f.Fix("Find the API server that differs: run this command on each control-plane node. Copy sa.pub and sa.key from a node where the keys are right, and restart kube-apiserver on the other one. Outside kubeadm, the files are those of --service-account-key-file and --service-account-signing-key-file.",
		run("sudo sha256sum /etc/kubernetes/pki/sa.pub")).Fix("Compare the flags of all API servers:", compareFlags())
}

// remedyServers adds the fix for what differs between the API servers.
func remedyServers(f finding.Finding, all []replicas.Server) finding.Finding {
	for _, odd := range []struct {
		oddity   replicas.Oddity
		remedied finding.Finding
	}{
		{replicas.OtherKeys, remedyKeys(f)},
		{replicas.OtherIssuer, f.Fix("Set the same --service-account-issuer on all API servers: first the issuer of new tokens, then older issuers until their tokens have expired. Compare the flags:", compareFlags())},
		{replicas.OtherCAs, f.Fix("Give all API servers a --client-ca-file that contains every CA whose certificates are in use. Compare the flags:", compareFlags())},
		{replicas.OtherTime, f.Fix("Synchronize the clocks of all control-plane nodes with NTP. On each node, expect \"System clock synchronized: yes\" from:", run("timedatectl"))},
	} {
		if slices.ContainsFunc(all, func(a replicas.Server) bool { return a.Has(odd.oddity) }) {
			return odd.remedied
		}
	}
	return f.Fix(compareAndRestart, compareFlags())
}

// isLagging reports whether caches explain every rejection: API servers with the same configuration notice
// a deleted object or an expired token some seconds apart.
func isLagging(c *Case) bool {
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
