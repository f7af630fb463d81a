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
		Args: atMost(1, "at most one ID"),
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
		err := usage(finding.Errorf("no finding has the ID %q", finding.Standard(args[0])))
		if near := similar(args[0]); len(near) > 0 {
			return err.hint(finding.T("did you mean %s?", finding.Syntax(strings.Join(near, " or "))))
		}
		return err.hint(finding.T("to list all findings, run: kubectl authn findings"))
	}
	return out.print(report.NewFindingList(entry))
}

// similar returns the IDs that have the same beginning or share words with a text, the closest first.
func similar(written string) []string {
	written = strings.ToLower(written)
	words := strings.FieldsFunc(written, func(r rune) bool { return r == '-' || r == '_' || r == ' ' })
	score := func(id finding.ID) int {
		n := 0
		letters, typed := strings.ReplaceAll(string(id), "-", ""), strings.Join(words, "")
		for n < len(letters) && n < len(typed) && letters[n] == typed[n] {
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
	var near []string
	for _, id := range out[:min(3, len(out))] {
		if 2*score(id) > score(out[0]) {
			near = append(near, string(id))
		}
	}
	return near
}
