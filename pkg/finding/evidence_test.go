package finding

import (
	"encoding/json"
	"testing"
)

// A saved report keeps the kinds of its evidence, which no object shows.
func TestEvidenceKindsAreSaved(t *testing.T) {
	f := Prove(TokenExpired, "detail").Seen("exp", T("1")).Quote(T("a")).Answered(T("b")).Pasted(T("error message of kubectl"), T("c")).RuleOut(T("d"))
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var again Finding
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	want := []EvidenceKind{Observation, ErrorMessage, WireAnswer, PastedMessage, Elimination}
	for i, kind := range want {
		if f.Evidence[i].Kind != kind || again.Evidence[i].Kind != kind {
			t.Errorf("%s: kind %d, and %d after it was saved, want %d", f.Evidence[i].Source, f.Evidence[i].Kind, again.Evidence[i].Kind, kind)
		}
	}
}
