// Package replicas compares the answers of several API servers, or of one address asked several
// times, about the same credential. It does no I/O.
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

// Server is the answer of one of several API servers.
type Server struct {
	// At is the server; the first server is the one that answers at the kubeconfig's address.
	At evidence.Endpoint
	// NotAsked is why the credential was not sent to the server; empty if it was.
	NotAsked finding.Text
	Verdict  diagnose.Verdict
	User     *token.Identity
	// Error is the server's error message, or why there was no answer.
	Error finding.Text
	// Notes are the differences from another server that can explain a rejection.
	Notes []Note
	// HasKey reports whether the server publishes a key with the token's kid; nil if that is
	// unknown or irrelevant.
	HasKey *bool

	index int
}

// Oddity is a kind of difference between servers.
type Oddity int

const (
	// OtherKeys means that the server publishes no key with the token's kid.
	OtherKeys Oddity = iota
	// OtherIssuer means that the server's issuer is another one.
	OtherIssuer
	// OtherCAs means that the server requests client certificates of other CAs.
	OtherCAs
	// OtherTime means that the server's clock differs.
	OtherTime
)

// Note is a difference from another server, and its text.
type Note struct {
	Oddity Oddity
	Said   finding.Text
}

// Has reports whether the server has a kind of difference from another one.
func (s Server) Has(o Oddity) bool {
	return slices.ContainsFunc(s.Notes, func(n Note) bool { return n.Oddity == o })
}

