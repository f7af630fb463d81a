package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// A text has the same cause in whatever form it is pasted.
func TestFormsHaveTheSameCause(t *testing.T) {
	n := 0
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
			if excused(c.Text, bare.Cause, form.Name) {
				continue
			}
			n++
			text := form.Of(c.Text)
			d, ok := FromText(text)
			switch {
			case !ok:
				t.Errorf("%s of %q: nothing is recognized in\n%s", form.Name, c.Name, text)
			case d.Cause != bare.Cause || d.Verdict != bare.Verdict:
				t.Errorf("%s of %q: %s %s, want %s %s, in\n%s", form.Name, c.Name, d.Verdict, d.Cause, bare.Verdict, bare.Cause, text)
			}
		}
	}
	if n < 20_000 {
		t.Errorf("only %d forms", n)
	}
}

// excused reports whether a form adds words that change what the text shows.
func excused(text string, cause finding.ID, form string) bool {
	wraps := strings.HasPrefix(form, "hard ") || strings.HasPrefix(form, "words ")
	switch {
	case cause == finding.APIServerUnreachable && !strings.Contains(text, " the server"):
		// A connection error is about the server of the program that logged it.
		return !wraps || strings.Contains(form, "after")
	case cause == finding.CredentialRejected && (form == "code span" || form == "URL" || form == "hard 80, after list"):
		// A mere 401 counts at the end of a line.
		return true
	case form == "Python trace":
		// A traceback beside a plugin's error is the plugin's.
		return strings.Contains(text, "get-token")
	}
	// A fragment of JSON is no value of JSON. A break between two escaped quotes can be a space or
	// none.
	return strings.HasPrefix(text, `"error":`) && (!wraps || strings.Contains(form, "after")) || form == "JSON, wrapped at 80" && (strings.Contains(text, "front-proxy") || strings.HasPrefix(text, `"error":`))
}
