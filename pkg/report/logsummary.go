package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/document"
	"github.com/kubectl-authn/kubectl-authn/pkg/serverlog"
)

// LogSummary is the output of `explain --log`: the authentication failures in a log or an audit log of an API
// server.
type LogSummary struct {
	runtime.TypeMeta `json:",inline"`
	// Source is the source of the log: "file PATH" or "standard input".
	Source finding.Text `json:"source"`
	// Forms are the formats in the log: klog, json, audit.
	Forms List[string] `json:"forms" jsonschema:"enum=klog,enum=json,enum=audit"`
	// Lines is the number of lines.
	Lines int64 `json:"lines"`
	// Recognised is the number of lines from an API server.
	Recognised int64 `json:"recognised"`
	// Cut is the number of incomplete or overlong lines.
	Cut int64 `json:"cut,omitempty"`
	// First is the time of the first line.
	First LogTime `json:"first,omitempty" name:"own"`
	// Last is the time of the last line.
	Last LogTime `json:"last,omitempty" name:"own"`
	// Failed is the number of failed authentications: the requests and connections of all causes, and those
	// with an unknown message.
	Failed int64 `json:"failed"`
	// Causes are the causes, the most frequent first.
	Causes List[LogCause] `json:"causes"`
	// Unknown are the failed authentications with an unknown message.
	Unknown *LogUnknown `json:"unknown,omitempty"`
	// Refused are the clients that got the response 401, if the log has each request (at -v=3).
	Refused []LogNames `json:"refused,omitempty"`
	// Client reports that the log is not an API server's: the causes are those of the component that wrote the
	// log, such as the kubelet or a proxy.
	Client bool `json:"client,omitempty"`
	// kubelet reports that a kubelet wrote the log, which has rejections by the kubelet and errors of its own.
	kubelet bool
	// delegated reports that a component that asks the API server about each token wrote the log.
	delegated bool
	// server reports that the log has a message that only API servers write.
	server bool
}

// LogTime is the time of a line: RFC 3339 in UTC, YYYY-MM-DD hh:mm:ss if the log has no time zone, or MM-DD hh:mm:ss in
// the server's time zone if the log has no year.
type LogTime string

// The units of a LogCause's count.
const (
	UnitRequests    = "requests"
	UnitConnections = "connections"
	UnitMessages    = "messages"
)

// LogCause is a finding and its occurrences in the log.
type LogCause struct {
	finding.Finding `json:",inline"`
	LogTally        `json:",inline"`
}

// MarshalJSON writes the members of both in one object.
func (c LogCause) MarshalJSON() ([]byte, error) {
	cause, err := json.Marshal(c.Finding)
	if err != nil {
		return nil, err
	}
	tally, err := json.Marshal(c.LogTally)
	if err != nil {
		return nil, err
	}
	return append(append(cause[:len(cause)-1], ','), tally[1:]...), nil
}

// LogTally has the occurrences of a cause.
type LogTally struct {
	// Count is the number of occurrences in the unit: failed requests, handshakes that the client ended, or
	// messages if no message is a rejection.
	Count int64 `json:"count"`
	// Unit is the counted unit.
	Unit string `json:"unit" jsonschema:"enum=requests,enum=connections,enum=messages"`
	// Messages is the number of further messages about the cause.
	Messages int64 `json:"messages,omitempty"`
	// First is the time of the first occurrence.
	First LogTime `json:"first,omitempty" name:"own"`
	// Last is the time of the last occurrence.
	Last LogTime `json:"last,omitempty" name:"own"`
	// Example is one of the messages.
	Example finding.Text `json:"example"`
	// Possible are the IDs of findings that the messages may also indicate.
	Possible []finding.ID `json:"possible,omitempty"`
	// Differs are the names in which the messages differ.
	Differs []LogNames `json:"differs,omitempty"`
	// Texts are the messages that prove no cause.
	Texts []LogCount `json:"texts,omitempty"`
}

// LogNames are the most frequent names with a label.
type LogNames struct {
	// What is the label, such as user or source IP.
	What string `json:"what" name:"own"`
	// Values are the most frequent values.
	Values List[LogCount] `json:"values"`
	// Others is the number of messages with other values.
	Others int64 `json:"others,omitempty"`
}

