// Command kubectl-authn is a kubectl plugin that says who the API server thinks a
// credential is, and why.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/cmd"
)

// grace is how long a command that was stopped may take to say so itself.
const grace = 200 * time.Millisecond

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// What a command puts in the place of standard error is for plugins.
	stderr := os.Stderr
	ended := make(chan int, 1)
	go func() { ended <- cmd.Main(ctx, os.Args, cmd.OS()) }()
	select {
	case status := <-ended:
		os.Exit(status)
	case <-ctx.Done():
		stop()
	}
	select {
	case status := <-ended:
		os.Exit(status)
	case <-time.After(grace):
		// It waits for what no context ends: standard input, a plugin.
		fmt.Fprintln(stderr, "error: stopped")
		os.Exit(cmd.Stopped)
	}
}
