package e2e

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestCallToServe calls a service whose callers `serve` identifies, with real tokens and a real API server: the right
// audience, a wrong one, a deleted ServiceAccount, and tokens that are not sent.
func TestCallToServe(t *testing.T) {
	const namespace = "call-serve"
	for _, args := range [][]string{
		{"kubectl", "create", "namespace", namespace},
		{"kubectl", "--namespace", namespace, "create", "serviceaccount", "cart"},
	} {
		labCommand(t, args...)
	}
	kubeconfig := tokenKubeconfig()
	address := startServe(t, "--kubeconfig", kubeconfig, "--audience", "reports", "--cache-ttl", "1s")
	call := func(args ...string) (int, string) {
		cmd := exec.Command(runner.Plugin, append([]string{"call", "http://" + address + "/api", "--kubeconfig", kubeconfig, "--namespace", namespace}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), strings.Join(strings.Fields(string(out)), " ")
	}
	keep := func(audience ...string) string {
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(labCommand(t, append([]string{"kubectl", "--namespace", namespace, "create", "token", "cart"}, audience...)...)), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	kept := keep("--audience", "reports")
	for _, c := range []struct {
		name string
		args []string
		want int
		says []string
	}{
		{"right audience", []string{"sa/cart", "--audience", "reports"}, 0, []string{"✓ Accepted: status 200", "system:serviceaccount:" + namespace + ":cart"}},
		{"from a file", []string{"-f", kept, "--count", "2", "--every", "10ms"}, 0, []string{"call 2 at"}},
		{"wrong audience", []string{"sa/cart", "--audience", "vault"}, 1, []string{"[audience-mismatch]", "reports", "vault"}},
		{"for the API server", []string{"-f", keep()}, 3, []string{"the token was not sent"}},
		{"for both", []string{"sa", "cart", "--audience", "reports", "--audience", issuer(t, keep())}, 3, []string{"the token was not sent"}},
		{"the caller's own", []string{"context"}, 3, []string{"the token was not sent"}},
	} {
		status, out := call(c.args...)
		if status != c.want {
			t.Errorf("%s: %d, want %d\n%s", c.name, status, c.want, out)
		}
		for _, says := range c.says {
			if !strings.Contains(out, says) {
				t.Errorf("%s does not say %s:\n%s", c.name, says, out)
			}
		}
	}

	labCommand(t, "kubectl", "--namespace", namespace, "delete", "serviceaccount", "cart")
	// The API server keeps an accepted token for ten seconds, and serve for one.
	deadline := time.Now().Add(30 * time.Second)
	for {
		status, out := call("-f", kept)
		if status == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the token of a deleted ServiceAccount is still accepted: %d\n%s", status, out)
		}
		time.Sleep(time.Second)
	}
}

// issuer returns the issuer of a token in a file.
func issuer(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command(runner.Plugin, "inspect", "-f", file, "-o", "jsonpath={.credential.claims.iss}").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// startServe starts serve and returns its address.
func startServe(t *testing.T, args ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	ctx, stop := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, runner.Plugin, append([]string{"serve", "--listen", address, "--health-listen", ""}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
	})
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return address
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("serve does not listen")
	return ""
}