// LogCount is a value and its count.
type LogCount struct {
	// Seen is the value.
	Seen finding.Text `json:"value"`
	// Count is the number of messages with the value.
	Count int64 `json:"count"`
}

// LogUnknown are the failed authentications with an unknown message.
type LogUnknown struct {
	// Count is the number of failed authentications.
	Count int64 `json:"count"`
	// First is the time of the first occurrence.
	First LogTime `json:"first,omitempty" name:"own"`
	// Last is the time of the last occurrence.
	Last LogTime `json:"last,omitempty" name:"own"`
	// Texts are the most frequent messages.
	Texts List[LogCount] `json:"texts"`
	// Others is the number of other messages.
	Others int64 `json:"others,omitempty"`
}

// FromLog converts a summary for printing.
func FromLog(s *serverlog.Summary, source finding.Text) *LogSummary {
	out := &LogSummary{
		TypeMeta: typeMeta(KindLogSummary), Source: source, Forms: s.Forms, Lines: s.Lines, Recognised: s.Recognised, Cut: s.Cut,
		First: LogTime(s.First.String()), Last: LogTime(s.Last.String()), Client: s.Client, kubelet: s.Kubelet, delegated: s.Delegated, server: s.Server || slices.Contains(s.Forms, "audit"),
	}
	for _, c := range s.Causes {
		l := LogCause{c.Cause, LogTally{
			Count: c.Count(), Unit: UnitRequests, Messages: c.Messages,
			First: LogTime(c.First.String()), Last: LogTime(c.Last.String()), Example: c.Text, Possible: c.Possible,
			Differs: namesOf(c.Names), Texts: counts(c.Texts),
		}}
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
	slices.SortStableFunc(out.Causes, func(a, b LogCause) int { return cmp.Compare(a.onlyOwn(), b.onlyOwn()) })
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
		out = append(out, LogNames{What: string(n.What), Values: counts(n), Others: n.Others})
	}
	return out
}

func counts(names serverlog.Names) []LogCount {
	var out []LogCount
	for _, v := range names.Values {
		out = append(out, LogCount{names.Text(v), v.Count})
	}
	return out
}

// short is a time without its year, for a table.
func (t LogTime) short() string {
	s := string(t)
	if len(s) == len("2026-05-24T19:10:28Z") || len(s) == len(time.DateTime) {
		return s[5:10] + " " + s[11:19]
	}
	return s
}

// long is a complete time.
func (t LogTime) long() finding.Text {
	if at, err := time.Parse(time.RFC3339, string(t)); err == nil {
		return finding.T("%s", finding.Time(at))
	}
	return said(string(t))
}

func period(first, last LogTime) finding.Text {
	if first == "" {
		return finding.Text{}
	}
	words := finding.T("%s to %s", first.long(), last.long())
	switch {
	case strings.HasSuffix(string(first), "Z"):
	case len(first) == len(time.DateTime):
		words = finding.T("%s, time zone not logged", words)
	default:
		words = finding.T("%s, in the server's time zone; year not logged", words)
	}
	return words
}

// headline is the answer in one sentence.
func (x *LogSummary) headline() document.Verdict {
	lines := many(x.Lines, finding.T("line"), finding.T("lines"))
	kinds := int64(len(x.Causes))
	none := finding.T("No failed authentication")
	failed := many(x.Failed, finding.T("failed authentication"), finding.T("failed authentications"))
	switch {
	case x.Client:
		words := finding.T("%s: %s", lines, many(kinds, finding.T("error"), finding.T("errors")))
		return document.Verdict{Mark: document.Warning, Word: finding.T("Log of another component, not of an API server"), Words: in(words)}
	case x.Failed == 0 && kinds == 0 && x.Cut > 0:
		but := many(x.Cut, finding.T("line that was not read"), finding.T("lines that were not read"))
		return document.Verdict{Mark: document.Warning, Word: none, Words: in(finding.T("%s, but %s", lines, but))}
	case x.Failed == 0 && kinds == 0 && !x.server:
		return document.Verdict{Mark: document.Warning, Word: finding.T("No message about authentication"), Words: in(lines)}
	case x.Failed == 0 && kinds == 0:
		return document.Verdict{Mark: document.Yes, Word: none, Words: in(lines)}
	case x.Failed == 0:
		but := many(kinds, finding.T("message about it"), finding.T("messages about it"))
		return document.Verdict{Mark: document.Warning, Word: none, Words: in(finding.T("%s, but %s", lines, but))}
	case kinds == 0:
		return document.Verdict{Mark: document.No, Word: failed, Words: in(finding.T("%s, all with error messages that are not recognised", lines))}
	}
	return document.Verdict{Mark: document.No, Word: failed, Words: in(finding.T("%s: %s", lines, many(kinds, finding.T("cause"), finding.T("causes"))))}
}

