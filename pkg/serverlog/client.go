package serverlog

import (
	"bytes"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

// The kubelet, controllers and other clients of API servers write logs of the same form. A 401 in
// such a log is a rejection of the client's own credential.

// serverFiles are source files whose messages only API servers log.
var serverFiles = func() map[string]bool {
	files := map[string]bool{}
	for _, name := range strings.Fields(`alloc aggregator apf_controller apiapproval_controller authentication autoregister_controller available_controller cacher cidrallocator
		cluster_authentication_trust_controller compact crd_finalizer crdregistration_controller customresource_discovery_controller default_servicecidr_controller dispatcher establishing_controller
		genericapiserver handler_proxy instance lease_manager legacy_token_tracking_controller local_available_controller naming_controller nonstructuralschema_controller oidc
		remote_available_controller repair storage_factory system_namespaces_controller wrap`) {
		files[name+".go"] = true
	}
	return files
}()

// isServerFile reports whether the end of a klog header names a source file of API servers only.
func isServerFile(header []byte) bool {
	if at := bytes.LastIndexByte(header, ' '); at >= 0 {
		header = header[at+1:]
	}
	file, _, _ := bytes.Cut(header, []byte(":"))
	return serverFiles[string(file)]
}

// refusals are words. Each message about a client's own rejected request or connection has at least one of them.
var refusals = [][]byte{[]byte("nauthorized"), []byte("x509: "), []byte("provide credentials"), []byte("system:anonymous"), []byte("requestheader-client-ca-file")}

// signs are words, one of which is in each line about a failure, of any form.
var signs = append(slices.Clone(refusals), []byte("rror"), []byte("ail"), []byte("enied"), []byte("xpired"), []byte("nvalid"), []byte("orbidden"))

func has(line []byte, words [][]byte) bool {
	return slices.ContainsFunc(words, func(w []byte) bool { return bytes.Contains(line, w) })
}

// mostClientLines is the number of lines of a client's log that are explained, of those with refusals and of others.
// Lines that differ only in their numbers count as one.
const mostClientLines = 200

// clientLine is a line that is explained when the log has been read.
type clientLine struct {
	text        string
	count       int64
	first, last Stamp
}

func (c *clientLine) see(n int64, first, last Stamp) {
	c.count += n
	c.first, c.last = earliest(c.first, first), latest(c.last, last)
}

// ofClient counts a line that a client of API servers, or another component, may have written.
func (t *tally) ofClient(line []byte, at Stamp) {
	if t.server || len(line) > longestKey {
		return
	}
	t.form = withoutNumbers(t.form[:0], line)
	c := t.ofClients[string(t.form)]
	if c == nil {
		budget := &t.otherLines
		if has(line, refusals) {
			budget = &t.clientLines
		}
		if *budget++; *budget > mostClientLines {
			return
		}
		c = &clientLine{text: string(line)}
		t.ofClients[string(t.form)] = c
	}
	if !at.known {
		at = foreignStamp(line)
	}
	c.see(1, at, at)
}

// explainClient explains the lines of a log that is not an API server's.
func (t *tally) explainClient() {
	if t.server {
		return
	}
	for _, key := range sorted(t.ofClients) {
		c := t.ofClients[key]
		if g := t.clientOf(c.text); g != nil {
			g.messages += c.count
			g.first, g.last = earliest(g.first, c.first), latest(g.last, c.last)
			g.texts.add(finding.Truncate(g.said.Text.String(), longestValue, "…"), c.count)
		}
	}
	t.ofClients = nil
}

// clientOf returns the group of a text that --error explains too; nil if it explains nothing.
func (t *tally) clientOf(text string) *group {
	said, ok := pasted.FromClient(text)
	if !ok {
		return nil
	}
	g := t.clients[said.Key]
	if g == nil {
		g = &group{said: said, names: map[pasted.What]*counter{}}
		t.clients[said.Key] = g
	}
	return g
}

// explain counts the cause that --error names for the whole text, unless its lines have rejections.
func (t *tally) explain(text string) {
	if len(t.groups) > 0 || len(t.refused) > 0 || t.forms[formAudit] {
		return
	}
	ofLines := t.clients
	if t.recognised == 0 {
		// The lines may be parts of one message.
		t.clients = map[string]*group{}
	}
	g := t.clientOf(text)
	if g == nil {
		return
	}
	if alone := ofLines[g.said.Key]; alone != nil && alone != g {
		g.messages, g.first, g.last, g.texts = alone.messages, alone.first, alone.last, alone.texts
	}
	if t.lead = g.said.Key; g.messages == 0 {
		g.see(message, t.first)
		g.texts.add(finding.Truncate(g.said.Text.String(), longestValue, "…"), 1)
	}
	if t.server {
		t.groups[t.lead] = g
	}
}

// weight says how much a tally explains.
func (t *tally) weight() (n int64) {
	t.settle()
	for _, g := range t.groups {
		switch count := g.requests + g.connections + g.messages; {
		case g.unknown:
		case g.said.Settled:
			n += 2 * count
		default:
			n += count
		}
	}
	return n
}

// pastedLog returns the tally of a log whose lines were changed before it was pasted, such as wrapped or quoted.
// It returns raw if the unchanged lines explain as much.
func pastedLog(text string, raw *tally) *tally {
	lines := errortext.Normalise(text).Logical()
	t := newTally()
	t.block([]byte(strings.Join(lines, "\n")))
	t.explainClient()
	best := raw
	switch a, b := t.weight(), raw.weight(); {
	case a > b, a == b && t.recognised > 0 && raw.recognised == 0,
		a == b && a > 0 && len(lines) < int(raw.lines) && t.recognised == raw.recognised && len(t.groups) <= len(raw.groups):
		best = t
	}
	if best.recognised == 0 {
		best.lines = raw.lines
	}
	if best.explain(text); best.failures() <= 1 && strings.Contains(strings.ReplaceAll(strings.Join(lines, "\n"), `\n`, " "), errortext.Refusal) {
		best.sole(text)
	}
	return best
}

// failures counts the failed requests and connections.
func (t *tally) failures() (n int64) {
	for _, g := range t.groups {
		n += g.requests + g.connections
	}
	return n
}

// sole replaces the cause of the only rejection in a text by the cause that the whole text shows.
func (t *tally) sole(text string) {
	said, ok := pasted.FromLog(text)
	if !ok || !said.Settled && t.failures() > 0 || !said.Known || t.groups[said.Key] != nil {
		return
	}
	t.groups = map[string]*group{}
	t.said(request, t.first, said)
}
