package cmd

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageTemplate is cobra's, with kubectl's own flags kept apart: they are the same
// everywhere, and `kubectl authn options` lists them.
const usageTemplate = `Usage:
{{- if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}{{$cmds := .Commands}}{{range $group := .Groups}}

{{.Title}}{{range $cmds}}{{if (and (eq .GroupID $group.ID) (or .IsAvailableCommand (eq .Name "help")))}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}{{if .HasParent}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}{{end}}

Use "kubectl authn options" for the flags of all commands, which are kubectl's.{{if .HasAvailableSubCommands}}
Use "kubectl authn COMMAND --help" for more about a command.{{end}}
`

// newOptions lists the flags that all commands share, as `kubectl options` does.
func newOptions(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "options",
		Short:   "The flags of all commands, which are kubectl's",
		Long:    "List the flags of all commands.\n\nThey say who asks, and which cluster; they never belong to the credential under test.",
		Example: "  kubectl authn options",
		GroupID: "other",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "These flags can be given to any command:\n\n%s\n", strings.TrimRight(root.PersistentFlags().FlagUsagesWrapped(80), "\n"))
			return err
		},
	}
}
