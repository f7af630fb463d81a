package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDemoAnswersFirst runs the simulation that `make demo` shows while the lab is built.
func TestDemoAnswersFirst(t *testing.T) {
	root := filepath.Join("..", "..")
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^DEMO = (.*\\\n.*)$`).FindSubmatch(makefile)
	if flags == nil {
		t.Fatal("the Makefile has no DEMO")
	}
	args := append([]string{"simulate"}, strings.Fields(strings.ReplaceAll(string(flags[1]), "\\\n", " "))...)
	simulate := exec.Command("kubectl-authn", args...)
	simulate.Dir = root
	out, _ := simulate.Output()
	if status := simulate.ProcessState.ExitCode(); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	for _, want := range []string{"✗ Rejected: ", "[issuer-not-trusted]", `"https://idp.example.com/"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the output has no %q:\n%s", want, out)
		}
	}
}
