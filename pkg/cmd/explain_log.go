package cmd

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/serverlog"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// softLimit is what the garbage collector aims at while a log is read, in bytes; the
// program itself takes about as much again.
const softLimit = 28 << 20

// explainLog sums up a log. It opens no connection and reads no kubeconfig. A log has no
// verdict: what could be read is done, whatever it says.
func (o *options) explainLog(ctx context.Context, name string) (*report.LogSummary, error) {
	in, source, size := o.env.In, "standard input", int64(0)
	switch name {
	case "":
		return nil, usage("--log is empty: it names no file")
	case "-":
	default:
		f, n, err := o.files.Stream(name)
		if err != nil {
			return nil, notRead("--log", err)
		}
		defer f.Close()
		in, source, size = f, "file "+name, n
	}
	// A log made to be remembered in full costs time, not memory.
	brief.Long()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softLimit))
	s, err := serverlog.Read(ctx, &stoppable{ctx: ctx, in: in, name: strings.TrimPrefix(source, "file "), size: size})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, serverlog.ErrEmpty):
		return nil, usage("%s is empty: there is nothing to explain", source)
	case errors.Is(err, serverlog.ErrNoLog):
		return nil, usage("%s is no log of an API server", source).
			hint("no line of it is one of klog's, of its JSON, or an audit event").
			hint("--error explains the text of an error")
	case err != nil:
		return nil, usage("%s cannot be read: %w", source, err)
	}
	return report.FromLog(s, source), nil
}

// stoppable is a reader that ends when the user has had enough, and says how far it is.
type stoppable struct {
	ctx context.Context
	in  io.Reader
	// name and size are of what is read; size is 0 where it is not known.
	name       string
	size, read int64
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.in.Read(p)
	s.read += int64(n)
	waiting.Read(s.ctx, s.name, s.read, s.size)
	return n, err
}

func (o *options) printLog(format *output.Format, p *paper, x *report.LogSummary, anonymize bool) error {
	token.Rewrite(x, o.secrets.RedactValue)
	if anonymize {
		x = report.AnonymizeLog(x)
	}
	return o.print(format, p, x)
}
