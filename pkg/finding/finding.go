// Package finding says what a finding is and holds the catalogue of all of them.
//
// A finding is one thing that is true about a credential, a server or an issuer,
// and that explains what happens to it. The package is a leaf: it imports nothing
// of this module, so that whatever judges (pkg/checks, pkg/keyset) and whatever
// prints (pkg/report) speak of the same thing.
package finding

import (
	"encoding/json"
	"slices"
)

// ID names a finding. IDs are stable: scripts match on them, so none is ever
// renamed or used again for something else.
type ID string

// Severity says what a finding does to the credential.
type Severity string

const (
	// Error can be the cause of a verdict.
	Error Severity = "error"
	// Warning will bite later.
	Warning Severity = "warning"
	// Info helps to read the rest.
	Info Severity = "info"
)

// Certainty says how a finding is known.
type Certainty string

const (
	// Proved: the server's words, an object or the credential itself settle it.
	Proved Certainty = "proved"
	// Eliminated: it is the only catalogued explanation that the evidence does not
	// disprove. The finding says what was ruled out.
	Eliminated Certainty = "eliminated"
	// Possible: it fits what was seen, and so do others. Never a cause.
	Possible Certainty = "possible"
)

// Finding is one thing that is true, as it is reported: what it means stands in
// the catalogue, Detail says what was seen this time.
type Finding struct {
	// ID names the finding; it is never reused or renamed. The catalogue has its page.
	ID ID `json:"id"`
	// Severity is what it does to the credential: an error can be the cause of a verdict, a
	// warning will bite later, info helps to read the rest.
	Severity Severity `json:"severity"`
	// Certainty is how it is known: proved by the evidence; eliminated where it is the only
	// explanation that nothing disproves; possible where others fit as well, which is never
	// a cause.
	Certainty Certainty `json:"certainty"`
	// Title states it in a few words, as a fact.
	Title Text `json:"title"`
	// Detail says what was seen this time.
	Detail Text `json:"detail,omitzero"`
	// Evidence is what it rests on.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Remedy is what to do about it.
	Remedy []Remedy `json:"remedy,omitempty"`
	// Reference is where to read on.
	Reference string `json:"reference,omitempty" name:"own"`
	// Names are those in its title, detail, evidence and remedies, each once, in order.
	// MarshalJSON fills them in.
	Names []Name `json:"names,omitempty"`
}

// Evidence is something that was seen, and where.
type Evidence struct {
	// Source is where it was seen.
	Source Text `json:"source"`
	// Value is what was seen.
	Value Text `json:"value"`
}

// Remedy is something to do about a finding. Command, where there is one, works
// when pasted, and never weakens the cluster.
type Remedy struct {
	// Description says what to do.
	Description Text `json:"description"`
	// Command does it, or a part of it.
	Command Command `json:"command,omitzero"`
}

// Entry is the catalogue's page on one finding.
type Entry struct {
	// ID names the finding.
	ID ID `json:"id"`
	// Severity is what it does to the credential.
	Severity Severity `json:"severity"`
	// Group is the heading of the catalogue under which it stands.
	Group string `json:"group"`
	// Title states the finding in a few words, as a fact: "the token has expired".
	Title string `json:"title"`
	// Meaning is a paragraph: what is true, and what Kubernetes does about it.
	Meaning string `json:"meaning"`
	// Detection says on what evidence it is reported, and with which rights that
	// evidence can be had.
	Detection string `json:"detection"`
	// Fix says what to do, in sentences.
	Fix string `json:"fix"`
	// Reference is where to read on: an RFC section, a page of the Kubernetes
	// documentation, a file of the Kubernetes source.
	Reference string `json:"reference"`
}

// Lookup returns the catalogue's entry for id.
func Lookup(id ID) (Entry, bool) {
	for _, e := range Catalogue {
		if e.ID == id {
			return e, true
		}
	}
	return Entry{}, false
}

// Says is the catalogue's Title as a text.
func (e Entry) Says() Text { return T("%s", own(e.Title)) }

// ToDo is the catalogue's Fix as a text.
func (e Entry) ToDo() Text { return T("%s", own(e.Fix)) }

// Found returns a finding with the severity, title and reference of the catalogue; the rest is
// a text that says what was seen this time. It panics on an ID that is not in the catalogue,
// which is a mistake in the program: IDs are constants.
func Found(id ID, certainty Certainty, detail format, values ...Value) Finding {
	e, ok := Lookup(id)
	if !ok {
		panic("finding " + string(id) + " is not in the catalogue")
	}
	f := Finding{ID: id, Severity: e.Severity, Certainty: certainty, Title: e.Says(), Reference: e.Reference}
	return f.Saying(T(detail, values...))
}

// Prove is Found for what the server's words, an object or the credential itself settle.
func Prove(id ID, detail format, values ...Value) Finding {
	return Found(id, Proved, detail, values...)
}

// Saying is the finding with another detail.
func (f Finding) Saying(detail Text) Finding {
	f.Detail = detail.bounded()
	return f
}

// Seen adds something that was seen.
func (f Finding) Seen(where format, what Value) Finding { return f.SeenAt(T(where), what) }

// SeenAt adds something that was seen in a place that has a name.
func (f Finding) SeenAt(where Text, what Value) Finding {
	f.Evidence = append(f.Evidence[:len(f.Evidence):len(f.Evidence)], Evidence{where.bounded(), T("%s", what).bounded()})
	return f
}

// Fix adds a remedy; the command may be none. One that is too long is left out: without its
// middle it would not work.
func (f Finding) Fix(advice format, run Command) Finding { return f.FixBy(T(advice), run) }

// FixBy adds a remedy with values in it.
func (f Finding) FixBy(advice Text, run Command) Finding {
	if len(run.String()) > MaxText {
		run = Command{}
	}
	f.Remedy = append(f.Remedy[:len(f.Remedy):len(f.Remedy)], Remedy{advice.bounded(), run})
	return f
}

// Redo is the finding with what there is to do reworded.
func (f Finding) Redo(reword func(Text) Text) Finding {
	remedies := f.Remedy
	f.Remedy = nil
	for _, r := range remedies {
		f = f.FixBy(reword(r.Description), r.Command)
	}
	return f
}

// MarshalJSON writes the finding with the names that its texts have.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding
	f.Names = f.Named()
	return json.Marshal(plain(f))
}

// Named are the names in the finding's texts, each once, in order: those that it was saved with
// where its texts have none of their own.
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

// names adds those names to a list that it does not have.
func names(list []Name, of interface{ Names() []Name }) []Name {
	for _, n := range of.Names() {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// Explains reports whether the finding is certain enough to be the cause of a
// verdict; what is merely possible never is.
func (f Finding) Explains() bool { return f.Certainty != Possible }
