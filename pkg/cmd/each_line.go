package cmd

import (
	"cmp"
	"context"
	"errors"
	"io"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// addEachLine adds the flag for many tokens.
func addEachLine(f *pflag.FlagSet, eachLine *bool) {
	f.BoolVar(eachLine, "each-line", false, "Read one token per line, and print one JSON object per line.")
	_ = f.SetAnnotation("each-line", flagBrief, []string{"Read one token and print one object per line."})
}

// tokenLines is an input with one token per line.
type tokenLines struct{ *stream }

// Read reports an error that names the input.
func (l tokenLines) Read(p []byte) (int, error) {
	n, err := l.stream.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = usage(finding.Errorf("%s cannot be read: %s", l.source, finding.Err(err)))
	}
	return n, err
}

// tokenLines opens the input with one token per line: a file or standard input.
func (s *source) tokenLines(args []string) (tokenLines, error) {
	if len(args) > 0 && args[0] != "-" {
		return tokenLines{}, usage(finding.Errorf("one token per line is read from a file or standard input, not from an argument")).hint(finding.T("use -f FILE, or - for standard input"))
	}
	if s.userContext != "" {
		return tokenLines{}, usage(finding.Errorf("--user-context cannot be combined with one token a line"))
	}
	in, err := s.inputs.stream(s.filename, "--filename")
	return tokenLines{in}, err
}

// onLine returns the whole line as a token.
func (l tokenLines) onLine(line []byte) *credential.Credential {
	return &credential.Credential{Source: l.source, Token: token.Parse(string(line[:min(len(line), maxLine)]))}
}

// eachToken reads one token per line, without holding the input in memory. It skips blank lines.
func (s *source) eachToken(ctx context.Context, args []string, f func(line int, c *credential.Credential)) error {
	in, err := s.tokenLines(args)
	if err != nil {
		return err
	}
	defer in.Close()
	var block lineBlock
	err = readBlocks(in, func() *lineBlock {
		if ctx.Err() != nil {
			return nil
		}
		return &block
	}, func(b *lineBlock) {
		for n, line := range b.lines {
			if ctx.Err() != nil {
				return
			}
			c := in.onLine(line)
			s.redaction.learnLine(c)
			f(n, c)
		}
	})
	return cmp.Or(ctx.Err(), err)
}

// lineJudge appends the object about a line to out, and returns the exit status for it.
type lineJudge func(out []byte, n int, line []byte, in tokenLines) (more []byte, status int, err error)

// eachResult prints one JSON object for each line that is not blank, in the order of the input. Each worker has
// its own judge. The exit status is exitNo if any line has it, else exitUndecided if any line has it. An input
// without a token is wrong usage.
func (s *source) eachResult(ctx context.Context, args []string, out *paper, workers int, newJudge func() lineJudge) error {
	if name := out.format.Name; name != output.Text && name != "json" {
		return usage(finding.Errorf("--each-line and --output %s cannot be combined", finding.Syntax(name))).hint(finding.T("--each-line prints one JSON object per line"))
	}
	in, err := s.tokenLines(args)
	if err != nil {
		return err
	}
	defer in.Close()
	status, empty := exitYes, true
	err = judgeBlocks(ctx, in, workers, func() func(context.Context, *lineBlock) {
		judge := newJudge()
		return func(ctx context.Context, b *lineBlock) {
			b.status = exitYes
			for n, line := range b.lines {
				if ctx.Err() != nil {
					return
				}
				one := exitYes
				if b.out, one, b.err = judge(b.out, n, line, in); b.err != nil {
					return
				}
				b.status = worse(b.status, one)
			}
		}
	}, func(b *lineBlock) error {
		if len(b.out) == 0 {
			return nil
		}
		empty = false
		status = worse(status, b.status)
		_, err := out.W.Write(b.out)
		return printError(err)
	})
	switch {
	case err != nil:
		return err
	case empty:
		return usage(finding.Errorf("the input contains no token")).hint(finding.T("write one token per line"))
	}
	return statusError(status)
}

// worse returns the exit status for two lines together.
func worse(a, b int) int {
	if b == exitNo || a == exitYes {
		return b
	}
	return a
}

// eachObject judges the credential of a line and prints an object about it.
func (s *source) eachObject(paper *paper, judge func(line int, c *credential.Credential) (result any, status int)) lineJudge {
	return func(out []byte, n int, line []byte, in tokenLines) ([]byte, int, error) {
		c := in.onLine(line)
		s.redaction.learnLine(c)
		result, status := judge(n, c)
		s.redaction.rewrite(result)
		out, err := output.AppendLine(out, paper.line(result))
		return out, status, printError(err)
	}
}
