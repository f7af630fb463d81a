package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// TestJoining: the cause follows from the message, whatever names, times and loggers are around it.
func TestJoining(t *testing.T) {
	swaps := append([]*strings.Replacer{strings.NewReplacer(), strings.NewReplacer("n7", "edge-3", "812", "7", "a.yaml", "b.yaml", "0a1b", "ffee", "extra.crt", "ca.crt", "jane", "maria", "000000000000", "123123123123")}, swaps...)
	for _, c := range pastedtest.Joining {
		for i, swap := range swaps {
			text := swap.Replace(c.Text)
			d, ok := FromText(text)
			if !ok || d.Cause != c.Cause {
				t.Errorf("after swap %d, not %s but %+v: %s", i, c.Cause, d, text)
				continue
			}
			f := d.Findings[0]
			if !strings.Contains(f.Title.String(), c.Name) {
				t.Errorf("the title of %s does not contain %q: %s", c.Text, c.Name, f.Title)
			}
			if len(f.Remedy) == 0 {
				t.Errorf("no fix for %s", c.Text)
			}
			if d.Verdict != diagnose.Undecided {
				t.Errorf("the verdict is %s, although the text has no API server's judgement of a user's credential: %s", d.Verdict, c.Text)
			}
		}
	}
}

// TestNeighboursOfJoining: the words of other programs that resemble these messages.
func TestNeighboursOfJoining(t *testing.T) {
	for _, text := range []string{
		`error: unknown flag: --authentication`,
		`error: no matches for kind "Widget" in version "shop.example/v1"`,
		`level=error msg="access denied" user=jane path=/admin`,
		`level=error msg="auth server started at 2025-12-31T00:00:00Z"`,
		`ERROR: password rejected for user jane`,
		`level=info msg="node password verified"`,
		`Error: service-account is a required flag`,
		`the public keys are pinned`,
		`cannot create certificate: disk full`,
		`invalid configuration: jwt[0] is empty`,
		`mapper: Role not found`,
		`kubeadm-certs was renewed`,
	} {
		if got := causeOf(text); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}
