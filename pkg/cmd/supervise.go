package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// stopGrace is how long a command that is stopped may take to end by itself. Beyond it, it waits for what no context
// ends: standard input, an exec plugin, a reader that does not read.
const stopGrace = 200 * time.Millisecond

// supervise runs a command, and says once why it did not end with its result: an error, a stop, a write that failed, a
// crash. It returns the exit status.
func (o *options) supervise(ctx context.Context, out *delivery, stderr io.Writer, command func(context.Context) error) int {
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
	case got.crash = <-o.crashes:
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
	case got.crash = <-o.crashes:
	default:
	}
	err := got.err
	switch failed := out.failure(); {
	case got.crash != nil:
		o.printCrash(stderr, got.crash)
		return exitUndecided
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "error: stopped")
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
func (o *options) background(f func()) {
	crash.Go(f, func(c *crash.Crash) {
		if c == nil {
			return
		}
		select {
		case o.crashes <- c:
		default:
			// Another one is reported already.
		}
	})
}

// printCrash asks for a report of a bug. It names the command and none of its arguments, which may hold a credential.
func (o *options) printCrash(w io.Writer, c *crash.Crash) {
	command, known := o.command.Load().(string)
	if !known {
		command = "kubectl authn"
	}
	text := fmt.Sprintf("%s\n%s, version %s, %s, %s/%s\n%s", c.Cause, command, version.Short(), runtime.Version(), runtime.GOOS, runtime.GOARCH, c.Stack)
	fmt.Fprintln(w, "error: this is a bug in kubectl authn, please report it with these lines")
	_, _ = io.WriteString(w, escape.Lines(redact(strings.ReplaceAll(text, "\t", "    "))))
}
