package finding

import (
	"encoding/json"
	"strings"
)

// EvidenceKind is what evidence shows, for a report that places it by that.
type EvidenceKind int

// The kinds of evidence.
const (
	// Observation is any other value.
	Observation EvidenceKind = iota
	// ErrorMessage is the error message of a TokenReview.
	ErrorMessage
	// WireAnswer is the answer to a request with the credential.
	WireAnswer
	// PastedMessage is an error message that was pasted.
	PastedMessage
	// Elimination disproves the other causes.
	Elimination
)

var evidenceSources = map[EvidenceKind]Text{
	ErrorMessage: T("TokenReview status.error"),
	WireAnswer:   T("SelfSubjectReview with the credential"),
	// Whose message it is follows.
	PastedMessage: T("error message of"),
	Elimination:   T("ruled out"),
}

// Source is the source of all evidence of this kind; nothing for an Observation.
func (k EvidenceKind) Source() Text { return evidenceSources[k] }

// UnmarshalJSON reads evidence that was saved. Its source tells its kind.
func (e *Evidence) UnmarshalJSON(data []byte) error {
	type plain Evidence
	if err := json.Unmarshal(data, (*plain)(e)); err != nil {
		return err
	}
	for kind, source := range evidenceSources {
		if strings.HasPrefix(e.Source.String(), source.String()) {
			e.Kind = kind
		}
	}
	return nil
}
