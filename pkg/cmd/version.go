package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

func newVersion(p *printing) *cobra.Command {
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
	}
	p.prints(c, func(_ context.Context, _ []string, out *paper) error {
		return out.print(report.NewVersion(version.Get()))
	})
	return c
}
