package diagnose

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// ServerAnswer is what one of several API servers makes of the credential.
type ServerAnswer struct {
	// At is the server; the first is whatever answers at the kubeconfig's address.
	At evidence.Endpoint
	// NotAsked says why it was not sent the credential; empty where it was.
	NotAsked string
	Verdict  Verdict
	User     *token.Identity
	// Error is its reason for a refusal, or for having no answer, in its own words.
	Error string
	// Notes are what it has otherwise than the credential needs it, and the others have it.
	Notes []string
	// HasKey says whether the key that the token names is among those that it publishes;
	// nil where that cannot be known, or does not matter.
	HasKey *bool

	index int
}

// Servers says what each API server makes of the subject in focus, where they were asked
// one by one.
func Servers(e *evidence.Evidence) []ServerAnswer {
	var out []ServerAnswer
	were := askedServers(e)
	for i, at := range e.Endpoints {
		a := ServerAnswer{At: at, Verdict: Undecided, HasKey: publishesKey(e, at), index: i}
		switch {
		case slices.Contains(were, i) && !(i == 0 && silent(e) != nil):
			view := decisiveOf(e, func(a evidence.Attempt) bool { return a.Endpoint == i })
			a.Verdict, _, a.User = decide(view)
			a.Error = reasonOf(view, a.Verdict)
		case !at.Anonymous.Known():
			a.NotAsked = outOfReach(at.Anonymous.Failure)
		default:
			a.NotAsked = "the credential cannot be sent: " + e.Subject().Wire.Reason()
		}
		out = append(out, a)
	}
	for i := range out {
		if out[i].At.Anonymous.Known() {
			out[i].Notes = oddities(e, out[i], out)
		}
	}
	return out
}

// reasonOf is the reason of a server that did not accept the credential.
func reasonOf(view *evidence.Evidence, v Verdict) string {
	if v == Accepted {
		return ""
	}
	if text := decidingText(view); text != "" {
		return text
	}
	return wireSaying(view.Subject().Wire).text
}

// outOfReach says why a server was not sent a credential.
func outOfReach(f *evidence.Failure) string {
	switch {
	case f == nil:
		return "it did not answer"
	case f.Kind != evidence.Unreachable:
		return f.Text
	case vouching(f):
		return "the kubeconfig does not vouch for it: " + f.Text
	}
	return "it cannot be reached from here: " + f.Text
}

// vouching reports whether it was the certificate that kept the credential here.
func vouching(f *evidence.Failure) bool {
	switch f.Transport {
	case evidence.TransportUntrusted, evidence.TransportWrongName, evidence.TransportExpired:
		return true
	}
	return false
}

// publishesKey reports whether a server publishes the key that a ServiceAccount's token
// names: it publishes all that it verifies them with, but for what an external signer
// keeps back, of all API servers alike.
func publishesKey(e *evidence.Evidence, at evidence.Endpoint) *bool {
	t := e.Token()
	if t == nil || !boundToken(e) && !legacyToken(e) || !at.Issuer.Known() || !at.Issuer.Value.Keys.Known() {
		return nil
	}
	kid, named := t.KeyID()
	if !named {
		return nil
	}
	has := hasKey(at.Issuer.Value.Keys.Value, kid)
	return &has
}

// oddities are what a server has otherwise than another one that can explain that it
// does not take what the other takes.
func oddities(e *evidence.Evidence, a ServerAnswer, all []ServerAnswer) []string {
	var out []string
	other := func(differs func(ServerAnswer) bool) bool {
		return slices.ContainsFunc(all, func(o ServerAnswer) bool { return o.index != a.index && o.At.Anonymous.Known() && differs(o) })
	}
	if a.HasKey != nil && !*a.HasKey && other(func(o ServerAnswer) bool { return o.HasKey != nil && *o.HasKey }) {
		out = append(out, noKeyHere)
	}
	if mine, known := issuerOf(a.At); known && boundToken(e) && mine != e.Token().Issuer() &&
		other(func(o ServerAnswer) bool {
			theirs, known := issuerOf(o.At)
			return known && theirs == e.Token().Issuer()
		}) {
		out = append(out, "its issuer is "+quote(mine)+", and the token's is "+quote(e.Token().Issuer()))
	}
	if certificate(e) && a.At.Handshake.Known() && !takesCertificateOf(e, a.At.Handshake.Value) &&
		other(func(o ServerAnswer) bool {
			return o.At.Handshake.Known() && takesCertificateOf(e, o.At.Handshake.Value)
		}) {
		out = append(out, otherCAs)
	}
	if a.Verdict == Rejected && a.At.Clock.Known() {
		mine := a.At.Clock.Value.Skew
		for _, o := range all {
			if o.Verdict == Accepted && o.At.Clock.Known() && (mine-o.At.Clock.Value.Skew).Abs() > maxSkew {
				direction := "ahead of"
				if mine < o.At.Clock.Value.Skew {
					direction = "behind"
				}
				out = append(out, fmt.Sprintf("its clock is %s %s that of %s", span(mine-o.At.Clock.Value.Skew), direction, o.At.URL))
				break
			}
		}
	}
	return out
}

