package cmd

import (
	"cmp"
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

// stopGrace is the time that a stopped command may take to return. A command that takes longer
// waits for something that no context ends: standard input, an exec plugin, or a reader that does
// not read.
const stopGrace = 200 * time.Millisecond

// process runs the command, and returns its exit status or reports why there is no result.
type process struct {
	// crashes receives the panic of a background goroutine.
	crashes chan *crash.Crash
	// command is the path of the running command, a string, for the report of a crash.
	command atomic.Value
	// grace is how long a stopped command may take to return, as an int64 of nanoseconds; stopGrace if it is 0.
	grace atomic.Int64
	// unfinished returns the current wait of the command, or the wait at its stop; empty if there
	// is none.
	unfinished func() string
}

func newProcess() *process {
	return &process{crashes: make(chan *crash.Crash, 1), unfinished: func() string { return "" }}
}

// supervise runs a command, reports once why it has no result (an error, a stop, a failed write, a
// crash), and returns the exit status.
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
		// The command is stopped, so that it prints nothing into the report.
		abandon()
		select {
		case <-ended:
		case <-time.After(stopGrace):
		}
	case <-ctx.Done():
		select {
		case got = <-ended:
			out.close()
		case <-time.After(cmp.Or(time.Duration(p.grace.Load()), stopGrace)):
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
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || isUndecided(err)):
		// A stop may coincide with half of an answer, whose error is not the reason.
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

// undeliveredStatus reports a failed write. The status is never that of the result, because no reader received the
// result.
func undeliveredStatus(stderr io.Writer, err error, failed *undelivered) int {
	if readerGone(failed) {
		return exitUndecided
	}
	var reported *undelivered
	if !errors.As(err, &reported) {
		err = failed
	}
	finish(stderr, err)
	return exitUndecided
}

// background runs f in a goroutine without waiting for it. A crash of f ends the command.
func (p *process) background(f func()) {
	crash.Go(f, func(c *crash.Crash) {
		if c == nil {
			return
		}
		select {
		case p.crashes <- c:
		default:
			// Another crash is already reported.
		}
	})
}

// printCrash asks for a bug report. It prints the command without arguments, because they may
// contain a credential.
func (p *process) printCrash(w io.Writer, c *crash.Crash) {
	command, known := p.command.Load().(string)
	if !known {
		command = "kubectl authn"
	}
	text := fmt.Sprintf("%s\n%s, version %s, %s, %s/%s\n%s", c.Cause, command, version.Short(), runtime.Version(), runtime.GOOS, runtime.GOARCH, c.Stack)
	fmt.Fprintln(w, "error: this is a bug in kubectl authn, please report it with these lines")
	_, _ = io.WriteString(w, escape.Lines(redact(strings.ReplaceAll(text, "\t", "    "))))
}
