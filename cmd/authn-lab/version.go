package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/spf13/cobra"
	clientversion "k8s.io/client-go/pkg/version"
	"k8s.io/component-base/version"
)

// A Kubernetes binary gets its version from linker flags. A plain `go build` has none, so the program would be v0.0.0-master and
// mislead kubectl and tools that compare versions. Therefore, these variables, which the linker flags set, are set from the
// build's list of modules.

//go:linkname componentGitVersion k8s.io/component-base/version.gitVersion
var componentGitVersion string

//go:linkname clientGitVersion k8s.io/client-go/pkg/version.gitVersion
var clientGitVersion string

var kubernetesVersion = func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "k8s.io/kubernetes" {
				return dep.Version
			}
		}
	}
	return "unknown"
}()

func init() {
	if !strings.HasPrefix(kubernetesVersion, "v") {
		return
	}
	componentGitVersion = kubernetesVersion
	clientGitVersion = kubernetesVersion
	// Get returns a version that was copied before this init ran.
	if err := version.SetDynamicVersion(kubernetesVersion); err != nil {
		panic(fmt.Sprintf("cannot set the Kubernetes version: %v", err))
	}
	_ = clientversion.Get // keeps the package, whose variable is set above, in the import graph
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the lab's components",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			etcd := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, dep := range info.Deps {
					if dep.Path == "go.etcd.io/etcd/server/v3" {
						etcd = dep.Version
					}
				}
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "kubernetes %s\netcd %s\n%s %s/%s\n",
				kubernetesVersion, etcd, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
