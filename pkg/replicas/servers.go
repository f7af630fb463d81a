// Package replicas tells apart what several API servers, or one address asked several times,
// answer about the same credential. It is pure.
package replicas

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Server is what one of several API servers makes of the credential.
type Server struct {
	// At is the server; the first is whatever answers at the kubeconfig's address.
	At evidence.Endpoint
	// NotAsked says why it was not sent the credential; nothing where it was.
	NotAsked finding.Text
	Verdict  diagnose.Verdict
	User     *token.Identity
	// Error is its reason for a refusal, or for having no answer, in its own words.
	Error finding.Text
	// Notes are what it has otherwise than the credential needs it, and the others have it.
	Notes []Note
	// HasKey says whether the key that the token names is among those that it publishes;
	// nil where that cannot be known, or does not matter.
	HasKey *bool

	index int
}

// Oddity is what a server can have otherwise than another one.
type Oddity int

const (
	// OtherKeys: it publishes no key with the token's kid.
	OtherKeys Oddity = iota
	// OtherIssuer: it issues tokens in another name.
	OtherIssuer
	// OtherCAs: it asks for client certificates of other CAs.
	OtherCAs
	// OtherTime: its clock tells another time.
	OtherTime
)

// Note is what a server has otherwise than another one, and how that is said.
type Note struct {
	Oddity Oddity
	Said   finding.Text
}

// Has reports whether the server has something otherwise than another one.
func (s Server) Has(o Oddity) bool {
	return slices.ContainsFunc(s.Notes, func(n Note) bool { return n.Oddity == o })
}

// Servers says what each API server makes of the subject in focus, where they were asked
// one by one.
func Servers(c *diagnose.Case) []Server {
	var out []Server
	were := Asked(c)
	for i, at := range c.Endpoints {
		a := Server{At: at, Verdict: diagnose.Undecided, HasKey: publishesKey(c, at), index: i}
		switch {
		case slices.Contains(were, i) && !(i == 0 && c.AddressFailure() != nil):
			view := c.Decisive(func(a evidence.Attempt) bool { return a.Endpoint == i })
			is := view.Decision()
			a.Verdict, a.User = is.Verdict, is.User
			a.Error = reasonOf(view, a.Verdict)
		case !at.Anonymous.Known():
			a.NotAsked = outOfReach(at.Anonymous.Failure)
		default:
			a.NotAsked = finding.T("the credential cannot be sent: %s", c.Subject().Wire.Reason())
		}
		out = append(out, a)
	}
	for i := range out {
		if out[i].At.Anonymous.Known() {
			out[i].Notes = oddities(c, out[i], out)
		}
	}
	return out
}

// reasonOf is the reason of a server that did not accept the credential.
func reasonOf(view *diagnose.Case, v diagnose.Verdict) finding.Text {
	if v == diagnose.Accepted {
		return finding.Text{}
	}
	if text := view.DecidingText(); text != "" {
		return finding.T("%s", finding.Message(text))
	}
	return wireSaying(view.Subject().Wire).Text
}

// outOfReach says why a server was not sent a credential.
func outOfReach(f *evidence.Failure) finding.Text {
	switch {
	case f == nil:
		return finding.T("it did not answer")
	case f.Kind != evidence.Unreachable:
		return finding.T("%s", finding.Err(f))
	case vouching(f):
		return finding.T("the kubeconfig does not vouch for it: %s", finding.Err(f))
	}
	return finding.T("it cannot be reached from here: %s", finding.Err(f))
}

// vouching reports whether it was the certificate that kept the credential here.
func vouching(f *evidence.Failure) bool {
	return slices.Contains([]evidence.Transport{evidence.TransportUntrusted, evidence.TransportWrongName, evidence.TransportExpired}, f.Transport)
}

// publishesKey reports whether a server publishes the key that a ServiceAccount's token
// names: it publishes all that it verifies them with, but for what an external signer
// keeps back, of all API servers alike.
func publishesKey(c *diagnose.Case, at evidence.Endpoint) *bool {
	t := c.Token()
	if t == nil || !c.IsBoundToken() && !c.IsLegacyToken() || !at.Issuer.Known() || !at.Issuer.Value.Keys.Known() {
		return nil
	}
	kid, named := t.KeyID()
	if !named {
		return nil
	}
	has := diagnose.HasKey(at.Issuer.Value.Keys.Value, kid)
	return &has
}