const (
	noKeyHere = "it publishes no key with the token's kid"
	otherCAs  = "it asks for client certificates of other CAs than the one that issued this one"
)

func issuerOf(at evidence.Endpoint) (string, bool) {
	return clusterIssuer(&evidence.Evidence{Cluster: at.Issuer})
}

// takesCertificateOf reports whether a server asks for certificates of the CA of the one under test.
func takesCertificateOf(e *evidence.Evidence, h evidence.Handshake) bool {
	c := e.Subject().Credential.Certificate
	return slices.ContainsFunc(h.AcceptableCAs, func(ca []byte) bool {
		if bytes.Equal(ca, c.Leaf.RawIssuer) {
			return true
		}
		for _, above := range c.Chain {
			if bytes.Equal(ca, above.RawIssuer) {
				return true
			}
		}
		return false
	})
}

// Unlisted says what kept the API servers, or some of them, from being asked one by one;
// empty where all were. The remedies say what to do about it.
func Unlisted(e *evidence.Evidence) (why string, remedies []finding.Remedy) {
	do := func(description, command string) {
		remedies = append(remedies, finding.Remedy{Description: description, Command: command})
	}
	if f := e.Addresses.Failure; e.Addresses.State == evidence.Failed {
		why = "the addresses of the API servers could not be read: " + f.Text
		do("Name the servers: --endpoint https://HOST:6443, once for each.", "")
		if f.Kind == evidence.Forbidden {
			do("Or let an administrator grant the right to read their addresses.", readAddresses(e))
		}
	}
	far, strange := 0, 0
	for i, at := range e.Endpoints {
		switch f := at.Anonymous.Failure; {
		case i == 0 || f == nil:
		case f.Kind == evidence.Unreachable && !vouching(f):
			far++
		default:
			strange++
		}
	}
	if far > 0 {
		do("Where API servers cannot be reached from outside, ask from a Pod of the cluster or from a control-plane node, or name addresses that can be reached with --endpoint.", "")
	}
	if strange > 0 {
		do("A credential goes only to a server whose certificate is of the kubeconfig's CA, and for the name of the kubeconfig's server or for kubernetes.default.svc.", "")
	}
	return why, remedies
}

// readAddresses is the command by which an administrator lets the caller read the
// addresses of the API servers.
func readAddresses(e *evidence.Evidence) string {
	if !e.Caller.Known() || e.Caller.Value.Username == anonymousUser {
		return ""
	}
	return "kubectl create role api-server-addresses --namespace default --verb=list --resource=endpointslices.discovery.k8s.io && " +
		"kubectl create rolebinding api-server-addresses --namespace default --role=api-server-addresses --user=" + word(e.Caller.Value.Username)
}

// silent is why nothing is known to answer at the kubeconfig's address, where others were
// asked that do; nil where something does.
func silent(e *evidence.Evidence) *evidence.Failure {
	if len(e.Endpoints) == 0 || !e.Endpoints[0].Anonymous.Failed(evidence.Unreachable) {
		return nil
	}
	for _, a := range e.Subject().Attempts {
		if a.Endpoint == 0 && a.Wire.Known() {
			return nil
		}
	}
	return e.Endpoints[0].Anonymous.Failure
}

// keySets are what the servers publish, of those whose keys could be read.
func keySets(all []ServerAnswer) (sets map[string][]string, urls []string) {
	sets = map[string][]string{}
	for _, a := range all {
		if !a.At.Issuer.Known() || !a.At.Issuer.Value.Keys.Known() {
			continue
		}
		var ids []string
		for _, k := range a.At.Issuer.Value.Keys.Value.Keys {
			ids = append(ids, k.Thumbprint)
		}
		slices.Sort(ids)
		key := strings.Join(slices.Compact(ids), " ")
		if sets[key] == nil {
			urls = append(urls, key)
		}
		sets[key] = append(sets[key], a.At.URL)
	}
	return sets, urls
}

