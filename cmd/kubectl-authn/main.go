// Command kubectl-authn is a kubectl plugin that explains why the Kubernetes API server accepts or
// rejects a credential, and as which user.
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
	// A second signal ends the program immediately.
	context.AfterFunc(ctx, stop)
	os.Exit(cmd.Main(ctx, os.Args, cmd.OS()))
}
