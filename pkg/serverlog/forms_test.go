package serverlog

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// The summary of a log gives a line the same cause as the explanation of a pasted error, in any form of the line.
func TestFormsAreReadAsErrors(t *testing.T) {
	n := 0
	for _, c := range pastedtest.Errors {
		if strings.Contains(c.Text, "\n") || !strings.Contains(c.Text, `authentication.go:73] "Unable to authenticate`) {
			continue
		}
		for _, form := range pastedtest.Forms {
			text := form.Of(c.Text)
			d, ok := pasted.FromText(text)
			if !ok {
				continue
			}
			n++
			s, err := Read(t.Context(), strings.NewReader(text))
			switch {
			case err != nil:
				t.Errorf("%s of %q: %v, not %s\n%s", form.Name, c.Name, err, d.Cause, text)
			case len(s.Causes) == 0:
				t.Errorf("%s of %q: no cause, not %s (unknown: %+v)\n%s", form.Name, c.Name, d.Cause, s.Unknown, text)
			case s.Causes[0].Cause.ID != d.Cause:
				t.Errorf("%s of %q: %s, not %s\n%s", form.Name, c.Name, s.Causes[0].Cause.ID, d.Cause, text)
			}
		}
	}
	if n < 2000 {
		t.Errorf("only %d texts", n)
	}
}
