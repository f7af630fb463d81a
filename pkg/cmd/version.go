package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

func newVersion(o *options) *cobra.Command {
	flags := output.NewFlags()
	c := &cobra.Command{
		Use:   "version",
		Short: "Say which build of kubectl authn this is",
		Long: `Say which build of kubectl authn this is, and which libraries are in it.

All of it comes from build information: nobody is asked.`,
		Example: `  # Which version is this?
  kubectl authn version

  # The same for a script
  kubectl authn version -o json`,
		Annotations: map[string]string{
			exitStatuses: `0 done
3 wrong usage`,
			objectKinds: "Version",
		},
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			format, _, err := o.format(flags)
			if err != nil {
				return err
			}
			info := version.Get()
			return o.print(format, report.NewVersion(info), func() error {
				line := func(name, value string) {
					if value != "" {
						fmt.Fprintf(o.env.Out, "%-9s  %s\n", name, value)
					}
				}
				line("version", info.Version)
				line("commit", info.Commit)
				line("date", info.Date)
				line("go", info.Go)
				line("client-go", info.Client)
				line("apiserver", info.Apiserver)
				return nil
			})
		},
	}
	section(c, headOutput, flags.AddFlags)
	return c
}