func in(lines finding.Text) document.Words { return strong(finding.T(" in %s", lines)) }

// silent is what a log without failures does not show.
var silent = finding.T("An API server logs each request that it rejects with 401, at any verbosity. Its audit log has these requests too, if the policy includes them. " +
	"A request without a credential is served as system:anonymous and is not logged as a failure. " +
	"The kubelet and other programs of Kubernetes write logs of the same form: check that this log is from an API server.")

// ofAnother leads to the command for the log of another program.
var ofAnother = finding.T("To explain an error in the log of another program, such as the kubelet, run %s.", finding.Syntax("kubectl authn explain --error - < FILE"))

// ofComponent is the meaning of the errors in the log of another component.
var ofComponent = finding.T("The kubelet, a controller, a proxy or another component wrote this log, not an API server. " +
	"If a server rejected the component's own credential, the reason is only in the log of that server.")

// ofKubeletItself is the meaning of a kubelet's errors that are no rejections by the kubelet.
var ofKubeletItself = finding.T("A kubelet wrote this log. The counted requests are those that the kubelet rejected. The messages are errors of the kubelet itself: a server rejected its own credential or connection. " +
	"The reason is only in the log of that server.")

// The names of unread lines.
const skippedLines, cutLines = "skipped", "cut off"

// about identifies the log.
func (x *LogSummary) about() finding.Text {
	if form := x.form(); !form.IsZero() {
		return finding.T("%s, %s", form, from(x.Source))
	}
	return x.Source
}

// form is the list of the log's formats.
func (x *LogSummary) form() finding.Text {
	forms := map[string]finding.Text{"klog": finding.T("the API server's log"), "json": finding.T("the API server's log, in JSON"), "audit": finding.T("audit events")}
	var of finding.Text
	for _, f := range x.Forms {
		of = join(of, forms[f])
	}
	if x.Client && !of.IsZero() {
		return finding.T("another component's log")
	}
	if !of.IsZero() && x.kubelet {
		return finding.T("a kubelet's log")
	}
	if !of.IsZero() && x.delegated {
		return finding.T("the log of a component that asks the API server about each token")
	}
	return of
}

func (x *LogSummary) rows() rows {
	of := x.form()
	out := some(row(finding.T("log"), prose(x.Source)), row(finding.T("form"), prose(of)), row(finding.T("period"), prose(period(x.First, x.Last))))
	if n := x.Lines - x.Recognised; n > 0 && !x.Client {
		out.add(finding.T(skippedLines), prose(finding.T("%s without the start of an API server's message", many(n, finding.T("line"), finding.T("lines")))))
	}
	if x.Cut > 0 {
		out.add(finding.T(cutLines), prose(finding.T("%s too long or incomplete", many(x.Cut, finding.T("line was"), finding.T("lines were")))))
	}
	return out
}

func (c *LogCause) unit() finding.Text {
	return many(c.Count, said(strings.TrimSuffix(c.Unit, "s")), said(c.Unit))
}

// label is a short name of a cause, for a table.
func (c *LogCause) label() finding.Text {
	if len(c.Possible) > 0 && c.ID == finding.CredentialRejected || c.Certainty == finding.Possible {
		return finding.T("%s: %s", c.ID, c.Example)
	}
	return said(string(c.ID))
}

