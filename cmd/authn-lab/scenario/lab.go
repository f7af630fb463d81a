// Package scenario runs the files of testdata/scenarios: each breaks a real credential in a lab, says what the API server
// answers, and what `kubectl authn explain` must say of it from each position a user can be in.
//
// The files are testscripts, which a reader can follow as a session in a shell; runner.go lists the commands that they use
// beyond testscript's own.
package scenario

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Lab is a running authn-lab.
type Lab struct {
	// Program is the authn-lab program, which is a kubectl as well.
	Program string
	// Dir is the lab's folder; the lab's README.md says what is in it.
	Dir string

	process *exec.Cmd
	stdin   io.Closer
	ended   chan struct{}
}

// Start starts a lab in a folder of its own and waits until it is ready. The lab ends with Stop, or with this process,
// however that ends. What it says while it starts goes to progress; flags are more of `authn-lab run`.
func Start(ctx context.Context, program, dir string, progress io.Writer, flags ...string) (*Lab, error) {
	l := &Lab{Program: program, Dir: dir, ended: make(chan struct{})}
	var said bytes.Buffer
	l.process = exec.Command(program, append([]string{"run", "--dir", dir, "--until-stdin-closes"}, flags...)...)
	l.process.Stderr = io.MultiWriter(&said, progress)
	// A Ctrl-C on the terminal is for this process, which stops the lab when it has finished with it.
	l.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := l.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	l.stdin = stdin
	stdout, err := l.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := l.process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the lab: %w", err)
	}
	// A line on standard output means ready; its end without one, that the lab gave up.
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		ready <- lines.Scan()
		_, _ = io.Copy(io.Discard, stdout)
		_ = l.process.Wait()
		close(l.ended)
	}()
	select {
	case ok := <-ready:
		if !ok {
			<-l.ended
			return nil, fmt.Errorf("the lab did not start:\n%s", said.String())
		}
		return l, nil
	case <-ctx.Done():
		l.Stop()
		return nil, context.Cause(ctx)
	}
}

// Stop ends the lab and waits until nothing of it is left but its folder. It may be called twice.
func (l *Lab) Stop() {
	_ = l.stdin.Close()
	select {
	case <-l.ended:
	case <-time.After(20 * time.Second):
		_ = l.process.Process.Kill() // its API server follows
		<-l.ended
	}
}

// Path is a path in the lab's folder.
func (l *Lab) Path(elem ...string) string {
	return filepath.Join(append([]string{l.Dir}, elem...)...)
}

// Read returns the content of a file in the lab's folder without white space around it.
func (l *Lab) Read(elem ...string) (string, error) {
	data, err := os.ReadFile(l.Path(elem...))
	return strings.TrimSpace(string(data)), err
}
