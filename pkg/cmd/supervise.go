package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// stopGrace is how long a command that is stopped may take to end by itself. Beyond it, it waits for what no context
// ends: standard input, an exec plugin, a reader that does not read.
const stopGrace = 200 * time.Millisecond

// process is where the command runs: it ends with its result, or says why there is none.
type process struct {
	// crashes takes a panic of a goroutine that nobody waits for.
	crashes chan *crash.Crash
	// command is the path of the command that runs, a string, for the report of a crash.
	command atomic.Value
	// unfinished says what the command waits for, or waited for when it was stopped; empty where that is nothing.
	unfinished func() string
}

func newProcess() *process {
	return &process{crashes: make(chan *crash.Crash, 1), unfinished: func() string { return "" }}
}

// supervise runs a command, and says once why it did not end with its result: an error, a stop, a write that failed, a
// crash. It returns the exit status.
func (p *process) supervise(ctx context.Context, out *delivery, stderr io.Writer, command func(context.Context) error) int {
	running, abandon := context.WithCancel(ctx)
	defer abandon()
	type outcome struct {
		err   error
		crash *crash.Crash
	}
	ended := make(chan outcome, 1)
	var end outcome
	crash.Go(func() { end.err = command(running) }, func(c *crash.Crash) {
		end.crash = c
		ended <- end
	})
	var got outcome
	select {
	case got = <-ended:
		out.close()
	case got.crash = <-p.crashes:
		// The command is told to end, so that nothing is printed across the report.
		abandon()
		select {
		case <-ended:
		case <-time.After(stopGrace):
		}
	case <-ctx.Done():
		select {
		case got = <-ended:
			out.close()
		case <-time.After(stopGrace):
			got.err = ctx.Err()
		}
	}
	select {
	case got.crash = <-p.crashes:
	default:
	}
	err := got.err
	switch failed := out.failure(); {
	case got.crash != nil:
		p.printCrash(stderr, got.crash)
		return exitUndecided
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		while := ""
		if text := p.unfinished(); text != "" {
			while = " while " + escape.Text(redact(text))
		}
		fmt.Fprintln(stderr, "error: stopped"+while)
		return exitUndecided
	case failed != nil:
		return undeliveredStatus(stderr, err, failed)
	}
	return finish(stderr, err)
}

// undeliveredStatus reports a write that failed. What the result was, nobody has read.
func undeliveredStatus(stderr io.Writer, err error, failed *undelivered) int {
	if readerGone(failed) {
		return exitUndecided
	}
	var said *undelivered
	if !errors.As(err, &said) {
		err = failed
	}
	finish(stderr, err)
	return exitUndecided
}

// background runs f in a goroutine that nobody waits for. Where it crashes, the command ends.
func (p *process) background(f func()) {
	crash.Go(f, func(c *crash.Crash) {
		if c == nil {
			return
		}
		select {
		case p.crashes <- c:
		default:
			// Another one is reported already.
		}
	})
}

// printCrash asks for a report of a bug. It names the command and none of its arguments, which may hold a credential.
func (p *process) printCrash(w io.Writer, c *crash.Crash) {
	command, known := p.command.Load().(string)
	if !known {
		command = "kubectl authn"
	}
	text := fmt.Sprintf("%s\n%s, version %s, %s, %s/%s\n%s", c.Cause, command, version.Short(), runtime.Version(), runtime.GOOS, runtime.GOARCH, c.Stack)
	fmt.Fprintln(w, "error: this is a bug in kubectl authn, please report it with these lines")
	_, _ = io.WriteString(w, escape.Lines(redact(strings.ReplaceAll(text, "\t", "    "))))
}
