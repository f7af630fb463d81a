package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

func newUpCommand() *cobra.Command {
	var o labOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a lab in the background",
		Long: `Start a lab in the background and wait until it is ready. Progress goes to standard error. Standard output has the shell
commands that select the lab's kubectl and kubeconfig.

Each lab has its own folder (--dir) and ports, so several labs can run at the same time. If the lab of the folder is already
up, the command reports that and changes nothing.`,
		Example: `  # start a lab and use it in this shell
  eval "$(authn-lab up)"
  kubectl get serviceaccounts

  # a lab whose API server is older (make bin/kube-apiserver-v1.30.14)
  authn-lab up --kubernetes v1.30.14

  # a lab whose API server accepts one issuer only
  authn-lab up --dir /tmp/one --apiserver-flag service-account-issuer=https://issuer.example`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.up(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	o.addFlags(cmd)
	return cmd
}

func (o *labOptions) up(ctx context.Context, stdout, stderr io.Writer) error {
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	// up reports the usage errors of run itself, before it writes a log to a folder that may not be a lab's.
	if err := (&flagList{}).override(o.apiServerFlags); err != nil {
		return err
	}
	chosen, err := findRelease(o.kubernetes)
	if err != nil {
		return err
	}
	switch _, err := dir.readState(); {
	case err == nil:
		if running, err := dir.running(); err != nil {
			return err
		} else if running {
			return o.alreadyUp(ctx, dir, stdout, stderr)
		}
	case !errors.Is(err, errNoLab):
		return err
	}

	if err := os.MkdirAll(string(dir), 0o700); err != nil {
		return err
	}
	if err := dir.writeState(state{Phase: phaseStarting, Kubernetes: chosen.version}); err != nil { // marks the folder as a lab's
		return err
	}
	log, err := os.Create(dir.labLog())
	if err != nil {
		return err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"run", "--dir", o.dir, "--kubernetes", chosen.version, "--timeout", o.timeout.String()}
	for _, flag := range o.apiServerFlags {
		args = append(args, "--apiserver-flag", flag)
	}
	process := exec.Command(self, args...)
	process.Stderr = log
	process.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // outlives the terminal
	if err := process.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		_ = process.Wait()
		close(exited)
	}()

	// run writes its progress and its error to lab.log.
	told, err := os.Open(dir.labLog())
	if err != nil {
		return err
	}
	defer told.Close()
	for {
		s, stateErr := dir.readState()
		ready := stateErr == nil && s.PID == process.Process.Pid && s.Phase == phaseReady
		if _, err := io.Copy(stderr, told); err != nil {
			return err
		}
		if ready {
			printExports(stdout, dir)
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-exited:
			_, _ = io.Copy(stderr, told)
			fmt.Fprintf(stderr, "The logs are in %s; 'authn-lab down%s' removes them.\n", dir, o.dirFlag())
			return silentError{}
		case <-ctx.Done():
			_ = process.Process.Signal(syscall.SIGTERM)
			<-exited
			_, _ = io.Copy(stderr, told)
			return errors.New("interrupted, the lab was stopped")
		}
	}
}

// alreadyUp waits for a lab that another `up` starts.
func (o *labOptions) alreadyUp(ctx context.Context, dir labDir, stdout, stderr io.Writer) error {
	deadline := time.After(o.timeout)
	for {
		s, err := dir.readState()
		if err != nil {
			return err
		}
		switch s.Phase {
		case phaseReady:
			fmt.Fprintf(stderr, "A lab is already up in %s: Kubernetes %s at %s.\n", dir, s.Kubernetes, s.Server)
			printHints(stderr, dir, o.dirFlag())
			printExports(stdout, dir)
			return nil
		case phaseFailed, phaseStopped:
			return fmt.Errorf("the lab in %s is stopping, try again", dir)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("the lab in %s has been starting for more than %s", dir, o.timeout)
		}
	}
}

// dirFlag returns the --dir for a hint; empty for the default.
func (o *labOptions) dirFlag() string {
	if o.dir == ".authn-lab" {
		return ""
	}
	return " --dir " + shellQuote(o.dir)
}

// printHints writes hints for users to standard error.
func printHints(stderr io.Writer, dir labDir, dirFlag string) {
	fmt.Fprintf(stderr, `In %[1]s are kubeconfig (an administrator's), nobody.kubeconfig, static.kubeconfig, sa.pub and other
keys, audit.log and kube-apiserver.log. 'authn-lab sign --help' forges tokens and certificates, 'authn-lab down%[2]s' removes
it all. To use it, eval "$(authn-lab up%[2]s)" or:
`, dir, dirFlag)
}

// printExports writes shell commands to standard output.
func printExports(stdout io.Writer, dir labDir) {
	path := shellQuote(dir.binDir())
	if self, err := os.Executable(); err == nil {
		// kubectl-authn is next to authn-lab.
		path += ":" + shellQuote(filepath.Dir(self))
	}
	fmt.Fprintf(stdout, "export KUBECONFIG=%s\nexport PATH=%s:\"$PATH\"\n", shellQuote(dir.adminKubeconfig()), path)
}

func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
