package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/serverlog"
)

// LogSummary is what `explain --log` prints: what the log of an API server, or its audit
// log, says of authentication.
type LogSummary struct {
	runtime.TypeMeta `json:",inline"`
	// Source is where the log was read: "file PATH" or "standard input".
	Source string `json:"source"`
	// Forms are those that were seen in the log: klog, json, audit.
	Forms List[string] `json:"forms" jsonschema:"enum=klog,enum=json,enum=audit"`
	// Lines is how many the log has.
	Lines int64 `json:"lines"`
	// Recognised is how many of them are an API server's.
	Recognised int64 `json:"recognised"`
	// Cut is how many were too long, or ended too early, to be read whole.
	Cut int64 `json:"cut,omitempty"`
	// First is when the log begins.
	First LogTime `json:"first,omitempty"`
	// Last is when it ends.
	Last LogTime `json:"last,omitempty"`
	// Failed are the failed authentications: the requests and connections of all causes, and
	// those of which the words are unknown.
	Failed int64 `json:"failed"`
	// Causes are in order of their count.
	Causes List[LogCause] `json:"causes"`
	// Unknown are failed authentications of which nobody here knows the words.
	Unknown *LogUnknown `json:"unknown,omitempty"`
	// Refused says who was answered 401, where the log tells each request (at -v=3).
	Refused []LogNames `json:"refused,omitempty"`
}

// LogTime is when a line was written: RFC 3339 in UTC, or MM-DD hh:mm:ss in the server's
// zone where the log does not say the year.
type LogTime string

// The units of a LogCause's count.
const (
	UnitRequests    = "requests"
	UnitConnections = "connections"
	UnitMessages    = "messages"
)

// LogCause is a finding, and how often the log gives it.
type LogCause struct {
	finding.Finding `json:",inline"`
	// Count is how many of the unit there are: failed requests, handshakes that the client ended,
	// or, where no message refuses anything, messages.
	Count int64 `json:"count"`
	// Unit is what is counted.
	Unit string `json:"unit" jsonschema:"enum=requests,enum=connections,enum=messages"`
	// Messages are those that speak of the cause beside what is counted.
	Messages int64 `json:"messages,omitempty"`
	// First is when it began.
	First LogTime `json:"first,omitempty"`
	// Last is when it was seen last.
	Last LogTime `json:"last,omitempty"`
	// Example is one of the messages.
	Example string `json:"example"`
	// Possible are the IDs of what the messages may stand for, and do not settle.
	Possible []finding.ID `json:"possible,omitempty"`
	// Differs are the names in which the messages differ.
	Differs []LogNames `json:"differs,omitempty"`
	// Texts are the words of those that settle no cause.
	Texts []LogCount `json:"texts,omitempty"`
}

// LogNames are the most frequent values of one thing.
type LogNames struct {
	// What says which thing it is: user, source IP, and so on.
	What string `json:"what"`
	// Values are the most frequent ones.
	Values List[LogCount] `json:"values"`
	// Others is how many messages have other values.
	Others int64 `json:"others,omitempty"`
}

// LogCount is a value and how often it was seen.
type LogCount struct {
	// Seen is the value.
	Seen string `json:"value"`
	// Count is how often it was seen.
	Count int64 `json:"count"`
}

// LogUnknown are failed authentications of which nobody here knows the words.
type LogUnknown struct {
	// Count is how many there are.
	Count int64 `json:"count"`
	// First is when it began.
	First LogTime `json:"first,omitempty"`
	// Last is when it was seen last.
	Last LogTime `json:"last,omitempty"`
	// Texts are their words, the most frequent ones.
	Texts List[LogCount] `json:"texts"`
	// Others is how many have other words.
	Others int64 `json:"others,omitempty"`
}