// serversAgree is the check of the answers where several servers were asked.
func serversAgree(e *evidence.Evidence) Result {
	all := Servers(e)
	var voices, others, left []string
	for i, a := range all {
		switch {
		case a.NotAsked != "":
			if i > 0 {
				left = append(left, a.At.URL)
			}
		case a.Verdict != Undecided:
			voices = append(voices, a.At.URL)
			if i > 0 {
				others = append(others, a.At.URL)
			}
		}
	}
	sets, order := keySets(all)
	incomplete := ""
	if len(left) > 0 {
		incomplete = fmt.Sprintf("; %d could not be asked: %s", len(left), strings.Join(left, ", "))
	}
	is := differ(e)
	switch {
	case is == certain && webhookComesAndGoes(e, everySaying(e, inReview)):
		return report(seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers: they ask a webhook, which may not always answer, or they do not agree"), all))
	case is == certain && lagging(e):
		f := finding.New(finding.ReplicasDisagree, finding.Possible, "the API servers gave different answers, which those with the same configuration do for some seconds after an object has gone or a token has ended: they remember an acceptance for ten seconds")
		return report(seeServers(f, all).Do("Ask again in ten seconds.", again(e, "explain")+" --each-server"))
	case is == certain:
		return report(remedyServers(seeUnlike(e, seeServers(proved(finding.ReplicasDisagree, disagreement(all)+incomplete), all)), all))
	case is == onTheWay:
		return report(seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, "at the kubeconfig's address the answer is another one than that of each API server that was asked: what stands before them loses or changes the credential, or passes it on to a server that was not asked"), all))
	case len(order) > 1:
		f := proved(finding.ReplicasDisagree, "the API servers do not publish the same keys: a token that one of them signs is refused by another")
		for _, set := range order {
			for _, a := range all {
				if a.At.URL == sets[set][0] {
					f = f.See("keys of "+strings.Join(sets[set], ", "), kids(a.At.Issuer.Value.Keys.Value))
				}
			}
		}
		return report(remedyKeys(f))
	}
	if len(sayings(e, 0, onTheWire)) > 1 {
		// The kubeconfig's address may stand for several servers by itself.
		if r := repeatsAgree(e); len(r.Findings) > 0 {
			return r
		}
	}
	for _, i := range askedServers(e) {
		if i > 0 && max(changes(sayings(e, i, onTheWire)), changes(sayings(e, i, inReview))) > 1 {
			return report(seeServers(finding.New(finding.ReplicasDisagree, finding.Possible, all[i].At.URL+" gave different answers in turn: it asks something that does not always answer, or stands for several servers"), all))
		}
	}
	if len(others) == 0 {
		if len(e.Endpoints) == 1 && e.Addresses.State != evidence.Failed {
			return pass("there is one, at the kubeconfig's address")
		}
		why, _ := Unlisted(e)
		if why == "" {
			why = "none of the API servers gave an answer of its own" + incomplete
			if len(e.Subject().Attempts) == 0 {
				why = "the API servers were not asked one by one: " + e.Subject().Wire.Reason()
			}
		}
		return Result{Status: Unknown, Detail: why}
	}
	return pass(fmt.Sprintf("%d servers asked%s", len(voices), incomplete))
}

func everySaying(e *evidence.Evidence, question string) []saying {
	var out []saying
	for _, i := range askedServers(e) {
		out = append(out, sayings(e, i, question)...)
	}
	return out
}

// disagreement says who answers what.
func disagreement(all []ServerAnswer) string {
	var yes, no []ServerAnswer
	for _, a := range all {
		switch a.Verdict {
		case Accepted:
			yes = append(yes, a)
		case Rejected, Anonymous:
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
	if slices.ContainsFunc(no, func(a ServerAnswer) bool { return a.Verdict == Anonymous }) {
		refuse = "is not accepted by "
	}
	return fmt.Sprintf("%s %s the credential, which %s%s", yes[0].At.URL, accept, refuse, strings.Join(odd, "; and by "))
}

// seeServers adds who answered what.
func seeServers(f finding.Finding, all []ServerAnswer) finding.Finding {
	for _, a := range all {
		if a.NotAsked != "" {
			continue
		}
		words := "accepted"
		switch {
		case a.Verdict == Accepted && a.User != nil:
			words = "accepted as " + a.User.Username
		case a.Verdict != Accepted:
			words = a.Error
		}
		f = f.See(a.At.URL, words)
		if a.HasKey != nil && !*a.HasKey {
			f = f.See("keys that it publishes", kids(a.At.Issuer.Value.Keys.Value))
		}
		if slices.Contains(a.Notes, otherCAs) {
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
func remedyServers(f finding.Finding, all []ServerAnswer) finding.Finding {
	var notes []string
	for _, a := range all {
		notes = append(notes, a.Notes...)
	}
	has := func(prefix string) bool {
		return slices.ContainsFunc(notes, func(n string) bool { return strings.HasPrefix(n, prefix) })
	}
	switch {
	case has(noKeyHere):
		return remedyKeys(f)
	case has("its issuer is "):
		return f.Do("Start all API servers with the same --service-account-issuer: first the one that new tokens have, then older ones, for as long as their tokens live.", compareFlags)
	case has(otherCAs):
		return f.Do("Give all API servers the same --client-ca-file, with all CAs whose certificates are in use.", compareFlags)
	case has("its clock is "):
		return f.Do("Have the clocks of all control-plane nodes follow NTP.", "timedatectl")
	}
	return f.Do("Compare the flags of all API servers, above all the keys, issuers and CAs they are given, and restart the odd one with those of the others.", compareFlags)
}