// rows are the facts about a cause.
func (c *LogCause) rows() rows {
	var out rows
	name := finding.T("message")
	for _, t := range c.Texts {
		out.add(name, value(t.counted()))
		name = finding.Text{}
	}
	if len(c.Texts) == 0 {
		out.add(name, value(c.Example))
	}
	for _, d := range c.Differs {
		out.add(said(d.What), value(d.words()))
	}
	if n := c.own(); n > 0 {
		why := finding.T("sent without a credential to see the answer")
		if c.ID == finding.CredentialRejected {
			why = finding.T("sent to examine a rejection")
		}
		out.add(finding.T("of these"), value(finding.T("%s of kubectl authn itself, %s", many(n, finding.T("is a request"), finding.T("are requests")), why)))
	}
	if c.Messages > 0 {
		also := finding.T("%s about this cause, which are not %s", many(c.Messages, finding.T("other message"), finding.T("other messages")), finding.Message(c.Unit))
		if len(c.Differs) > 0 {
			also = finding.T("%s. The counts beside names include them", also)
		}
		out.add(finding.T("also"), prose(also))
	}
	some, rest := atMost(c.Possible, mostNamed)
	var possible finding.Text
	for _, id := range some {
		possible = join(possible, said(string(id)))
	}
	if rest > 0 {
		possible = join(possible, finding.T("or one of %s more", finding.Count(rest)))
	}
	out.add(finding.T("may be"), value(possible))
	return out
}

// own is the number of requests by this program, which are not failures of a client.
func (c *LogCause) own() int64 {
	var own int64
	for _, d := range c.Differs {
		for _, v := range d.Values {
			if (c.ID == finding.AnonymousRequest || c.ID == finding.CredentialRejected) && d.What == "user agent" && strings.HasPrefix(v.Seen.String(), "kubectl-authn/") {
				own += v.Count
			}
		}
	}
	return own
}

// onlyOwn is 1 for a cause that has only requests of this program, which follow the others, and otherwise 0.
func (c *LogCause) onlyOwn() int {
	if c.Count > 0 && c.own() >= c.Count {
		return 1
	}
	return 0
}

// mostNamed is the maximum number of names in the text; the object has more.
const mostNamed = 5

func (c LogCount) counted() finding.Text {
	return finding.T("%s (%s)", c.Seen, finding.Thousands(c.Count))
}

func (n *LogNames) words() finding.Text {
	var out finding.Text
	others := n.Others
	for i, v := range n.Values {
		if i < mostNamed {
			out = join(out, v.counted())
		} else {
			others += v.Count
		}
	}
	if others > 0 {
		out = join(out, finding.T("others (%s)", finding.Thousands(others)))
	}
	return out
}

// Document has one line for each cause, and the most frequent cause in full.
func (x *LogSummary) Document(now time.Time) document.Document {
	d := doc{x.headline()}
	facts := x.rows()
	at := row(explainedAt, value(finding.T("%s", finding.Time(now))))
	about := doc{paragraph(x.about())}
	if during := period(x.First, x.Last); !during.IsZero() {
		about.add(paragraph(during))
	}
	for _, r := range facts {
		switch r.Name.String() {
		case skippedLines, cutLines:
			about.add(paragraph(withDetail(r.Name[0].Text, r.Value[0].Text)))
		}
	}
	d.add(document.Brief{document.Within(about)}, document.Full{document.Rows{Rows: append(facts, at)}})
	if len(x.Causes) == 0 && x.Unknown == nil {
		d.within(document.Part{paragraph(silent)})
		if !x.server {
			d.within(document.Part{paragraph(ofAnother)})
		}
	} else {
		d.add(document.Brief{document.Within{document.Part{x.short()}}}, document.Full{document.Part{x.table()}})
	}
	if x.Client {
		d.within(document.Part{paragraph(ofComponent)})
	}
	if x.kubelet && slices.ContainsFunc(x.Causes, func(c LogCause) bool { return c.Unit == UnitMessages }) {
		d.within(document.Part{paragraph(ofKubeletItself)})
	}
	var folded doc
	for i, c := range x.Causes {
		if i == 0 {
			d.logCause(&c)
		} else {
			folded.logCause(&c)
		}
	}
	if u := x.Unknown; u != nil {
		var words rows
		for _, t := range u.Texts {
			words.add(finding.T("%s", finding.Thousands(t.Count)), value(t.Seen))
		}
		if u.Others > 0 {
			words.add(finding.T("%s", finding.Thousands(u.Others)), prose(finding.T("others")))
		}
		folded.section(finding.T("Messages not recognised"),
			document.Brief{paragraph(finding.T("This program does not know these messages. A token webhook, an internal error of the API server, or another release can write them. Look up a webhook's message in the log of the webhook."))},
			document.Rows{Rows: words, Evidence: true})
	}
	var refused rows
	for _, n := range x.Refused {
		refused.add(said(n.What), value(n.words()))
	}
	folded.section(finding.T("Requests answered with 401"), document.Rows{Rows: refused})
	if len(folded) > 0 {
		d.add(document.Folded(folded), document.Brief{document.Short{document.Part{document.Paragraph{Words: x.last()}}}})
	}
	return document.Document(d)
}

