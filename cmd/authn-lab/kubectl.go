package main

import (
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the auth plugins that a released kubectl has
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// runKubectl is kubectl's own main (k8s.io/kubernetes/cmd/kubectl). args[0] is the program's name: kubectl looks for plugins
// (kubectl-authn) on PATH if args[1] is not one of its commands.
func runKubectl(args []string) int {
	// kubectl and cobra both read os.Args.
	os.Args = args
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(args)) // fails only for a verbosity that kubectl itself rejects below
	command := cmd.NewDefaultKubectlCommand()
	if err := cli.RunNoErrOutput(command); err != nil {
		cmdutil.CheckErr(err) // prints, and exits with kubectl's own status
	}
	return 0
}
