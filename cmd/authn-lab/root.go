package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// usageError is a wrong command line: exit status 3 and a pointer to --help.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// silentError is a "no" that the command has already reported.
type silentError struct{}

func (silentError) Error() string { return "no" }

func exitStatus(err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

const rootLong = `authn-lab starts a real Kubernetes control plane on loopback to try out authentication: etcd, kube-apiserver
and the few controllers that ServiceAccounts and namespaces need, in two processes and without containers.

'authn-lab up' starts a lab in the background, and 'authn-lab down' stops and removes it. 'authn-lab sign' forges tokens and
certificates with the lab's keys or with unknown keys. 'authn-lab kubectl ...' runs kubectl.`

func newRootCommand(stdin io.Reader, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "authn-lab",
		Short:         "Start a temporary Kubernetes control plane to try out authentication",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q, see 'authn-lab --help'", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w, see '%s --help'", err, cmd.CommandPath())
	})
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		newUpCommand(),
		newDownCommand(),
		newRunCommand(),
		newAPIServerCommand(),
		newStatusCommand(),
		newSignCommand(),
		newContainerCommand(),
		newEnterCommand(),
		newDemoCommand(),
		newPictureCommand(),
		newVersionCommand(),
		// main handles this command before cobra parses the command line; here, it is only for the help.
		&cobra.Command{
			Use:                "kubectl [flags] [command]",
			Short:              "Run a kubectl of the same version as the lab's API server",
			DisableFlagParsing: true,
			Run:                func(*cobra.Command, []string) {},
		},
	)
	return root
}

// noArgs is cobra.NoArgs with the exit status of a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, got %q", cmd.CommandPath(), args[0])
	}
	return nil
}
