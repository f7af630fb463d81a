package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkStartup alternates between whole processes: `inspect` of a token, and `kubectl version --client` of a
// kubectl that is a program of its own. The result is the ratio; docs/benchmarks.md has it. AUTHN_OTHER_BIN names
// another build of the plugin to measure in the same turns.
func BenchmarkStartup(b *testing.B) {
	dir := b.TempDir()
	kubectl := filepath.Join(dir, "kubectl")
	build := exec.CommandContext(context.Background(), "go", "build", "-ldflags=-s -w", "-o", kubectl, "k8s.io/kubernetes/cmd/kubectl")
	build.Dir = filepath.Join(root, "cmd", "authn-lab")
	if text, err := build.CombinedOutput(); err != nil {
		b.Fatalf("cannot build kubectl: %v\n%s", err, text)
	}
	token := filepath.Join(dir, "token")
	signed, err := exec.Command(runner.Lab.Program, "sign", "token", "--dir", runner.Lab.Dir, "--key", "sa", "--claims", `{"iss":"https://issuer.example","exp":"$now+1h"}`).Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(token, signed, 0o600); err != nil {
		b.Fatal(err)
	}
	other := os.Getenv("AUTHN_OTHER_BIN")
	var ours, theirs, others time.Duration
	for b.Loop() {
		if other != "" {
			others += whole(b, other, "inspect", "-f", token)
		}
		ours += whole(b, runner.Plugin, "inspect", "-f", token)
		theirs += whole(b, kubectl, "version", "--client")
	}
	n := float64(b.N)
	b.ReportMetric(ours.Seconds()*1000/n, "inspect-ms")
	b.ReportMetric(theirs.Seconds()*1000/n, "kubectl-ms")
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "ratio")
	if other != "" {
		b.ReportMetric(others.Seconds()*1000/n, "other-ms")
		b.ReportMetric((ours-others).Seconds()*1000/n, "more-ms")
	}
}

// whole runs a program to its end and returns the elapsed time.
func whole(b *testing.B, program string, args ...string) time.Duration {
	started := time.Now()
	if text, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", filepath.Base(program), err, text)
	}
	return time.Since(started)
}
