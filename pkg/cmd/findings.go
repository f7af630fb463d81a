package cmd

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
)

func newFindings(p *printing) *cobra.Command {
	c := &cobra.Command{
		Use:   "findings [ID]",
		Short: "Look up what a finding means, and how to fix it",
		Long: `Look up what a finding means, how it is detected, and how to fix it.

Reports show the ID of each finding in brackets. Without an ID, the command
lists all findings.`,
		Example: `  # List all findings
  kubectl authn findings

  # Look up one finding
  kubectl authn findings audience-mismatch`,
		Annotations: map[string]string{
			exitStatuses: `0 done
3 wrong usage, or no such finding`,
			objectKinds: "FindingList",
		},
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var out []string
			for _, e := range finding.Catalogue {
				out = append(out, string(e.ID)+"\t"+e.Title)
			}
			return out, cobra.ShellCompDirectiveNoFileComp
		},
	}
	p.prints(c, explainFinding, output.Markdown)
	return c
}

// explainFinding prints the page of one finding, or a list of all.
func explainFinding(_ context.Context, args []string, out *paper) error {
	if len(args) == 0 {
		return out.print(report.NewFindingList(finding.Catalogue...))
	}
	entry, ok := finding.Lookup(finding.ID(args[0]))
	if !ok {
		err := usage("no finding has the ID %q", args[0])
		for _, id := range similar(args[0]) {
			err.hint("there is %s", id)
		}
		return err
	}
	return out.print(report.NewFindingList(entry))
}

// similar returns the IDs closest to what was written: those that begin alike, or
// share words with it.
func similar(written string) []finding.ID {
	written = strings.ToLower(written)
	words := strings.FieldsFunc(written, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	score := func(id finding.ID) int {
		n := 0
		for n < len(id) && n < len(written) && id[n] == written[n] {
			n++
		}
		for _, w := range words {
			if slices.Contains(strings.Split(string(id), "-"), w) {
				n += len(w)
			}
		}
		return n
	}
	var out []finding.ID
	for _, e := range finding.Catalogue {
		if score(e.ID) > 3 {
			out = append(out, e.ID)
		}
	}
	slices.SortStableFunc(out, func(a, b finding.ID) int { return score(b) - score(a) })
	return out[:min(3, len(out))]
}
