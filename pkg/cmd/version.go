package cmd

import (
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
			format, p, err := o.format(flags)
			if err != nil {
				return err
			}
			return o.print(format, p, report.NewVersion(version.Get()))
		},
	}
	section(c, headOutput, flags.AddFlags)
	return c
}
