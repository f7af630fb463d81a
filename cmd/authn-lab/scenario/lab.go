// Package scenario runs the files of testdata/scenarios. Each breaks a real credential in a lab, and holds the API server's
// answer and the report of `kubectl authn explain` for users with different permissions.
//
// The files are testscripts, which a reader can follow as a session in a shell; runner.go lists the commands that they use
// beyond testscript's own.
package scenario

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
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

	process *process
}

// Start starts a lab in a folder of its own and waits until it is ready. The lab ends with Stop, or with this process,
// however that ends. Its progress messages go to progress; flags are further flags of `authn-lab run`.
func Start(ctx context.Context, program, dir string, progress io.Writer, flags ...string) (*Lab, error) {
	command := exec.Command(program, append([]string{"run", "--dir", dir, "--until-stdin-closes"}, flags...)...)
	p, err := start(ctx, command, progress)
	if err != nil {
		return nil, fmt.Errorf("the lab did not start: %w", err)
	}
	return &Lab{Program: program, Dir: dir, process: p}, nil
}

// Stop ends the lab and waits until only its folder is left. It may be called twice.
func (l *Lab) Stop() { l.process.stop() }

// process is a program that writes a line when it is ready, and ends at the end of its standard input.
type process struct {
	command *exec.Cmd
	stdin   io.Closer
	ended   chan struct{}
}

func start(ctx context.Context, command *exec.Cmd, progress io.Writer) (*process, error) {
	p := &process{command: command, ended: make(chan struct{})}
	var said bytes.Buffer
	command.Stderr = io.MultiWriter(&said, progress)
	// Ctrl-C interrupts this process alone, which then stops the other.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = stdin
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	// A line on standard output means that the program is ready. The end of the output means that it failed.
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		ready <- lines.Scan()
		_, _ = io.Copy(io.Discard, stdout)
		_ = command.Wait()
		close(p.ended)
	}()
	select {
	case ok := <-ready:
		if !ok {
			<-p.ended
			return nil, errors.New(strings.TrimSpace(said.String()))
		}
		return p, nil
	case <-ctx.Done():
		p.stop()
		return nil, context.Cause(ctx)
	}
}

func (p *process) stop() {
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = p.command.Process.Kill() // what it started follows
		<-p.ended
	}
}

// Release is the minor release of the lab's API server: 37 for v1.37.2.
func (l *Lab) Release() (minor int, err error) {
	data, err := os.ReadFile(l.Path("lab.json"))
	if err != nil {
		return 0, err
	}
	var state struct{ Kubernetes string }
	if err := json.Unmarshal(data, &state); err != nil {
		return 0, err
	}
	if _, err := fmt.Sscanf(state.Kubernetes, "v1.%d.", &minor); err != nil {
		return 0, fmt.Errorf("lab.json names no release of Kubernetes: %q", state.Kubernetes)
	}
	return minor, nil
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