// FromLog is a summary as it is printed.
func FromLog(s *serverlog.Summary, source string) *LogSummary {
	out := &LogSummary{
		TypeMeta: typeMeta(KindLogSummary), Source: source, Forms: s.Forms, Lines: s.Lines, Recognised: s.Recognised, Cut: s.Cut,
		First: LogTime(s.First.String()), Last: LogTime(s.Last.String()),
	}
	for _, c := range s.Causes {
		l := LogCause{
			Finding: c.Cause, Count: c.Count(), Unit: UnitRequests, Messages: c.Messages,
			First: LogTime(c.First.String()), Last: LogTime(c.Last.String()), Example: c.Text, Possible: c.Possible,
			Differs: namesOf(c.Names), Texts: counts(c.Texts),
		}
		switch {
		case c.Requests > 0:
		case c.Connections > 0:
			l.Unit = UnitConnections
		default:
			l.Unit, l.Messages = UnitMessages, 0
		}
		if l.Unit != UnitMessages {
			out.Failed += l.Count
		}
		if len(l.Texts) == 1 {
			l.Texts = nil
		}
		out.Causes = append(out.Causes, l)
	}
	if u := s.Unknown; u != nil {
		out.Failed += u.Requests
		out.Unknown = &LogUnknown{Count: u.Requests, First: LogTime(u.First.String()), Last: LogTime(u.Last.String()), Texts: counts(u.Texts), Others: u.Texts.Others}
	}
	out.Refused = namesOf(s.Refused)
	return out
}

func namesOf(names []serverlog.Names) []LogNames {
	var out []LogNames
	for _, n := range names {
		out = append(out, LogNames{What: n.What, Values: counts(n), Others: n.Others})
	}
	return out
}

func counts(names serverlog.Names) []LogCount {
	var out []LogCount
	for _, v := range names.Values {
		out = append(out, LogCount{v.Value, v.Count})
	}
	return out
}

// short is a time without its year, for a table.
func (t LogTime) short() string {
	s := string(t)
	if len(s) == len("2026-05-24T19:10:28Z") {
		return s[5:10] + " " + s[11:19]
	}
	return s
}

// long is a time with all that the log says.
func (t LogTime) long() string {
	if at, err := time.Parse(time.RFC3339, string(t)); err == nil {
		return absolute(at)
	}
	return string(t)
}

func period(first, last LogTime) string {
	if first == "" {
		return ""
	}
	words := first.long() + " to " + last.long()
	if !strings.HasSuffix(string(first), "Z") {
		words += ", in the server's zone; the log does not say the year"
	}
	return words
}

// thousands writes a number in groups of three digits.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + more
}

// headline is the answer in one sentence.
func (x *LogSummary) headline() (mark, string) {
	lines := many(x.Lines, "line", "lines")
	kinds := len(x.Causes)
	switch {
	case x.Failed == 0 && kinds == 0:
		return markYes, "No failed authentication in " + lines
	case x.Failed == 0:
		return markWarning, fmt.Sprintf("No failed authentication in %s, but %s", lines, many(int64(kinds), "message about it", "messages about it"))
	}
	failed := many(x.Failed, "failed authentication", "failed authentications") + " in " + lines
	if kinds == 0 {
		return markNo, failed + ", all in words that are not recognised"
	}
	return markNo, failed + ": " + many(int64(kinds), "cause", "causes")
}

// silent says what a log does not show where it shows no failure.
const silent = "An API server logs each request that it refuses with 401, at any verbosity, and its audit log has them too, if the policy lets it. " +
	"A request in which nothing is a credential is served as system:anonymous; that alone is not logged. " +
	"The kubelet and other programs of Kubernetes write logs of the same form: see that this one is an API server's."

func (x *LogSummary) facts() []fact {
	forms := map[string]string{"klog": "the API server's log", "json": "the API server's log, in JSON", "audit": "audit events"}
	var of []string
	for _, f := range x.Forms {
		of = append(of, forms[f])
	}
	facts := []fact{{"log", x.Source}, {"form", strings.Join(of, ", ")}, {"period", period(x.First, x.Last)}}
	if n := x.Lines - x.Recognised; n > 0 {
		facts = append(facts, fact{"skipped", many(n, "line", "lines") + " in which no message of an API server begins"})
	}
	if x.Cut > 0 {
		facts = append(facts, fact{"cut off", many(x.Cut, "line was", "lines were") + " too long, or ended too early, to be read whole"})
	}
	return facts
}

func (c *LogCause) unit() string {
	return many(c.Count, strings.TrimSuffix(c.Unit, "s"), c.Unit)
}

// label names a cause where its title has no room.
func (c *LogCause) label() string {
	if len(c.Possible) > 0 && c.ID == finding.CredentialRejected || c.Certainty == finding.Possible {
		return string(c.ID) + ": " + c.Example
	}
	return string(c.ID)
}

