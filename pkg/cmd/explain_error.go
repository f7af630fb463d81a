package cmd

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
)

// aboutCredentials are the flags of explain that make no sense for a pasted error, a log or a report.
var aboutCredentials = []string{"filename", "container", "path", "exec", "audience", "issuer-url", "ca-file", "repeat", "each-server", "endpoint"}

// explainError explains the text of an error. It opens no connection and reads no
// kubeconfig.
func (x *explainCommand) explainError(args []string, out *paper) error {
	if err := x.alone(args, "--error explains a text"); err != nil {
		if len(args) > 0 {
			err = err.hint("an error of several words has to be quoted: --error 'TEXT', or --error - for standard input")
		}
		return err
	}
	text := x.pasted
	from := "--error"
	if text == "-" {
		from = "standard input"
		data, err := x.inputs.read("-", "--error", input.MaxGiven)
		if err != nil {
			return err
		}
		text = string(unmarked(data))
	}
	if strings.TrimSpace(text) == "" {
		return usage("%s is empty: there is nothing to explain", from)
	}
	d, ok := pasted.FromText(text)
	switch {
	case !ok && strings.Contains(text, errortext.Refusal):
		return undecided("the text begins as the API server's log line does that has the reason, and ends before it").
			hint("paste the whole line: the reason stands behind err=")
	case !ok:
		return undecided("nothing in the text is a known message about authentication").
			hint("paste the whole error, or the API server's log lines with `Unable to authenticate the request`").
			hint("`kubectl authn explain` without --error asks the API server about the credential itself")
	}
	return x.print(out, report.FromText(d))
}

// printSaved prints a report that was printed with -o json. It opens no connection and reads no
// kubeconfig.
func (x *explainCommand) printSaved(args []string, out *paper) error {
	if err := x.alone(args, "--report prints a saved report"); err != nil {
		return err
	}
	for _, other := range []string{"error", "log"} {
		if x.flags.Changed(other) {
			return usage("--report prints a saved report, and --%s explains something else: choose one", other)
		}
	}
	if x.saved == "" {
		return usage("--report is empty: it names no file")
	}
	data, err := x.inputs.read(x.saved, "--report", input.MaxNamed)
	if err != nil {
		return err
	}
	saved, err := output.Saved(unmarked(data))
	if err != nil {
		return usage("--report %s holds no report of 'kubectl authn explain -o json': %w", x.saved, err)
	}
	if saved.ExplainedAt != nil {
		out.now = saved.ExplainedAt.Time
	}
	err = out.end(saved, verdictStatus(diagnose.Verdict(saved.Verdict)))
	if out.hiding.withheld() {
		x.notice(finding.T("note: texts are withheld: a saved report does not mark every name in them; the command that made it keeps them, with --anonymize"))
	}
	return err
}

// alone holds that nothing on the command line is about a credential; what is what the
// command does instead.
func (x *explainCommand) alone(args []string, what string) *failure {
	if len(args) > 0 {
		return usage("%s, and a CREDENTIAL is given as well: choose one", what)
	}
	for _, name := range aboutCredentials {
		if x.flags.Changed(name) {
			return usage("%s, and --%s is about a credential: choose one", what, name)
		}
	}
	return nil
}
