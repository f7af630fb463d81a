package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// If only an administrator can act, the first screen says what to ask for. Details and markdown have the message
// for the administrator, with the data that identify the request and the commands.
func TestMessageToAnAdministrator(t *testing.T) {
	const title, ask, command = "Message to an administrator", "Ask an administrator for a new token", "kubectl create token robot"
	x := explainExpired()
	x.Findings[0].Remedy = nil
	x.Findings[0] = x.Findings[0].Ask(ask+" of ServiceAccount ci/robot.", finding.Run(command)).Fix("Write the new token to token.", finding.Command{})
	short, whole := printed(t, x, false), printed(t, x, true)
	if !strings.Contains(short, ask) || strings.Contains(short, command) || strings.Contains(short, title) {
		t.Errorf("the first screen:\n%s", short)
	}
	var markdown bytes.Buffer
	if err := (&Printer{W: &markdown, Now: now}).markdown(x); err != nil {
		t.Fatal(err)
	}
	for how, text := range map[string]string{"details": whole, "markdown": markdown.String()} {
		_, message, found := strings.Cut(text, title)
		for _, want := range []string{ask, command, x.Server.AuditID, x.Server.URL, "2026-05-24", "jti", string(x.Cause)} {
			if !found || !strings.Contains(message, want) {
				t.Errorf("%s: the message has no %q:\n%s", how, want, text)
			}
		}
	}

	x.Verdict, x.Cause = Accepted, ""
	if whole := printed(t, x, true); strings.Contains(whole, title) {
		t.Errorf("accepted:\n%s", whole)
	}
	x = explainExpired()
	if whole := printed(t, x, true); strings.Contains(whole, title) {
		t.Errorf("nothing to ask for:\n%s", whole)
	}
}
