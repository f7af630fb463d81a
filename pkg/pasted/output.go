package pasted

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Output is what an exec plugin that failed wrote to standard error.
type Output struct {
	Command string
	// ExitCode is 0 if it is not known.
	ExitCode int
	Lines    []string
}

// FromPlugin returns the finding about a failed exec plugin with the headline, the meaning and the fix that the plugin's
// output gives, as FromText does for a pasted one. The finding has no remedy yet. FromPlugin returns false if neither the
// output nor the exit code says more than the finding.
func FromPlugin(f finding.Finding, out Output) (finding.Finding, bool) {
	name, code := baseOf(out.Command), strconv.Itoa(out.ExitCode)
	if said, ok := explaining(out); ok {
		said = with(said, "command", out.Command)
		f.Evidence = saidFirst(f.Evidence, said.Text)
		detail := finding.T("%s. The plugin's output: %s", f.Detail, clipped(strings.TrimRight(said.Text, ". ")))
		return withKeyFix(f.Saying(withMeaning(detail, said)), said)
	}
	p := programs()[name]
	switch {
	case ofShell(code):
		return ofShellCode(f, finding.Program.Of(name), code), true
	case f.ID != finding.ExecPluginFailed || out.ExitCode == 0 || p.login.todo.IsZero():
		return f, false
	}
	return ofExitCode(f, name, code).
		Fix("If the plugin still fails, run it in a terminal and correct what it reports on standard error.", finding.Command{}), true
}

// saidFirst returns the evidence with the line of a message before the other lines of its source.
func saidFirst(evidence []finding.Evidence, text string) []finding.Evidence {
	const enough = 24
	text = strings.Join(strings.Fields(text[:min(len(text), enough)]), " ")
	at := slices.IndexFunc(evidence, func(e finding.Evidence) bool { return strings.Contains(e.Value.String(), text) })
	if at < 0 {
		return evidence
	}
	source := evidence[at].Source.String()
	first := slices.IndexFunc(evidence, func(e finding.Evidence) bool { return e.Source.String() == source })
	out := slices.Delete(slices.Clone(evidence), at, at+1)
	return slices.Insert(out, first, evidence[at])
}

// explaining returns the message of the output that explains the failure; false if none does.
func explaining(out Output) (reason, bool) {
	// client-go's own message shows that the text is about an exec plugin.
	const exit = "\ngetting credentials: exec: executable plugin failed with exit code 1"
	reasons := attributed(messages(strings.Join(append(slices.Clone(out.Lines), exit), "\n")))
	reasons = slices.DeleteFunc(reasons, func(r reason) bool {
		_, known := fixes()[r.Key]
		return !known || r.Stage != errortext.Plugin && r.Stage != errortext.Service
	})
	if len(reasons) == 0 {
		return reason{}, false
	}
	return ranked(reasons)[0], true
}