// facts are what is known of a cause beside its title.
func (c *LogCause) facts() []fact {
	facts := []fact{{"message", c.Example}}
	for i, t := range c.Texts {
		name := "message"
		if i == 0 {
			facts = nil
		} else {
			name = ""
		}
		facts = append(facts, fact{name, fmt.Sprintf("%s (%s)", t.Seen, thousands(t.Count))})
	}
	for _, d := range c.Differs {
		facts = append(facts, fact{d.What, d.words()})
	}
	if n := c.own(); n > 0 {
		why := "which asks without a credential to see how that is answered"
		if c.ID == finding.CredentialRejected {
			why = "with which somebody has looked into a refusal"
		}
		facts = append(facts, fact{"of these", many(n, "is a request", "are requests") + " of kubectl authn itself, " + why})
	}
	if c.Messages > 0 {
		also := many(c.Messages, "message", "messages") + " about it beside the " + c.Unit
		if len(c.Differs) > 0 {
			also += "; the numbers behind names count them as well"
		}
		facts = append(facts, fact{"also", also})
	}
	if len(c.Possible) > 0 {
		var possible []string
		for _, id := range c.Possible[:min(len(c.Possible), mostNamed)] {
			possible = append(possible, string(id))
		}
		if n := len(c.Possible) - mostNamed; n > 0 {
			possible = append(possible, fmt.Sprintf("or one of %d more", n))
		}
		facts = append(facts, fact{"may be", strings.Join(possible, ", ")})
	}
	return facts
}

// own is how many requests are this program's: those without a credential are meant, and those
// with a refused one are of somebody who looks into it.
func (c *LogCause) own() int64 {
	var own int64
	for _, d := range c.Differs {
		for _, v := range d.Values {
			if (c.ID == finding.AnonymousRequest || c.ID == finding.CredentialRejected) && d.What == "user agent" && strings.HasPrefix(v.Seen, "kubectl-authn/") {
				own += v.Count
			}
		}
	}
	return own
}

// mostNamed is how many names the text shows; the object has more.
const mostNamed = 5

func (n *LogNames) words() string {
	var out []string
	others := n.Others
	for i, v := range n.Values {
		if i < mostNamed {
			out = append(out, fmt.Sprintf("%s (%s)", v.Seen, thousands(v.Count)))
		} else {
			others += v.Count
		}
	}
	if others > 0 {
		out = append(out, fmt.Sprintf("others (%s)", thousands(others)))
	}
	return strings.Join(out, ", ")
}

// LogSummary writes what a log says: one line a cause, then each of them.
func (p *Printer) LogSummary(x *LogSummary) error {
	x = safe(p, x)
	page := p.page()
	m, words := x.headline()
	word, rest, _ := strings.Cut(words, " in ")
	page.sign(0, m, word, styled(" in "+rest, bold))
	page.blank()
	var rows list
	for _, f := range x.facts() {
		rows.add(f.name, f.value)
	}
	page.rows(indent, rows)
	if len(x.Causes) == 0 && x.Unknown == nil {
		page.blank()
		page.paragraph(indent, text(silent))
	}
	page.logTable(x)
	for _, c := range x.Causes {
		page.logCause(&c)
	}
	if u := x.Unknown; u != nil {
		page.heading("Not recognised")
		page.paragraph(indent, text("They are a token webhook's, which the API server passes on, the server's own trouble, or those of a release that is not known here."))
		rows := list{}
		for _, t := range u.Texts {
			rows.add(thousands(t.Count), t.Seen)
		}
		if u.Others > 0 {
			rows.add(thousands(u.Others), "others")
		}
		page.rows(indent, rows)
	}
	if len(x.Refused) > 0 {
		page.heading("Who was answered 401")
		var rows list
		for _, n := range x.Refused {
			rows.add(n.What, n.words())
		}
		page.rows(indent, rows)
	}
	return page.flush()
}

