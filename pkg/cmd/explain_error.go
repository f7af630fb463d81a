package cmd

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
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

// longText is the length of a pasted text, in bytes, that needs more memory than a short run has.
const longText = 64 << 10

// longestName is the length of a text, in bytes, that may be the name of a file.
const longestName = 1024

// explainError explains the text of an error. It opens no connection and reads no kubeconfig.
func (x *explainCommand) explainError(args []string, out *paper) error {
	if err := x.alone(args, "--error"); err != nil {
		if len(args) > 0 {
			err = err.hint(finding.T("quote an error of several words, as in --error 'TEXT', or use --error - for standard input"))
		}
		return err
	}
	text := x.pasted
	from := finding.T("--error")
	if text == "-" {
		from = credential.Stdin
		data, err := x.inputs.read("-", "--error", input.MaxGiven)
		if err != nil {
			return err
		}
		text = string(unmarked(data))
	}
	if strings.TrimSpace(text) == "" {
		return usage(finding.Errorf("%s is empty", from))
	}
	if len(text) > longText {
		brief.Long()
	}
	d, ok := pasted.FromText(text)
	switch {
	case !ok && strings.Contains(text, errortext.Refusal):
		return undecided(finding.Errorf("the text is the beginning of an API server's log line, without the reason")).
			hint(finding.T("paste the whole line: the reason follows err="))
	case !ok && x.isFile(text):
		return usage(finding.Errorf("--error takes the text of an error, and %s is a file", finding.File.Of(text))).
			hintRun(finding.T("to explain the text in the file, run:"), finding.Run("kubectl authn explain --error -").From(finding.File.Of(text)))
	case !ok:
		return undecided(finding.Errorf("the text contains no known authentication error")).
			hint(finding.T("paste the whole error, or the API server's log lines that contain 'Unable to authenticate the request'")).
			hint(finding.T("to ask the API server about the credential itself, run: kubectl authn explain"))
	}
	return x.print(out, report.FromText(d), verdictStatus(d.Verdict))
}

// isFile reports whether the argument of --error is the name of a file rather than the text of an error.
func (x *explainCommand) isFile(text string) bool {
	if x.pasted == "-" || len(text) > longestName || strings.ContainsAny(text, "\n\x00") {
		return false
	}
	at, err := x.inputs.files.Stat(text)
	return err == nil && at.Mode().IsRegular()
}

// printSaved prints a report that was saved with -o json. It opens no connection and reads no kubeconfig.
func (x *explainCommand) printSaved(args []string, out *paper) error {
	if err := x.alone(args, "--report"); err != nil {
		return err
	}
	for _, other := range []string{"error", "log"} {
		if x.flags.Changed(other) {
			return usage(finding.Errorf("--report and --%s cannot be combined", finding.Syntax(other)))
		}
	}
	if x.saved == "" {
		return usage(finding.Errorf("--report is empty"))
	}
	data, err := x.inputs.read(x.saved, "--report", input.MaxNamed)
	if err != nil {
		return err
	}
	saved, err := output.Saved(unmarked(data))
	if err != nil {
		return usage(finding.Errorf("--report %s is not a report of 'kubectl authn explain -o json': %s", finding.File.Of(x.saved), finding.Err(err))).
			hint(finding.T("to save a report, run: kubectl authn explain -o json > report.json"))
	}
	if saved.ExplainedAt != nil {
		out.now = saved.ExplainedAt.Time
	}
	err = out.end(saved, verdictStatus(diagnose.Verdict(saved.Verdict)))
	if out.hiding.withheld() {
		x.notice(finding.T("note: some texts are withheld, because a saved report does not mark every name; to keep these texts, run the original command with --anonymize"))
	}
	return err
}

// alone returns an error if the command line has an argument or a flag about a credential beside flag.
func (x *explainCommand) alone(args []string, flag string) *failure {
	if len(args) > 0 {
		return usage(finding.Errorf("%s and a CREDENTIAL cannot be combined", finding.Syntax(flag)))
	}
	for _, name := range aboutCredentials {
		if x.flags.Changed(name) {
			return usage(finding.Errorf("%s and --%s cannot be combined", finding.Syntax(flag), finding.Syntax(name)))
		}
	}
	return nil
}
