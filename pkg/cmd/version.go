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
		Short: "Print the version",
		Long: `Print the version of kubectl authn and of the libraries it was built with.

The versions come from build information. No server is contacted.`,
		Example: `  # Print the version
  kubectl authn version

  # Print the version as JSON
  kubectl authn version -o json`,
		Annotations: map[string]string{
			exitStatuses: `0 done
3 wrong usage`,
			objectKinds: "Version",
		},
		Args: atMost(0, "no argument"),
	}
	p.prints(c, func(_ context.Context, _ []string, out *paper) error {
		return out.print(report.NewVersion(version.Get()))
	})
	return c
}
