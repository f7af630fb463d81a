package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// A text has the same cause in whatever form it is pasted.
func TestFormsHaveTheSameCause(t *testing.T) {
	n, wrong := 0, 0
	for _, c := range pastedtest.Errors {
		if strings.Contains(c.Text, "\n") {
			continue
		}
		bare, ok := FromText(c.Text)
		if !ok {
			t.Errorf("%s is not known", c.Name)
			continue
		}
		for _, form := range pastedtest.Forms {
			n++
			text := form.Of(c.Text)
			d, ok := FromText(text)
			switch {
			case !ok:
				wrong++
				t.Errorf("%s of %q: nothing is recognized in\n%s", form.Name, c.Name, text)
			case d.Cause != bare.Cause || d.Verdict != bare.Verdict:
				wrong++
				t.Errorf("%s of %q: %s %s, want %s %s, in\n%s", form.Name, c.Name, d.Verdict, d.Cause, bare.Verdict, bare.Cause, text)
			}
		}
	}
	t.Logf("%d of %d are wrong", wrong, n)
}
