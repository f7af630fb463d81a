// Command kubectl-authn is a kubectl plugin that says who the API server thinks a
// credential is, and why.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/kubectl-authn/kubectl-authn/pkg/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cmd.Main(ctx, os.Args, cmd.OS())
	stop()
	os.Exit(status)
}