// oddities are what a server has otherwise than another one that can explain that it
// does not take what the other takes.
func oddities(c *diagnose.Case, a Server, all []Server) []Note {
	var out []Note
	other := func(differs func(Server) bool) bool {
		return slices.ContainsFunc(all, func(o Server) bool { return o.index != a.index && o.At.Anonymous.Known() && differs(o) })
	}
	if a.HasKey != nil && !*a.HasKey && other(func(o Server) bool { return o.HasKey != nil && *o.HasKey }) {
		out = append(out, Note{OtherKeys, finding.T("it publishes no key with the token's kid")})
	}
	if mine, known := issuerOf(a.At); known && c.IsBoundToken() && mine != c.Token().Issuer() &&
		other(func(o Server) bool {
			theirs, known := issuerOf(o.At)
			return known && theirs == c.Token().Issuer()
		}) {
		out = append(out, Note{OtherIssuer, finding.T("its issuer is %q, and the token's is %q", finding.Issuer.Of(mine), finding.Issuer.Of(c.Token().Issuer()))})
	}
	if c.HasCertificate() && a.At.Handshake.Known() && c.IssuerAmong(a.At.Handshake.Value) == nil &&
		other(func(o Server) bool {
			return o.At.Handshake.Known() && c.IssuerAmong(o.At.Handshake.Value) != nil
		}) {
		out = append(out, Note{OtherCAs, finding.T("it asks for client certificates of other CAs than the one that issued this one")})
	}
	if note := clockOddity(a, all); !note.IsZero() {
		out = append(out, Note{OtherTime, note})
	}
	return out
}

// clockOddity says how far the clock of a server that refuses is from that of one that accepts.
func clockOddity(a Server, all []Server) finding.Text {
	if a.Verdict != diagnose.Rejected || !a.At.Clock.Known() {
		return finding.Text{}
	}
	for _, o := range all {
		skew := a.At.Clock.Value.Skew - o.At.Clock.Value.Skew
		if o.Verdict != diagnose.Accepted || !o.At.Clock.Known() || skew.Abs() <= diagnose.MaxSkew {
			continue
		}
		direction := finding.T("ahead of")
		if skew < 0 {
			direction = finding.T("behind")
		}
		return finding.T("its clock is %s %s that of %s", finding.Duration(skew), direction, finding.URL.Of(o.At.URL))
	}
	return finding.Text{}
}

func issuerOf(at evidence.Endpoint) (string, bool) {
	return diagnose.NewCase(&evidence.Evidence{Cluster: at.Issuer}).ClusterIssuer()
}

// Unlisted says what kept the API servers, or some of them, from being asked one by one;
// nothing where all were. The remedies say what to do about it.
func Unlisted(c *diagnose.Case) (why finding.Text, remedies []finding.Remedy) {
	var do finding.Finding
	if f := c.Addresses.Failure; c.Addresses.State == evidence.Failed {
		why = finding.T("the addresses of the API servers could not be read: %s", finding.Err(f))
		do = do.Fix("Name the servers: --endpoint https://HOST:6443, once for each.", finding.Command{})
		if f.Kind == evidence.Forbidden {
			do = do.Fix("Or let an administrator grant the right to read their addresses.", readAddresses(c))
		}
	}
	far, strange := 0, 0
	for i, at := range c.Endpoints {
		switch f := at.Anonymous.Failure; {
		case i == 0 || f == nil:
		case f.Kind == evidence.Unreachable && !vouching(f):
			far++
		default:
			strange++
		}
	}
	if far > 0 {
		do = do.Fix("Where API servers cannot be reached from outside, ask from a Pod of the cluster or from a control-plane node, or name addresses that can be reached with --endpoint.", finding.Command{})
	}
	if strange > 0 {
		do = do.Fix("A credential goes only to a server whose certificate is of the kubeconfig's CA, and for the name of the kubeconfig's server or for kubernetes.default.svc.", finding.Command{})
	}
	return why, do.Remedy
}

// readAddresses is the command by which an administrator lets the caller read the
// addresses of the API servers.
func readAddresses(c *diagnose.Case) finding.Command {
	if !c.Caller.Known() || c.Caller.Value.Username == diagnose.AnonymousUser {
		return finding.Command{}
	}
	return finding.Run("kubectl create role api-server-addresses --namespace default --verb=list --resource=endpointslices.discovery.k8s.io").
		And(finding.Run("kubectl create rolebinding api-server-addresses --namespace default --role=api-server-addresses").
			Argf("--user=%s", finding.User.Of(c.Caller.Value.Username)))
}

// KeySet is one that servers publish, and which of them do.
type KeySet struct {
	Keys        *keyset.KeySet
	URLs        []string
	thumbprints string
}

// KeySets are what the servers publish, of those whose keys could be read.
func KeySets(all []Server) []KeySet {
	var out []KeySet
	for _, a := range all {
		keys := a.At.Issuer.Value.Keys
		if !a.At.Issuer.Known() || !keys.Known() {
			continue
		}
		var ids []string
		for _, k := range keys.Value.Keys {
			ids = append(ids, k.Thumbprint)
		}
		slices.Sort(ids)
		set := KeySet{keys.Value, nil, strings.Join(slices.Compact(ids), " ")}
		i := slices.IndexFunc(out, func(other KeySet) bool { return other.thumbprints == set.thumbprints })
		if i < 0 {
			out, i = append(out, set), len(out)
		}
		out[i].URLs = append(out[i].URLs, a.At.URL)
	}
	return out
}

// AllReplies are all servers' answers to one question.
func AllReplies(c *diagnose.Case, question string) []Reply {
	var out []Reply
	for _, i := range Asked(c) {
		out = append(out, Replies(c, i, question)...)
	}
	return out
}
