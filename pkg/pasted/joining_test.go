package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// The headline names what failed, and no credential of a user was judged.
func TestJoining(t *testing.T) {
	for _, c := range pastedtest.Joining {
		d, ok := FromText(c.Text)
		if !ok {
			t.Errorf("%s is not known", c.Name)
			continue
		}
		if title := d.Findings[0].Title; !strings.Contains(title.String(), c.Name) {
			t.Errorf("the title of %s does not contain %q: %s", c.Text, c.Name, title)
		}
		if d.Verdict != diagnose.Undecided {
			t.Errorf("the verdict is %s, although the text has no API server's judgement of a user's credential: %s", d.Verdict, c.Text)
		}
	}
}

// Words of other programs that resemble these messages.
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
