package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is a path under which this test is kubectl-authn, in an environment without a cluster.
func program(t *testing.T) string {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubectl-authn")
	if err := os.Symlink(executable, path); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("HOME", t.TempDir())
	return path
}

// ended is how a process ended: its status, or the signal that ended it.
func ended(t *testing.T, err error) (status int, by syscall.Signal) {
	t.Helper()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		if err != nil {
			t.Fatal(err)
		}
		return 0, 0
	}
	s := exit.Sys().(syscall.WaitStatus)
	if s.Signaled() {
		return -1, s.Signal()
	}
	return s.ExitStatus(), 0
}

// A device that is full, a stream that is closed.
func TestStandardStreams(t *testing.T) {
	k := program(t)
	const diskFull = "error: the result could not be written to standard output: no space left on device\n"
	for line, want := range map[string]struct {
		status int
		err    string
	}{
		"version > /dev/full":                     {2, diskFull},
		"completion bash > /dev/full":             {2, diskFull},
		"--help > /dev/full":                      {2, diskFull},
		"findings > /dev/full":                    {2, diskFull},
		"findings -o yaml > /dev/full":            {2, diskFull},
		"explain --error Unauthorized >/dev/full": {2, diskFull},
		"__complete ins > /dev/full":              {2, ""},
		"mint robot >&-":                          {2, "error: standard output is closed, so no token was requested\nhint: to request a token and discard it, redirect the output: > /dev/null\n"},
		"version > /dev/null":                     {0, ""},
		"version 2>&- > /dev/null":                {0, ""},
		"bogus 2>&-":                              {3, ""},
		"bogus 2> /dev/full":                      {3, ""},
		"version <&- > /dev/null":                 {0, ""},
		"inspect - <&- > /dev/null 2>&1":          {3, ""},
	} {
		c := exec.Command("/bin/sh", "-c", `"$0" `+line, k)
		var errs bytes.Buffer
		c.Stderr = &errs
		if status, by := ended(t, c.Run()); status != want.status || errs.String() != want.err {
			t.Errorf("%s: status %d, signal %v, %q", line, status, by, errs.String())
		}
	}
}

// Who reads no further ends the program as it ends every other, without a word.
func TestReaderGoes(t *testing.T) {
	c := exec.Command(program(t), "findings", "-o", "json")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	c.Stderr = &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if status, by := ended(t, c.Wait()); by != syscall.SIGPIPE || errs.Len() > 0 {
		t.Errorf("status %d, signal %v, %q", status, by, errs.String())
	}
}

// waitingFor starts the program, which then reads a pipe into which nobody writes.
func waitingFor(t *testing.T, stderr io.Writer) *exec.Cmd {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program(t), "inspect", "-f", pipe)
	c.Stderr = stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	// This returns when the program has opened it.
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return c
}

// Ctrl-C ends what no context ends.
func TestInterrupt(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		var errs bytes.Buffer
		c := waitingFor(t, &errs)
		at := time.Now()
		if err := c.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		status, by := ended(t, c.Wait())
		if status != 2 || !strings.HasPrefix(errs.String(), "error: stopped") || time.Since(at) > 5*time.Second {
			t.Errorf("%v: status %d, signal %v after %s, %q", s, status, by, time.Since(at), errs.String())
		}
	}
}

// A second Ctrl-C ends the program whatever it does: here, it cannot even say that it stopped.
func TestSecondInterrupt(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if err := w.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.WriteString(strings.Repeat("x", 4096))
	}
	c := waitingFor(t, w)
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for n := 0; ; n++ {
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-done:
			if status, by := ended(t, err); by != syscall.SIGINT || n == 0 {
				t.Errorf("after %d more: status %d, signal %v", n, status, by)
			}
			return
		case <-time.After(time.Second):
			if n == 5 {
				_ = c.Process.Kill()
				t.Fatal("it does not end")
			}
		}
	}
}
