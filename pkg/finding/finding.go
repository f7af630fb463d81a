// Package finding defines findings and holds the catalogue of all findings.
//
// A finding is one fact about a credential, a server or an issuer that explains the
// result. The package imports nothing of this module, so that the packages that judge
// (pkg/checks, pkg/keyset) and the packages that print (pkg/report) share its types.
package finding

import (
	"encoding/json"
	"slices"
	"strings"
)

// ID names a finding. Scripts match on IDs, so an ID is never renamed or reused.
type ID string

// Severity is the effect of a finding on the credential.
type Severity string

const (
	// Error can be the cause of a verdict.
	Error Severity = "error"
	// Warning is a fault that causes a failure later.
	Warning Severity = "warning"
	// Info explains other findings.
	Info Severity = "info"
)

// Certainty is how well the evidence supports a finding.
type Certainty string

const (
	// Proved: an error message, an object or the credential itself settles it.
	Proved Certainty = "proved"
	// Eliminated: the evidence disproves every other catalogued explanation. The finding
	// lists what was ruled out.
	Eliminated Certainty = "eliminated"
	// Possible: the evidence fits this finding and others. It is never a cause.
	Possible Certainty = "possible"
)

// Finding is one fact in a report. The catalogue has its meaning; Detail says what was
// seen this time.
type Finding struct {
	// ID names the finding; it is never reused or renamed. The catalogue has its page.
	ID ID `json:"id"`
	// Severity is its effect on the credential: an error can be the cause of a verdict, a
	// warning causes a failure later, an info explains other findings.
	Severity Severity `json:"severity"`
	// Certainty is how well the evidence supports it: proved; eliminated if the evidence
	// disproves every other explanation; possible if others fit as well, which is never a
	// cause.
	Certainty Certainty `json:"certainty"`
	// Title states the fact in a few words.
	Title Text `json:"title"`
	// Detail says what was seen this time.
	Detail Text `json:"detail,omitzero"`
	// Evidence is what supports it.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remedy is the fix, in steps.
	Remedy []Remedy `json:"remedy,omitempty"`
	// Reference is further reading.
	Reference string `json:"reference,omitempty" name:"own"`
	// Names are the names in its title, detail, evidence and remedies, each once, in order.
	// MarshalJSON sets them.
	Names []Name `json:"names,omitempty"`
}

// Evidence is a value that was seen, and its source.
type Evidence struct {
	// Source is where the value was seen.
	Source Text `json:"source"`
	// Value is the value that was seen.
	Value Text `json:"value"`
	// Kind is what it shows; objects do not have it.
	Kind EvidenceKind `json:"-"`
}

// Remedy is one step of a fix. Its command works when pasted and never weakens the
// cluster.
type Remedy struct {
	// Description says what to do.
	Description Text `json:"description"`
	// Command does it, or a part of it; it may be empty.
	Command Command `json:"command,omitzero"`
	// Asks marks a step that asks an administrator, who runs the command. Objects do not have it.
	Asks bool `json:"-"`
}

// askAdministrator begins what asks an administrator in a saved report, which has no other mark.
const askAdministrator = "Ask an administrator "

// UnmarshalJSON reads a remedy that was saved.
func (r *Remedy) UnmarshalJSON(data []byte) error {
	type plain Remedy
	err := json.Unmarshal(data, (*plain)(r))
	r.Asks = strings.HasPrefix(r.Description.String(), askAdministrator)
	return err
}

// OfAdministrator is the remedy as a step that the reader asks an administrator for.
func (r Remedy) OfAdministrator() Remedy {
	return Remedy{T(askAdministrator+"for this step: %s", r.Description), r.Command.ByOthers(), true}
}

// Entry is the page of one finding in the catalogue.
type Entry struct {
	// ID names the finding.
	ID ID `json:"id"`
	// Severity is its effect on the credential.
	Severity Severity `json:"severity"`
	// Group is its heading in the catalogue.
	Group string `json:"group"`
	// Title states the fact in a few words: "the token has expired".
	Title string `json:"title"`
	// Meaning is a paragraph: the fact, and how Kubernetes reacts.
	Meaning string `json:"meaning"`
	// Detection names the evidence that it needs, and the permissions that reading the
	// evidence needs.
	Detection string `json:"detection"`
	// Fix says what to do, in complete sentences.
	Fix string `json:"fix"`
	// Reference is further reading: an RFC section, a page of the Kubernetes
	// documentation, a file of the Kubernetes source.
	Reference string `json:"reference"`
}