// last names the folded parts.
func (x *LogSummary) last() document.Words {
	var s screen
	if n := int64(len(x.Causes) - 1); n > 0 {
		s.further = append(s.further, many(n, finding.T("more cause"), finding.T("more causes")))
	}
	if u := x.Unknown; u != nil {
		s.further = append(s.further, many(u.Count, finding.T("message not recognised"), finding.T("messages not recognised")))
	}
	if len(x.Refused) > 0 {
		s.further = append(s.further, finding.T("requests answered with 401"))
	}
	return s.last(0, 0)
}

// short has one line for each cause.
func (x *LogSummary) short() document.Table {
	out := document.Table{Columns: []document.Column{{Title: finding.T("count"), Right: true}, {Title: finding.T("first")}, {Title: finding.T("last")}, {Title: finding.T("cause"), Cut: true}}}
	for _, c := range x.Causes {
		count := finding.T("%s", finding.Thousands(c.Count))
		if c.Unit == UnitMessages {
			// Alone, this is no failure.
			count = finding.T("(%s)", count)
		}
		out.Add(document.None, prose(count), prose(said(c.First.short())), prose(said(c.Last.short())), prose(c.label()))
	}
	if u := x.Unknown; u != nil {
		out.Add(document.None, prose(finding.T("%s", finding.Thousands(u.Count))), prose(said(u.First.short())), prose(said(u.Last.short())), prose(notRecognised))
	}
	return out
}

// table has a row for each cause.
func (x *LogSummary) table() document.Table {
	out := document.Table{Columns: []document.Column{{Title: finding.T("count"), Right: true}, {Title: finding.T("of")}, {Title: finding.T("first")}, {Title: finding.T("last")}, {Title: finding.T("cause")}}}
	for _, c := range x.Causes {
		out.Add(document.None, number(c.Count), prose(said(c.Unit)), prose(c.First.long()), prose(c.Last.long()), entitled(c.Title, c.ID, document.Prose))
	}
	if u := x.Unknown; u != nil {
		out.Add(document.None, number(u.Count), prose(finding.T(UnitRequests)), prose(u.First.long()), prose(u.Last.long()), prose(notRecognised))
	}
	return out
}

// number is a count as a text.
func number(n int64) document.Words {
	return document.Words{glue(finding.T("%s", finding.Thousands(n)))}
}

var notRecognised = finding.T("not recognised")

// logCause is the section of a cause.
func (d *doc) logCause(c *LogCause) {
	known := c.rows()
	remedies := document.Remedies(c.Remedy)
	item := document.Item{Mark: severityMark(c.Severity), Word: c.unit(), Words: titled(&c.Finding), Blocks: doc{document.Rows{Rows: known}, remedies}}
	whole := some(row(causeName, value(said(string(c.ID)))), row(finding.T("count"), prose(c.unit())))
	full := doc{document.Rows{Rows: append(whole, known...)}, document.Part{remedies}}
	d.add(document.Brief{document.Part{document.Items{item}}}, document.Full{document.Section{Title: upperFirst(c.Title), Blocks: full}})
}
