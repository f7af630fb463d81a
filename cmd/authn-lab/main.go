// Command authn-lab starts a temporary Kubernetes control plane on loopback: etcd, kube-apiserver and the few controllers that
// authentication needs, without containers. It is also a kubectl of the same version.
//
// The commands are in root.go; run.go starts what `up` leaves running.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Exit statuses, as in kubectl authn if they mean the same.
const (
	exitFailed = 1
	exitUsage  = 3
)

func main() {
	// Under the name kubectl (the lab's link DIR/bin/kubectl), this program is the kubectl that runs the plugins.
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(runKubectl(os.Args))
	}
	if len(os.Args) > 1 {
		// Both parse their own command lines with any flags, so they are not cobra commands.
		switch os.Args[1] {
		case "kubectl":
			os.Exit(runKubectl(append([]string{"kubectl"}, os.Args[2:]...)))
		case apiServerCommand:
			os.Exit(runAPIServer(os.Args[2:]))
		}
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newRootCommand(os.Stdin, os.Stdout, os.Stderr).ExecuteContext(ctx); err != nil {
		var silent silentError
		if !errors.As(err, &silent) {
			fmt.Fprintf(os.Stderr, "error: %v\n", err)
		}
		os.Exit(exitStatus(err))
	}
}
