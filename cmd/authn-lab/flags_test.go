package main

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

var update = flag.Bool("update", false, "write what is compared")

// The plugin knows kube-apiserver's flags by name, so that it can read a manifest. This test generates the list.
func TestKnownFlags(t *testing.T) {
	const file = "../../pkg/simulate/kube-apiserver.flags"
	var lines []string
	app.NewAPIServerCommand().Flags().VisitAll(func(f *pflag.Flag) {
		line := f.Name
		if f.NoOptDefVal != "" {
			line += " " + f.NoOptDefVal
		}
		lines = append(lines, line)
	})
	slices.Sort(lines)
	want := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what kube-apiserver knows: go test -run TestKnownFlags -update writes it", file)
	}
}
