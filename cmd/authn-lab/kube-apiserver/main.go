// Command kube-apiserver is the kube-apiserver of another release than the lab's own, for `authn-lab up --kubernetes`.
//
// Each release has a module file here, VERSION.mod, with which it is built: `make bin/kube-apiserver-VERSION`. The go.mod
// beside them only marks the root of the module.
package main

import (
	"io"
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	// The lab holds the other end of standard input: a lab that dies, however it dies, takes its API servers along.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	os.Exit(cli.Run(app.NewAPIServerCommand()))
}
