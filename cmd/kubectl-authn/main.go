// Command kubectl-authn is a kubectl plugin that says who the API server thinks a
// credential is, and why.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/cmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program, whatever it does.
	context.AfterFunc(ctx, stop)
	os.Exit(cmd.Main(ctx, os.Args, cmd.OS()))
}
