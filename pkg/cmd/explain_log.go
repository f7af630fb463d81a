package cmd

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/brief"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/serverlog"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// softLimit is the memory limit in bytes that the garbage collector aims at while a log is read. The program
// itself needs about as much again.
const softLimit = 28 << 20

// sumUpLog summarizes a log. It opens no connection and reads no kubeconfig. A log has no verdict, so the status
// is exitYes for every log that could be read.
func (x *explainCommand) sumUpLog(ctx context.Context, args []string, out *paper) error {
	if err := x.alone(args, "--log"); err != nil {
		return err
	}
	if x.log == "" {
		return usage(finding.Errorf("--log is empty"))
	}
	in, err := x.inputs.stream(x.log, "--log")
	if err != nil {
		return err
	}
	defer in.Close()
	// A log that exhausts the limits of the summary costs time, not memory.
	brief.Long()
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(softLimit))
	s, err := serverlog.Read(ctx, &stoppable{stream: in, ctx: ctx})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, serverlog.ErrEmpty):
		return usage(finding.Errorf("%s is empty", in.source))
	case errors.Is(err, serverlog.ErrNoLog):
		return usage(finding.Errorf("%s is not the log of an API server", in.source)).
			hint(finding.T("no line has the format of klog, of its JSON or of an audit event")).
			hint(finding.T("to read the log lines inside JSON of another form, run: jq -r '.. | strings' FILE | kubectl authn explain --log -")).
			hint(finding.T("to explain the text of an error or another program's log, run: kubectl authn explain --error - < FILE"))
	case err != nil:
		return usage(finding.Errorf("%s cannot be read: %s", in.source, finding.Err(err)))
	}
	return out.print(report.FromLog(s, in.source))
}

// stoppable is an input that ends when the user stops the command, and reports the progress.
type stoppable struct {
	*stream
	ctx  context.Context
	read int64
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.stream.Read(p)
	s.read += int64(n)
	waiting.Read(s.ctx, strings.TrimPrefix(s.name, "file "), s.read, s.size)
	return n, err
}
