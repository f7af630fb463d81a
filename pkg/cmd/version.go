package cmd

import (
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// versionObject is the build as an object.
type versionObject struct {
	runtime.TypeMeta `json:",inline"`
	version.Info     `json:",inline"`
}

// DeepCopyObject implements runtime.Object.
func (v *versionObject) DeepCopyObject() runtime.Object {
	out := *v
	return &out
}

func newVersion(o *options) *cobra.Command {
	flags := output.NewFlags()
	c := &cobra.Command{
		Use:     "version",
		Short:   "Which build of kubectl authn this is",
		Long:    "Print the version, the commit, and the versions of Go and the Kubernetes libraries.\n\nAll of it comes from build information: nobody is asked.",
		Example: "  kubectl authn version\n  kubectl authn version -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			format, _, err := o.format(flags)
			if err != nil {
				return err
			}
			info := version.Get()
			obj := &versionObject{runtime.TypeMeta{APIVersion: report.APIVersion, Kind: "Version"}, info}
			return o.print(format, obj, func() error {
				line := func(name, value string) {
					if value != "" {
						fmt.Fprintf(o.env.Out, "%-11s %s\n", name, value)
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
	flags.AddFlags(c.Flags())
	return c
}
