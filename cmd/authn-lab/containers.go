package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	utilexec "k8s.io/utils/exec"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// container is a container of the lab: a folder as its root file system, and the programs of its image. The programs run inside
// the lab and see only that folder.
type container struct {
	// Programs are the programs on its PATH: cat, sh, busybox.
	Programs []string `json:"programs"`
	// User is the user of its processes; 0 can read all files.
	User int `json:"user"`
	// Runtime is the runtime whose error message a missing program has: containerd or cri-o.
	Runtime string `json:"runtime"`
	// Running reports whether the container runs.
	Running bool `json:"running"`
	// Env has the differences from the environment that the kubelet sets: NAME=VALUE sets a variable, NAME- removes it.
	Env []string `json:"env,omitempty"`
	// Stderr is what each program writes to standard error first.
	Stderr string `json:"stderr,omitempty"`

	root string
}

// The possible programs of an image, and the possible runtimes.
var (
	containerPrograms = []string{"cat", "sh", "busybox"}
	containerRuntimes = []string{"containerd", "cri-o"}
)

func (d labDir) containerDir(namespace, pod, name string) string {
	return d.path("containers", namespace, pod, name)
}

func (d labDir) readContainer(namespace, pod, name string) (*container, error) {
	for _, part := range []string{namespace, pod, name} {
		if part == "" || part != filepath.Base(part) || strings.HasPrefix(part, ".") {
			return nil, fs.ErrNotExist
		}
	}
	dir := d.containerDir(namespace, pod, name)
	data, err := os.ReadFile(filepath.Join(dir, "container.json"))
	if err != nil {
		return nil, err
	}
	c := &container{root: filepath.Join(dir, "root")}
	return c, json.Unmarshal(data, c)
}

// ExecInContainer runs a program and returns what a container runtime returns: an exit code, or the reason why there was no
// process.
func (c *container) ExecInContainer(ctx context.Context, _, _, _ string, command []string, in io.Reader, stdout, stderr io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if !c.Running {
		return errors.New("container is in CONTAINER_EXITED state")
	}
	root, err := os.OpenRoot(c.root)
	if err != nil {
		return err
	}
	defer root.Close()
	p := &process{container: c, root: root, stdin: in, stdout: stdout, stderr: stderr}
	if stdout == nil {
		p.stdout = nopCloser{io.Discard}
	}
	if stderr == nil {
		p.stderr = nopCloser{io.Discard}
	}
	if !slices.Contains(c.Programs, command[0]) {
		return c.noSuchProgram(command[0], p.stderr)
	}
	if c.Stderr != "" {
		fmt.Fprint(p.stderr, c.Stderr)
	}
	if code := p.run(ctx, command); code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("exit status %d", code), Code: code}
	}
	return nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// noSuchProgram returns the error of runc as the runtime passes it on: containerd as its own error, CRI-O as the output of a
// command with exit status 255.
func (c *container) noSuchProgram(program string, stderr io.Writer) error {
	why := fmt.Sprintf("exec: %q: executable file not found in $PATH", program)
	if strings.HasPrefix(program, "/") {
		why = fmt.Sprintf("exec: %q: stat %s: no such file or directory", program, program)
	}
	if c.Runtime == "cri-o" {
		fmt.Fprintf(stderr, "time=%q level=error msg=%q\n", time.Now().UTC().Format(time.RFC3339), "exec failed: unable to start container process: "+why)
		return utilexec.CodeExitError{Err: errors.New("exit status 255"), Code: 255}
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return fmt.Errorf("failed to exec in container: failed to start exec %q: OCI runtime exec failed: exec failed: unable to start container process: %s: unknown", hex.EncodeToString(id), why)
}

// process is a program that runs in a container.
type process struct {
	*container
	root           *os.Root
	stdin          io.Reader
	stdout, stderr io.WriteCloser
}

// run runs a program of the image and returns its exit code.
func (p *process) run(ctx context.Context, command []string) int {
	switch command[0] {
	case "busybox":
		if len(command) > 1 && command[1] == "cat" {
			return p.cat("cat: can't open '%s': %s\n", command[2:])
		}
		fmt.Fprintf(p.stderr, "%s: applet not found\n", strings.Join(command[1:], " "))
		return 127
	case "sh":
		return p.sh(ctx, command[1:])
	default:
		return p.cat("cat: %s: %s\n", command[1:])
	}
}

func (p *process) cat(complaint string, files []string) int {
	code := 0
	for _, name := range files {
		file, err := p.open(name)
		if err == nil {
			_, err = io.Copy(p.stdout, file)
			file.Close()
		}
		if err != nil {
			fmt.Fprintf(p.stderr, complaint, name, inWords(err))
			code = 1
		}
	}
	return code
}

// sh is a shell that sees only the files of the container and the programs of the image.
func (p *process) sh(ctx context.Context, args []string) int {
	if len(args) < 2 || args[0] != "-c" {
		fmt.Fprintln(p.stderr, "sh: only sh -c is known here")
		return 2
	}
	script, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(args[1]), "sh")
	if err != nil {
		fmt.Fprintf(p.stderr, "sh: %v\n", err)
		return 2
	}
	open := func(_ context.Context, name string, flag int, _ os.FileMode) (io.ReadWriteCloser, error) {
		if flag&(os.O_WRONLY|os.O_RDWR) != 0 {
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
		}
		return p.open(name)
	}
	program := func(ctx context.Context, args []string) error {
		if !slices.Contains(p.Programs, args[0]) {
			fmt.Fprintf(interp.HandlerCtx(ctx).Stderr, "sh: %s: not found\n", args[0])
			return interp.ExitStatus(127)
		}
		if code := p.run(ctx, args); code != 0 {
			return interp.ExitStatus(code)
		}
		return nil
	}
	parameters := []string{"--"}
	if len(args) > 3 {
		parameters = append(parameters, args[3:]...)
	}
	runner, err := interp.New(
		interp.StdIO(p.stdin, p.stdout, p.stderr), interp.Params(parameters...),
		interp.Env(expand.ListEnviron("PATH=/bin")), interp.OpenHandler(open),
		interp.ExecHandlers(func(interp.ExecHandlerFunc) interp.ExecHandlerFunc { return program }),
	)
	if err != nil {
		fmt.Fprintf(p.stderr, "sh: %v\n", err)
		return 2
	}
	if len(args) > 2 {
		// $0 is the word after the script; this interpreter takes it from the script's name.
		script.Name = args[2]
	}
	err = runner.Run(ctx, script)
	var status interp.ExitStatus
	switch {
	case errors.As(err, &status):
		return int(status)
	case err != nil:
		fmt.Fprintf(p.stderr, "sh: %v\n", err)
		return 1
	}
	return 0
}

// open opens a file of the container as the user of the process. All files belong to root, as those of the kubelet do.
func (p *process) open(name string) (*os.File, error) {
	inside := strings.TrimPrefix(path.Clean("/"+name), "/")
	info, err := p.root.Stat(inside)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
	}
	if p.User != 0 && info.Mode().Perm()&0o004 == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	return p.root.Open(inside)
}

// inWords returns the message of the C library for an error.
func inWords(err error) string {
	for errno, words := range map[syscall.Errno]string{
		syscall.ENOENT: "No such file or directory", syscall.EACCES: "Permission denied", syscall.EISDIR: "Is a directory", syscall.ENOTDIR: "Not a directory",
	} {
		if errors.Is(err, errno) {
			return words
		}
	}
	return err.Error()
}
