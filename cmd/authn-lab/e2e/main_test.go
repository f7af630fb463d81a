// Package e2e tests the program kubectl-authn with a real API server. One lab serves the whole run.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// root is the repository.
const root = "../../.."

// Variables may name existing programs to test; otherwise the run builds them.
const (
	labProgram    = "AUTHN_LAB_BIN"
	pluginProgram = "AUTHN_BIN"
)

// otherKubernetes names another release than the lab's own; its kube-apiserver is next to the lab's program.
var otherKubernetes = os.Getenv("AUTHN_KUBERNETES")

// updatePages makes the tests of pages and pictures write them.
var updatePages = os.Getenv("AUTHN_UPDATE_PAGES") != ""

// runner has the lab of all tests. They run concurrently, each in its own namespaces.
var runner *scenario.Runner

func TestMain(m *testing.M) {
	if how := os.Getenv(verifyAloneWith); how != "" {
		if err := verifyAlone(how); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) (status int) {
	fail := func(err error) int {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "authn-e2e-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)

	lab, err := program(ctx, labProgram, filepath.Join(root, "cmd", "authn-lab"), ".", filepath.Join(dir, "authn-lab"))
	if err != nil {
		return fail(err)
	}
	plugin, err := program(ctx, pluginProgram, root, "./cmd/kubectl-authn", filepath.Join(dir, "kubectl-authn"))
	if err != nil {
		return fail(err)
	}
	started := time.Now()
	running, err := start(ctx, lab, filepath.Join(dir, "lab"))
	if err != nil {
		return fail(err)
	}
	defer running.Stop()
	fmt.Printf("the lab is ready after %.1fs\n", time.Since(started).Seconds())
	runner = &scenario.Runner{Lab: running, Plugin: plugin, Printed: validate}

	ended := make(chan int, 1)
	go func() { ended <- m.Run() }()
	select {
	case status = <-ended:
	case <-ctx.Done():
		return fail(context.Cause(ctx))
	}
	// No test may have changed the cluster through the plugin.
	switch a, err := labAudit(); {
	case err != nil:
		status = fail(err)
	case len(a.wrong) > 0:
		status = fail(fmt.Errorf("by the audit log the plugin did what it must not do:\n%s", strings.Join(a.wrong, "\n")))
	default:
		fmt.Printf("the audit log: the plugin read %d times, created %v, and changed nothing; %d objects are as docs/schemas has them\n", a.read, a.created, validated.Load())
	}
	if status != 0 && os.Getenv("AUTHN_KEEP_LOGS") != "" {
		keep(running, os.Getenv("AUTHN_KEEP_LOGS"))
	}
	return status
}

// start starts a lab with the tested release.
func start(ctx context.Context, program, dir string, flags ...string) (*scenario.Lab, error) {
	if otherKubernetes != "" {
		flags = append(flags, "--kubernetes", otherKubernetes)
	}
	return scenario.Start(ctx, program, dir, progress{}, flags...)
}

// program returns the program that a variable names, or builds it.
func program(ctx context.Context, variable, dir, pkg, out string) (string, error) {
	if given := os.Getenv(variable); given != "" {
		path, err := filepath.Abs(given)
		if err == nil {
			_, err = os.Stat(path)
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", variable, err)
		}
		return path, nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", out, pkg)
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build %s: %w\n%s", pkg, err, text)
	}
	return out, nil
}

// progress shows the lab's progress messages in a verbose run only.
type progress struct{}

func (progress) Write(p []byte) (int, error) {
	if testing.Verbose() {
		return os.Stderr.Write(p)
	}
	return len(p), nil
}

// keep copies the lab's logs to a folder after a failed run.
func keep(lab *scenario.Lab, dir string) {
	_ = os.MkdirAll(dir, 0o700)
	for _, name := range []string{"kube-apiserver.log", "audit.log", "controllers.log"} {
		if data, err := os.ReadFile(lab.Path(name)); err == nil {
			_ = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
	}
}