// Lookup returns the entry for id.
func Lookup(id ID) (Entry, bool) {
	for _, e := range Catalogue {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// Says is the Title as a text.
func (e Entry) Says() Text { return T("%s", own(e.Title)) }

// ToDo is the Fix as a text.
func (e Entry) ToDo() Text { return T("%s", own(e.Fix)) }

// Found returns a finding with the severity, title and reference of the catalogue, and with a
// detail. It panics on an ID that is not in the catalogue, which is a bug: IDs are constants.
func Found(id ID, certainty Certainty, detail format, values ...Value) Finding {
	e, ok := Lookup(id)
	if !ok {
		panic("finding " + string(id) + " is not in the catalogue")
	}
	f := Finding{ID: id, Severity: e.Severity, Certainty: certainty, Title: e.Says(), Reference: e.Reference}
	return f.Saying(T(detail, values...))
}

// Prove is Found with certainty Proved.
func Prove(id ID, detail format, values ...Value) Finding {
	return Found(id, Proved, detail, values...)
}

// OrFix is the finding with the fix of the catalogue if it has no fix of its own.
func (f Finding) OrFix() Finding {
	if entry, ok := Lookup(f.ID); ok && len(f.Remedy) == 0 {
		return f.FixBy(entry.ToDo(), Command{})
	}
	return f
}

// Saying is the finding with another detail.
func (f Finding) Saying(detail Text) Finding {
	f.Detail = detail.bounded()
	return f
}

// Quote adds the error message of a TokenReview.
func (f Finding) Quote(message Value) Finding { return f.shown(ErrorMessage, message) }

// Answered adds the answer to a request with the credential.
func (f Finding) Answered(answer Value) Finding { return f.shown(WireAnswer, answer) }

// Pasted adds a pasted error message. The source names the program that wrote it.
func (f Finding) Pasted(source Text, message Value) Finding {
	f = f.SeenAt(source, message)
	f.Evidence[len(f.Evidence)-1].Kind = PastedMessage
	return f
}

// RuleOut adds what disproves the other causes.
func (f Finding) RuleOut(why Value) Finding { return f.shown(Elimination, why) }

func (f Finding) shown(kind EvidenceKind, what Value) Finding {
	f = f.SeenAt(kind.Source(), what)
	f.Evidence[len(f.Evidence)-1].Kind = kind
	return f
}

// Seen adds evidence.
func (f Finding) Seen(where format, what Value) Finding { return f.SeenAt(T(where), what) }

// SeenAt adds evidence whose source has a name.
func (f Finding) SeenAt(where Text, what Value) Finding {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], Evidence{Source: where.bounded(), Value: T("%s", what).bounded()})
	return f
}

// Fix adds a remedy; the command may be empty. A command that is too long is left out, because a
// shortened command does not work.
func (f Finding) Fix(advice format, run Command) Finding { return f.FixBy(T(advice), run) }

// FixBy adds a remedy with values in it.
func (f Finding) FixBy(advice Text, run Command) Finding {
	if len(run.String()) > MaxText {
		run = Command{}
	}
	f.Remedy = append(f.Remedy[:len(f.Remedy):len(f.Remedy)], Remedy{Description: advice.bounded(), Command: run})
	return f
}

// Ask adds a remedy that asks an administrator, who runs the command.
func (f Finding) Ask(advice format, run Command) Finding { return f.AskBy(T(advice), run) }

// AskBy is Ask with values in the advice.
func (f Finding) AskBy(advice Text, run Command) Finding {
	return f.Step(Remedy{advice, run.ByOthers(), true})
}

// Step adds a remedy.
func (f Finding) Step(r Remedy) Finding {
	f = f.FixBy(r.Description, r.Command)
	f.Remedy[len(f.Remedy)-1].Asks = r.Asks
	return f
}

// Redo is the finding with its remedies reworded.
func (f Finding) Redo(reword func(Text) Text) Finding {
	remedies := f.Remedy
	f.Remedy = nil
	for _, r := range remedies {
		f = f.Step(Remedy{reword(r.Description), r.Command, r.Asks})
	}
	return f
}

// MarshalJSON writes the finding with the names in its texts.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	f.Names = f.Named()
	return json.Marshal(plain(f))
}

// Named are the names in the finding's texts, each once, in order. For a finding that was saved and
// read again they are the saved names.
func (f Finding) Named() []Name {
	out := names(names(nil, f.Title), f.Detail)
	for _, e := range f.Evidence {
		out = names(names(out, e.Source), e.Value)
	}
	for _, r := range f.Remedy {
		out = names(names(out, r.Description), r.Command)
	}
	if len(out) == 0 {
		return f.Names
	}
	return out
}

// names appends the names that the list does not have yet.
func names(list []Name, of interface{ Names() []Name }) []Name {
	for _, n := range of.Names() {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// Explains reports whether the finding is certain enough to be the cause of a verdict.
func (f Finding) Explains() bool { return f.Certainty != Possible }
