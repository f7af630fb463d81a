package serverlog

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// unit is what a message counts.
type unit byte

const (
	request unit = iota
	connection
	message
)

// The forms of lines.
const (
	formKlog = iota
	formJSON
	formAudit
)

var formNames = [...]string{formKlog: "klog", formJSON: "json", formAudit: "audit"}

// tally has the counts of one worker.
type tally struct {
	lines, recognised, cut int64
	forms                  [len(formNames)]bool
	first, last            Stamp
	// foreignFirst and foreignLast are the times of lines of other forms.
	foreignFirst, foreignLast Stamp
	groups                    map[string]*group
	refused                   map[pasted.What]*counter

	// server reports that a message is one that only API servers write. ofClients has
	// the lines that a client of API servers may have written, by their text without numbers, and clients their causes.
	// clientLines and otherLines count these lines, and lead is the key of the cause of the whole text.
	server                  bool
	clients                 map[string]*group
	ofClients               map[string]*clientLine
	clientLines, otherLines int
	lead                    string
	// depth is the number of objects and texts around the one that is read.
	depth int

	// exact has the messages by their whole text, alike by their text without numbers, since most
	// lines of a log repeat others.
	exact     map[string]*entry
	exactSize int
	alike     map[string]*class
	alikeSize int
	form      []byte // the output buffer of withoutNumbers
}

// group has the counts of one cause.
type group struct {
	said                            pasted.LogMessage
	unknown                         bool
	requests, connections, messages int64
	first, last                     Stamp
	names                           map[pasted.What]*counter
	texts                           counter
}

// class is a set of messages that differ only in their numbers.
type class struct {
	group *group // nil if the message is irrelevant
	// example is the first message.
	example string
	whats   []pasted.What
	parsed  int
	more    int64 // messages whose names were not read
}

// entry is a message with its whole text.
type entry struct {
	*class
	names []pasted.Name
	n     int64
}

// Limits on the remembered messages.
const (
	mostEntries  = 2048
	mostBytes    = 512 << 10
	longestKey   = 4 << 10
	mostParsed   = 500 // messages that differ only in numbers
	mostValues   = 256
	longestValue = 200 // bytes
	shownValues  = 10
)

func newTally() *tally {
	return &tally{groups: map[string]*group{}, clients: map[string]*group{}, ofClients: map[string]*clientLine{}, refused: map[pasted.What]*counter{}, exact: map[string]*entry{}, alike: map[string]*class{}}
}

// add counts a message. Equal keys must mean equal messages of the same unit; text returns the
// message of a new key. A message that rejects nothing counts only if it is known.
func (t *tally) add(u unit, key []byte, at Stamp, text func() string) {
	e := t.exact[string(key)]
	if e == nil {
		if e = t.learn(u, at, text()); e == nil {
			return
		}
		if len(key) > longestKey {
			t.count(u, e, at)
			e.settle()
			return
		}
		if len(t.exact) >= mostEntries || t.exactSize > mostBytes {
			t.settle()
		}
		t.exact[string(key)] = e
		t.exactSize += len(key)
	}
	t.count(u, e, at)
}

func (t *tally) count(u unit, e *entry, at Stamp) {
	if e.class == nil || e.group == nil {
		return
	}
	e.n++
	e.group.see(u, at)
}

func (g *group) see(u unit, at Stamp) {
	switch u {
	case request:
		g.requests++
	case connection:
		g.connections++
	case message:
		g.messages++
	}
	g.first, g.last = earliest(g.first, at), latest(g.last, at)
}

// learn explains a message. If enough messages of its class are known, it only counts the message
// and returns nil.
func (t *tally) learn(u unit, at Stamp, text string) *entry {
	text = finding.Truncate(text, longestKey, "…")
	t.form = withoutNumbers(append(t.form[:0], '0'+byte(u)), text)
	c := t.alike[string(t.form)]
	if c != nil && (c.group == nil || c.parsed >= mostParsed) {
		if c.group != nil {
			c.group.see(u, at)
			c.more++
		}
		return nil
	}
	if c != nil {
		c.parsed++
		return &entry{class: c, names: pasted.NamesInLog(text)}
	}
	said, ok := pasted.FromLog(text)
	c = &class{group: t.groupOf(u, text, said, ok), parsed: 1}
	if c.group != nil {
		c.example = finding.Truncate(example(text, said, ok), longestValue, "…")
		for _, n := range said.Names {
			c.whats = append(c.whats, n.What)
		}
		slices.Sort(c.whats)
		c.whats = slices.Compact(c.whats)
	}
	if len(t.alike) >= mostEntries || t.alikeSize > mostBytes {
		t.settle()
		t.alike, t.alikeSize = map[string]*class{}, 0
	}
	t.alike[string(t.form)] = c
	t.alikeSize += len(t.form)
	return &entry{class: c, names: said.Names}
}

// groupOf returns the group of a message; nil if the message is irrelevant.
func (t *tally) groupOf(u unit, text string, said pasted.LogMessage, ok bool) *group {
	switch {
	case u != request && (!ok || !said.Settled || !said.OfComponent && !begins(text, said.Text.String())):
		// Only its beginning looked relevant.
		return nil
	case !ok || !said.Known:
		return t.group("unknown", pasted.LogMessage{}, true)
	}
	return t.group(said.Key, said, false)
}

// begins reports whether two texts have the same first 20 bytes.
func begins(text, as string) bool { return strings.HasPrefix(text, as[:min(len(as), 20)]) }

func (t *tally) group(key string, said pasted.LogMessage, unknown bool) *group {
	g := t.groups[key]
	if g == nil {
		g = &group{said: said, unknown: unknown, names: map[pasted.What]*counter{}}
		t.groups[key] = g
	}
	for _, id := range said.Possible {
		if !slices.Contains(g.said.Possible, id) {
			g.said.Possible = append(g.said.Possible, id)
		}
	}
	return g
}