// logTable writes one line a cause.
func (p *page) logTable(x *LogSummary) {
	type line struct{ count, first, last, label string }
	var lines []line
	for _, c := range x.Causes {
		count := thousands(c.Count)
		if c.Unit == UnitMessages {
			// No failure by itself.
			count = "(" + count + ")"
		}
		lines = append(lines, line{count, c.First.short(), c.Last.short(), c.label()})
	}
	if u := x.Unknown; u != nil {
		lines = append(lines, line{thousands(u.Count), u.First.short(), u.Last.short(), "not recognised"})
	}
	if len(lines) == 0 {
		return
	}
	head := line{"COUNT", "FIRST", "LAST", "CAUSE"}
	var w [3]int
	for _, l := range append(lines, head) {
		w[0], w[1], w[2] = max(w[0], width(l.count)), max(w[1], width(l.first)), max(w[2], width(l.last))
	}
	pad := func(s string, n int) string { return s + strings.Repeat(" ", max(n-width(s), 0)) }
	p.blank()
	for i, l := range append([]line{head}, lines...) {
		lead := strings.Repeat(" ", indent+w[0]-width(l.count)) + l.count + "  " + pad(l.first, w[1]) + "  " + pad(l.last, w[2]) + "  "
		if room := p.Width - width(lead); room < leastLabel {
			// The cause has a line of its own.
			p.hang([]span{text(strings.TrimRight(lead, " "))}, nil, p.Width)
			lead = strings.Repeat(" ", indent+w[0]+2)
		}
		label := l.label
		if i > 0 {
			label = p.shortened(label, max(p.Width-width(lead), 1))
		}
		p.hang([]span{text(lead)}, []span{text(label)}, p.Width)
	}
}

// leastLabel is the room that the name of a cause needs.
const leastLabel = 20

// shortened is s in no more than so many cells, so that a line stays one; the whole is
// said elsewhere.
func (p *page) shortened(s string, cells int) string {
	end := "…"
	if p.ASCII {
		end = "..."
	}
	if width(s) <= cells {
		return s
	}
	for width(s)+width(end) > cells && s != "" {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s + end
}

// logCause writes what is known of a cause.
func (p *page) logCause(c *LogCause) {
	p.blank()
	p.sign(0, severityMark(c.Severity), c.unit(), titled(&c.Finding)...)
	var rows list
	for _, f := range c.facts() {
		if f.value != "" {
			rows = append(rows, row{f.name, []span{text(f.value)}})
		}
	}
	p.rows(indent, rows)
	p.remedies(indent, c.Remedy)
}

// MarkdownLog writes a summary for a ticket.
func (p *Printer) MarkdownLog(x *LogSummary) error {
	x = safe(p, x)
	md := &markdown{Printer: *p}
	m, words := x.headline()
	md.line("## " + md.glyph(m) + " " + prose(words))
	md.line("")
	for _, f := range x.facts() {
		if f.value != "" {
			md.fact(f.name, prose(f.value))
		}
	}
	md.fact("explained at", code(absolute(p.Now)))
	if len(x.Causes) == 0 && x.Unknown == nil {
		md.line("")
		md.line(prose(silent))
	} else {
		md.line("")
		md.line("| count | of | first | last | cause |")
		md.line("| ---: | --- | --- | --- | --- |")
	}
	for _, c := range x.Causes {
		md.line(fmt.Sprintf("| %s | %s | %s | %s | %s (%s) |", thousands(c.Count), c.Unit, cellOf(c.First.long()), cellOf(c.Last.long()), cellOf(c.Title), code(string(c.ID))))
	}
	if u := x.Unknown; u != nil {
		md.line(fmt.Sprintf("| %s | %s | %s | %s | not recognised |", thousands(u.Count), UnitRequests, cellOf(u.First.long()), cellOf(u.Last.long())))
	}
	for _, c := range x.Causes {
		md.heading(upperFirst(c.Title))
		md.fact("cause", code(string(c.ID)))
		md.fact("count", prose(c.unit()))
		for _, f := range c.facts() {
			switch {
			case f.value == "":
			case f.name == "also":
				md.fact(f.name, prose(f.value))
			case f.name == "":
				md.fact("message", code(f.value))
			default:
				md.fact(f.name, code(f.value))
			}
		}
		if len(c.Remedy) > 0 {
			md.line("")
			md.remedies("", c.Remedy)
		}
	}
	if u := x.Unknown; u != nil {
		md.heading("Not recognised")
		for _, t := range u.Texts {
			md.line("- " + thousands(t.Count) + ": " + code(t.Seen))
		}
		if u.Others > 0 {
			md.line("- " + thousands(u.Others) + ": others")
		}
	}
	if len(x.Refused) > 0 {
		md.heading("Who was answered 401")
		for _, n := range x.Refused {
			md.fact(n.What, code(n.words()))
		}
	}
	_, err := p.W.Write([]byte(md.out.String()))
	return err
}
