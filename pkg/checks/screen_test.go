package checks_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

// mostScreen is the number of rows of a terminal with 24 rows, without the prompt.
const mostScreen = 22

// The first screen of each case is one screen at 80 columns. A command of several lines, which is a file to paste,
// counts as one.
func TestFirstScreens(t *testing.T) {
	kubeconfig := finding.Run("--kubeconfig").Arg(finding.File.Of("/home/jane/.kube/production.yaml"))
	checks.Cases(func(name string, given *evidence.Evidence) {
		x := report.FromDiagnoses(given, []*diagnose.Diagnosis{diagnose.Run(diagnose.NewCase(given), checks.All)})
		for i := range x.Findings {
			x.Findings[i].Remedy = slices.Clone(x.Findings[i].Remedy)
			for j := range x.Findings[i].Remedy {
				r := &x.Findings[i].Remedy[j]
				r.Command = r.Command.With(kubeconfig, kubeconfig)
			}
		}
		var out bytes.Buffer
		if err := (&terminal.Printer{W: &out, Width: 80}).Print(x.Document(checks.Now)); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		rows := strings.Count(text, "\n")
		if _, file, found := strings.Cut(text, "<<'EOF'\n"); found {
			file, _, _ = strings.Cut(file, "\nEOF\n")
			rows -= strings.Count(file, "\n") + 2
		}
		// Each server and each further finding has a line that is never folded. The limit includes one of them.
		further := 0
		for _, f := range x.Findings {
			if f.ID != x.Cause && f.Explains() && f.Severity != finding.Info {
				further += 1 + len(f.Title.String()+string(f.ID))/60
			}
		}
		if x.Servers != nil {
			further += len(x.Servers.Items)
		}
		rows -= max(further-1, 0)
		if rows > mostScreen {
			t.Errorf("%s: %d rows:\n%s", name, rows, text)
		}
	})
}

// A step for an administrator has a mark, which a saved report derives from its first words, and the administrator
// runs its command.
func TestAskingIsMarked(t *testing.T) {
	checks.Cases(func(name string, given *evidence.Evidence) {
		for _, f := range diagnose.Run(diagnose.NewCase(given), checks.All).Findings {
			for _, r := range f.Remedy {
				text := r.Description.String()
				if strings.HasPrefix(text, "Ask an administrator ") && !r.Asks || r.Asks && !r.Command.IsZero() && !r.Command.TakesOthers() {
					t.Errorf("%s, %s: %s: asks: %t, command: %s, for others: %t", name, f.ID, text, r.Asks, r.Command, r.Command.TakesOthers())
				}
			}
		}
	})
}