// Servers returns the answer of each API server about the subject in focus, if they were asked
// one by one.
func Servers(c *diagnose.Case) []Server {
	var out []Server
	asked := Asked(c)
	for i, at := range c.Endpoints {
		a := Server{At: at, Verdict: diagnose.Undecided, HasKey: publishesKey(c, at), index: i}
		switch {
		case slices.Contains(asked, i) && !(i == 0 && c.AddressFailure() != nil):
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

// reasonOf returns the reason of a server that did not accept the credential.
func reasonOf(view *diagnose.Case, v diagnose.Verdict) finding.Text {
	if v == diagnose.Accepted {
		return finding.Text{}
	}
	if text := view.DecidingText(); text != "" {
		return finding.T("%s", finding.Message(text))
	}
	return wireReply(view.Subject().Wire).Text
}

// outOfReach returns why the credential was not sent to a server.
func outOfReach(f *evidence.Failure) finding.Text {
	switch {
	case f == nil:
		return finding.T("the server did not answer")
	case f.Kind != evidence.Unreachable:
		return finding.T("%s", finding.Err(f))
	case isUntrusted(f):
		return finding.T("the kubeconfig does not trust the server: %s", finding.Err(f))
	}
	return finding.T("the server cannot be reached from here: %s", finding.Err(f))
}

// isUntrusted reports whether the server's certificate was the reason not to send the credential.
func isUntrusted(f *evidence.Failure) bool {
	return slices.Contains([]evidence.Transport{evidence.TransportUntrusted, evidence.TransportWrongName, evidence.TransportExpired}, f.Transport)
}

// publishesKey reports whether a server publishes the key with the kid of a ServiceAccount
// token. A server publishes every key that it verifies with, except those that an external
// signer excludes from discovery, for all API servers alike.
func publishesKey(c *diagnose.Case, at evidence.Endpoint) *bool {
	t := c.Token()
	if t == nil || !c.IsBoundToken() && !c.IsLegacyToken() || !at.Issuer.Known() || !at.Issuer.Value.Keys.Known() {
		return nil
	}
	kid, hasKid := t.KeyID()
	if !hasKid {
		return nil
	}
	has := diagnose.HasKey(at.Issuer.Value.Keys.Value, kid)
	return &has
}

// oddities returns the differences from another server that can explain why only the other
// one accepts the credential.
func oddities(c *diagnose.Case, a Server, all []Server) []Note {
	var out []Note
	other := func(differs func(Server) bool) bool {
		return slices.ContainsFunc(all, func(o Server) bool { return o.index != a.index && o.At.Anonymous.Known() && differs(o) })
	}
	if a.HasKey != nil && !*a.HasKey && other(func(o Server) bool { return o.HasKey != nil && *o.HasKey }) {
		out = append(out, Note{OtherKeys, finding.T("the server publishes no key with the token's kid")})
	}
	if mine, known := issuerOf(a.At); known && c.IsBoundToken() && mine != c.Token().Issuer() &&
		other(func(o Server) bool {
			theirs, known := issuerOf(o.At)
			return known && theirs == c.Token().Issuer()
		}) {
		out = append(out, Note{OtherIssuer, finding.T("the server's issuer is %q, and the token's issuer is %q", finding.Issuer.Of(mine), finding.Issuer.Of(c.Token().Issuer()))})
	}
	if c.HasCertificate() && a.At.Handshake.Known() && c.IssuerAmong(a.At.Handshake.Value) == nil &&
		other(func(o Server) bool {
			return o.At.Handshake.Known() && c.IssuerAmong(o.At.Handshake.Value) != nil
		}) {
		out = append(out, Note{OtherCAs, finding.T("the server does not request client certificates of the CA that issued this one")})
	}
	if note := clockOddity(a, all); !note.IsZero() {
		out = append(out, Note{OtherTime, note})
	}
	return out
}

// clockOddity returns the clock difference between a server that rejects the credential and
// one that accepts it.
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
		return finding.T("the server's clock is %s %s that of %s", finding.Duration(skew), direction, finding.URL.Of(o.At.URL))
	}
	return finding.Text{}
}

func issuerOf(at evidence.Endpoint) (string, bool) {
	return diagnose.NewCase(&evidence.Evidence{Cluster: at.Issuer}).ClusterIssuer()
}

// Unlisted returns why some API servers were not asked one by one, with the fixes; empty if
// all were asked.
func Unlisted(c *diagnose.Case) (why finding.Text, remedies []finding.Remedy) {
	var do finding.Finding
	if f := c.Addresses.Failure; c.Addresses.State == evidence.Failed {
		why = finding.T("the addresses of the API servers could not be read: %s", finding.Err(f))
		do = do.Fix("Pass --endpoint https://HOST:6443 for each API server.", finding.Command{})
		if f.Kind == evidence.Forbidden {
			do = do.Ask("Or ask an administrator for permission to read the addresses.", readAddresses(c))
		}
	}
	unreachable, untrusted := 0, 0
	for i, at := range c.Endpoints {
		switch f := at.Anonymous.Failure; {
		case i == 0 || f == nil:
		case f.Kind == evidence.Unreachable && !isUntrusted(f):
			unreachable++
		default:
			untrusted++
		}
	}
	if unreachable > 0 {
		do = do.Fix("If the API servers cannot be reached from outside, run the command in a Pod of the cluster or on a control-plane node. Or name reachable addresses with --endpoint.", finding.Command{})
	}
	if untrusted > 0 {
		do = do.Fix("Use addresses whose certificate is signed by the kubeconfig's CA and valid for the kubeconfig's server or for kubernetes.default.svc. A credential is sent only to such servers.", finding.Command{})
	}
	return why, do.Remedy
}

// readAddresses returns the command with which an administrator lets the caller read the
// addresses of the API servers.
func readAddresses(c *diagnose.Case) finding.Command {
	if !c.Caller.Known() || c.Caller.Value.Username == diagnose.AnonymousUser {
		return finding.Command{}
	}
	return finding.Run("kubectl create role api-server-addresses --namespace default --verb=list --resource=endpointslices.discovery.k8s.io").
		And(finding.Run("kubectl create rolebinding api-server-addresses --namespace default --role=api-server-addresses").
			Argf("--user=%s", finding.User.Of(c.Caller.Value.Username)))
}

// KeySet is a published key set, with the servers that publish it.
type KeySet struct {
	Keys        *keyset.KeySet
	URLs        []string
	thumbprints string
}

// KeySets returns the key sets that the servers publish, without servers whose keys could not be read.
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

// AllReplies returns all servers' answers to one question.
func AllReplies(c *diagnose.Case, question string) []Reply {
	var out []Reply
	for _, i := range Asked(c) {
		out = append(out, Replies(c, i, question)...)
	}
	return out
}
