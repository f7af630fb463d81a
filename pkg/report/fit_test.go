package report

import (
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Two values that differ stay together: the API server's message is shortened before either value is folded.
func TestPairsStayTogether(t *testing.T) {
	const here, there = "5bc1ef40-e9d7-4a28-9f13-0c6ab2971d36", "0e9d74a2-88f1-40c6-9b29-71d3685e4f7a"
	all := some(
		row(finding.T("UID of the ServiceAccount"), value(said(here))),
		row(finding.T("UID in the token"), value(said(there))),
		row(serverSaid, value(said("service account UID ("+here+") does not match claim ("+there+")"))),
	)
	few, rest := fewRows(all, true, 4)
	if len(few) != 3 || rest != 0 {
		t.Fatalf("%d rows are shown and %d folded, want 3 and 0", len(few), rest)
	}
	words := few[2].Value.String()
	if want := "service account UID … does not match claim (" + there + ")"; words != want {
		t.Errorf("the API server's words are %q, want %q", words, want)
	}
	if few, rest = fewRows(all, true, 5); len(few) != 3 || rest != 0 || few[2].Value.String() != all[2].Value.String() {
		t.Errorf("with room for all, %d rows are shown, the last is %q", len(few), few[2].Value)
	}
}
