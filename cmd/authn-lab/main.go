// Command authn-lab starts a throw-away Kubernetes control plane on loopback: etcd, kube-apiserver and the few
// controllers that authentication needs, with no containers. It is also a kubectl of the same version.
//
// The commands are in root.go; what `up` leaves running is put together in run.go.
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

// Exit statuses, those of kubectl authn where they mean the same.
const (
	exitFailed = 1
	exitUsage  = 3
)

func main() {
	// A symbolic link named kubectl (the lab's DIR/bin/kubectl) makes this program the kubectl that plugins are tried with.
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(runKubectl(os.Args))
	}
	if len(os.Args) > 1 {
		// Both parse their own command line, flags of any name included, so they are not cobra commands of ours.
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
