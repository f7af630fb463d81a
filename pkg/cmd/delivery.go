package cmd

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"
)

// delivery is standard output. It remembers the first failed write, and accepts nothing after the command is
// stopped.
type delivery struct {
	w        io.Writer
	closeOut func() error
	ctx      context.Context

	mu     sync.Mutex
	failed *undelivered
}

// deliver replaces standard output by a delivery.
func deliver(ctx context.Context, env *Env) *delivery {
	d := &delivery{w: env.Out, closeOut: env.CloseOut, ctx: ctx}
	env.Out = d
	return d
}

func (d *delivery) Write(p []byte) (int, error) {
	if err := d.ctx.Err(); err != nil {
		return 0, err
	}
	if failed := d.failure(); failed != nil {
		return 0, failed
	}
	n, err := d.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return n, d.fail(err)
	}
	return n, nil
}

// close closes the output, because some file systems report a failed write only then.
func (d *delivery) close() {
	if d.closeOut == nil || d.failure() != nil {
		return
	}
	if err := d.closeOut(); err != nil {
		_ = d.fail(err)
	}
}

// failure returns the first failed write; nil if there is none.
func (d *delivery) failure() *undelivered {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

func (d *delivery) fail(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = &undelivered{err}
	}
	return d.failed
}

// undelivered is a result that could not be written to standard output.
type undelivered struct{ err error }

func (u *undelivered) Error() string {
	reason := u.err
	var path *fs.PathError
	if errors.As(u.err, &path) {
		// The error itself names standard output.
		reason = path.Err
	}
	return "the result could not be written to standard output: " + reason.Error()
}

func (u *undelivered) Unwrap() error { return u.err }
