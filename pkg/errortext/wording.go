package errortext

import (
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// named are the kinds of names that variables of patterns contain. A wording omits the other
// variables.
var named = map[string]finding.Kind{
	"namespace": finding.Namespace, "serviceAccount": finding.ServiceAccount, "secret": finding.Secret, "pod": finding.Pod, "node": finding.Node, "object": finding.Object, "name": finding.Object,
	"user": finding.User, "subject": finding.Subject, "commonName": finding.Subject, "email": finding.Email,
	"issuer": finding.Issuer, "wantIssuer": finding.Issuer, "audience": finding.Audience, "gotAudiences": finding.Audience, "wantAudiences": finding.Audience, "claim": finding.Claim,
	"realUID": finding.UID, "claimUID": finding.UID, "kid": finding.KeyID, "akid": finding.KeyID, "skid": finding.KeyID, "serial": finding.SerialNumber,
	"host": finding.Host, "address": finding.Address, "server": finding.Address, "resolver": finding.Address, "url": finding.URL,
	"context": finding.Context, "cluster": finding.Cluster, "proxy": finding.Address,
	"command": finding.Program, "file": finding.File, "path": finding.File,
}

// terms are variables whose values Kubernetes defines.
var terms = []string{"verb", "resource", "subresource", "group", "groupVersion", "kind", "gate"}

// wordings are patterns without a finding: what a user may not do, after "cannot" in a message of
// the API server, and errors of crypto/x509, net/http and net/url.
var wordings = sync.OnceValue(func() *set {
	const resource = `{verb:word} resource {resource:q} in API group {group:q}`
	return compile([]pattern{
		{text: resource + ` in the namespace {namespace:q}`}, {text: resource + ` at the cluster scope`}, {text: `{verb:word} path {url:q}`},
		{text: `certificate is valid for {names}, not {name:word}`},
		{text: `proxyconnect tcp: {error...}`}, {text: `Proxy Authentication Required`}, {text: `Bad Gateway`},
		{text: `parse {url:q}: net/url: {error...}`}, {text: `parse {url:q}: invalid URL escape {escape:q}`}, {text: `parse {url:q}: invalid port {port:q} after host`},
		{text: `parse {url:q}: missing protocol scheme`}, {text: `parse {url:q}: first path segment in URL cannot contain colon`},
		{text: `invalid character {character:q} in host name`}, {text: `invalid control character in URL`}, {text: `invalid userinfo`},
	})
})

// omitted replaces a part that a wording omits, and Withheld a text that no pattern matches.
const (
	omitted  = "…"
	Withheld = "(text withheld)"
)

// Wording returns the pattern that a message matched, with the variables that contain names, and
// nothing else of the message. Without a pattern, it returns Withheld.
func (r Reason) Wording() finding.Text {
	if r.Pattern == "" {
		return constant(Withheld)
	}
	var out finding.Text
	for _, p := range pieces(r.Pattern) {
		out = finding.T("%s%s", out, p.wording(r.Values[p.text]))
	}
	return out
}

func (p piece) wording(value string) finding.Text {
	kind, isName := named[p.text]
	if p.text == "name" && p.kind == word {
		// The name of a certificate; that of an object is in quotes.
		kind = finding.Host
	}
	audiences, isList := Strings(value)
	switch {
	case p.kind == literal:
		return constant(p.text)
	case p.kind == rest && !isName:
		// An error may contain another error.
		if inner := whole(value); !inner.IsZero() {
			return inner
		}
		return constant(omitted)
	case slices.Contains(terms, p.text) && p.kind == quoted:
		return finding.T("%q", finding.Standard(value))
	case slices.Contains(terms, p.text):
		return finding.T("%s", finding.Standard(value))
	case !isName:
		return constant(omitted)
	case p.kind == quoted:
		return finding.T("%q", kind.Of(value))
	case kind == finding.Audience && strings.HasPrefix(value, "[") && isList:
		return finding.Bracketed(finding.Names(kind, audiences)...)
	case kind == finding.Audience && isList:
		return finding.T("%q", kind.Of(audiences[0]))
	case kind == finding.Audience:
		return constant(omitted)
	}
	return finding.T("%s", kind.Of(value))
}

// Wording returns the patterns of the messages of a text, in brackets if there are several, as an
// API server does; the zero Text if no pattern matches.
func Wording(text string) finding.Text {
	if all := whole(text); !all.IsZero() {
		return all
	}
	var out []finding.Value
	for _, r := range Find(text) {
		out = append(out, r.Wording())
	}
	return aggregate(out)
}

// whole returns the wording of a text that a single pattern matches, or of an aggregate of which
// some messages are known.
func whole(text string) finding.Text {
	var out []finding.Value
	some := false
	for _, r := range Parse(text) {
		out = append(out, r.Wording())
		some = some || r.Pattern != ""
	}
	if some {
		return aggregate(out)
	}
	if found := Find(text); len(found) == 1 && found[0].Text == strings.TrimSpace(text) {
		return found[0].Wording()
	}
	if text == "" {
		return finding.Text{}
	}
	if c, n, values, open := wordings().find(text, 0); c != nil && (open || n == len(text)) {
		if open {
			if values == nil {
				values = map[string]string{}
			}
			values[c.pieces[len(c.pieces)-1].text] = text[n:]
		}
		return Reason{Pattern: c.text, Values: values}.Wording()
	}
	return finding.Text{}
}

func aggregate(messages []finding.Value) finding.Text {
	switch len(messages) {
	case 0:
		return finding.Text{}
	case 1:
		return finding.T("%s", messages[0])
	}
	return finding.T("[%s]", finding.Join(", ", messages...))
}

// constant returns a text of the patterns themselves.
func constant(text string) finding.Text {
	return finding.T("%s", finding.Message(text)).Map(func(s finding.Span) finding.Span {
		s.Class = finding.Ours
		return s
	})
}