// said counts an explanation that does not come from a text.
func (t *tally) said(u unit, at Stamp, said pasted.LogMessage) {
	g := t.group(said.Key, said, false)
	g.see(u, at)
	for _, n := range said.Names {
		g.name(n.What, n.Value, 1)
	}
	g.texts.add(finding.Truncate(said.Text.String(), longestValue, "…"), 1)
}

func (g *group) name(what pasted.What, value string, n int64) {
	c := g.names[what]
	if c == nil {
		c = &counter{}
		g.names[what] = c
	}
	c.add(finding.Truncate(value, longestValue, "…"), n)
}

// settle adds the counts of messages to their causes.
func (t *tally) settle() {
	for _, e := range t.exact {
		e.settle()
	}
	t.exact, t.exactSize = map[string]*entry{}, 0
	for _, c := range t.alike {
		c.settle()
	}
}

// settle adds the messages whose names were not read to the cause, as others.
func (c *class) settle() {
	if c.more == 0 {
		return
	}
	for _, what := range c.whats {
		if names := c.group.names[what]; names != nil {
			names.others += c.more
		}
	}
	c.group.texts.add(c.example, c.more)
	c.more = 0
}

func (e *entry) settle() {
	if e.class == nil || e.group == nil || e.n == 0 {
		return
	}
	for _, n := range e.names {
		e.group.name(n.What, n.Value, e.n)
	}
	e.group.texts.add(e.example, e.n)
}

func (t *tally) merge(other *tally) {
	t.settle()
	other.settle()
	t.lines += other.lines
	t.recognised += other.recognised
	t.cut += other.cut
	for form, seen := range other.forms {
		t.forms[form] = t.forms[form] || seen
	}
	t.first, t.last = earliest(t.first, other.first), latest(t.last, other.last)
	for _, key := range sorted(other.groups) {
		from := other.groups[key]
		g := t.groups[key]
		if g == nil {
			t.groups[key] = from
			continue
		}
		if from.first.before(g.first) {
			from.said.Possible, g.said = g.said.Possible, from.said
		}
		t.group(key, from.said, false)
		g.requests += from.requests
		g.connections += from.connections
		g.messages += from.messages
		g.first, g.last = earliest(g.first, from.first), latest(g.last, from.last)
		g.texts.merge(&from.texts)
		mergeCounters(g.names, from.names)
	}
	mergeCounters(t.refused, other.refused)
	t.foreignFirst, t.foreignLast = earliest(t.foreignFirst, other.foreignFirst), latest(t.foreignLast, other.foreignLast)
	t.server = t.server || other.server
	for key, from := range other.ofClients {
		if c := t.ofClients[key]; c != nil {
			c.see(from.count, from.first, from.last)
		} else {
			t.ofClients[key] = from
		}
	}
}

func mergeCounters(to, from map[pasted.What]*counter) {
	for what, c := range from {
		if to[what] == nil {
			to[what] = c
		} else {
			to[what].merge(c)
		}
	}
}

// counter counts values. If there are too many, it drops the rare ones.
type counter struct {
	of     map[string]int64
	others int64
}

func (c *counter) add(value string, n int64) {
	if c.of == nil {
		c.of = map[string]int64{}
	}
	c.of[value] += n
	if len(c.of) > mostValues {
		for _, v := range c.byCount()[mostValues/2:] {
			c.others += v.Count
			delete(c.of, v.Value)
		}
	}
}

func (c *counter) merge(other *counter) {
	c.others += other.others
	for _, v := range other.byCount() {
		c.add(v.Value, v.Count)
	}
}

func (c *counter) byCount() []Counted {
	out := make([]Counted, 0, len(c.of))
	for value, n := range c.of {
		out = append(out, Counted{value, n})
	}
	slices.SortFunc(out, func(a, b Counted) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}

func (c *counter) top(what pasted.What) Names {
	values := c.byCount()
	shown := min(len(values), shownValues)
	n := Names{What: what, Values: values[:shown], Others: c.others}
	for _, v := range values[shown:] {
		n.Others += v.Count
	}
	return n
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// withoutNumbers appends the text with each number in times, addresses, UIDs and serial numbers
// replaced by 0. Words that begin with a letter stay unchanged.
func withoutNumbers[T string | []byte](out []byte, text T) []byte {
	for i := 0; i < len(text); {
		if !alphanumeric(text[i]) {
			out = append(out, text[i])
			i++
			continue
		}
		j, digits, hex := i, 0, true
		for ; j < len(text) && alphanumeric(text[j]); j++ {
			switch c := text[j]; {
			case c <= '9':
				digits++
			case c|0x20 > 'f':
				hex = false
			}
		}
		switch word := text[i:j]; {
		case digits == 0 || word[0] > '9' && (!hex || len(word) < 4):
			out = append(out, word...)
		case hex:
			out = append(out, '0')
		default:
			for k := i; k < j; k++ {
				if c := text[k]; c > '9' {
					out = append(out, c)
				} else if k == i || text[k-1] > '9' {
					out = append(out, '0')
				}
			}
		}
		i = j
	}
	return out
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// noReason replaces a missing reason.
const noReason = "(no reason)"

// example returns the part of a message to show.
func example(text string, said pasted.LogMessage, ok bool) string {
	if ok {
		return said.Text.String()
	}
	text = strings.TrimPrefix(text, errortext.Refusal)
	for _, before := range []string{`"`, ` err=`, ` due to an error: `, `: `} {
		text = strings.TrimPrefix(text, before)
	}
	if text = strings.TrimSpace(token.Redact(text)); text == "" || text == `""` {
		return noReason
	}
	return text
}
