package cmd

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/pflag"
	"k8s.io/klog/v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// addEachLine adds the flag for many tokens.
func addEachLine(f *pflag.FlagSet, eachLine *bool) {
	f.BoolVar(eachLine, "each-line", false, "Read one token a line, print one JSON object a line.")
}

// tokenLines is what holds one token a line.
type tokenLines struct {
	io.Reader
	// source is what it is, and name the same as a string.
	source finding.Text
	name   string
}

// Read reports an error that says what cannot be read.
func (l tokenLines) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = usage("%s cannot be read: %w", l.name, err)
	}
	return n, err
}

// tokenLines opens what holds one token a line: a file or standard input.
func (s *source) tokenLines(o *options, args []string) (in tokenLines, closeInput func(), err error) {
	switch {
	case len(args) > 0 && args[0] != "-":
		return in, nil, usage("one token a line is read from a file or standard input, not from an argument").hint("give the file with -f FILE")
	case s.filename != "" && s.filename != "-":
		file, _, err := o.files.Stream(s.filename)
		if err != nil {
			return in, nil, notRead("--filename", err)
		}
		source := finding.T("file %s", finding.File.Of(s.filename))
		return tokenLines{file, source, source.String()}, func() { file.Close() }, nil
	}
	return tokenLines{o.env.In, credential.Stdin, credential.Stdin.String()}, func() {}, nil
}

// onLine is the token on a line, to the letter.
func (l tokenLines) onLine(line []byte) *credential.Credential {
	return &credential.Credential{Source: l.source, Token: token.Parse(string(line[:min(len(line), maxLine)]))}
}

// eachToken reads one token a line, without holding the input in memory. Blank lines are
// passed over.
func (s *source) eachToken(ctx context.Context, o *options, args []string, f func(line int, c *credential.Credential)) error {
	in, closeInput, err := s.tokenLines(o, args)
	if err != nil {
		return err
	}
	defer closeInput()
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
			o.learnLine(c)
			f(n, c)
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// lineJudge appends the object about a line to out, and returns the exit status for it.
type lineJudge func(out []byte, n int, line []byte, in tokenLines) (more []byte, status int, err error)

// eachResult prints one JSON object for each line of the input that is not blank, in their
// order. Each of the workers has a judge of its own. One no among the lines is the exit
// status of all, and before that one of which nobody knows; without a line it is wrong usage.
func (s *source) eachResult(ctx context.Context, o *options, format *output.Format, args []string, workers int, newJudge func() lineJudge) error {
	if format.Name != output.Text && format.Name != "json" {
		return usage("--each-line prints one JSON object a line: --output %s does not go with it", format.Name)
	}
	in, closeInput, err := s.tokenLines(o, args)
	if err != nil {
		return err
	}
	defer closeInput()
	status, printed := exitYes, false
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
		printed = true
		status = worse(status, b.status)
		if _, err := o.env.Out.Write(b.out); err != nil {
			return usage("%w", err)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !printed:
		return usage("the input holds no token: one a line is read")
	}
	return ended(status)
}

// worse is the exit status of two lines.
func worse(a, b int) int {
	if b == exitNo || a == exitYes {
		return b
	}
	return a
}

// learnLine learns the token of a line where there is a log: without one nobody repeats what
// nobody is sent, and the lines are many.
func (o *options) learnLine(c *credential.Credential) {
	if klog.V(6).Enabled() {
		o.learnCredential(c)
	}
}

// eachObject judges the credential of a line, and prints an object about it.
func (o *options) eachObject(judge func(line int, c *credential.Credential) (result any, status int)) lineJudge {
	return func(out []byte, n int, line []byte, in tokenLines) ([]byte, int, error) {
		c := in.onLine(line)
		o.learnLine(c)
		result, status := judge(n, c)
		token.Rewrite(result, o.secrets.RedactValue)
		out, err := output.AppendLine(out, result)
		if err != nil {
			return out, status, usage("%w", err)
		}
		return out, status, nil
	}
}
