package cmd

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/output"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// addEachLine adds the flag for many tokens.
func addEachLine(f *pflag.FlagSet, eachLine *bool) {
	f.BoolVar(eachLine, "each-line", false, "Read one token a line, print one JSON object a line.")
}

// eachToken reads one token a line of a file or standard input, without holding the input
// in memory. Blank lines are passed over. more says that the next line is there already.
func (s *source) eachToken(ctx context.Context, o *options, args []string, f func(line int, c *credential.Credential, more bool) error) error {
	in, source := o.env.In, "standard input"
	switch {
	case len(args) > 0 && args[0] != "-":
		return usage("one token a line is read from a file or standard input, not from an argument").hint("give the file with -f FILE")
	case s.filename != "" && s.filename != "-":
		file, err := o.env.Open(s.filename)
		if err != nil {
			return usage("--filename: %w", err)
		}
		defer file.Close()
		in, source = file, "file "+s.filename
	}
	reader := bufio.NewReaderSize(in, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(reader)
		if errors.Is(err, io.EOF) && line == "" {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return usage("%s cannot be read: %w", source, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		c := &credential.Credential{Source: source, Token: token.Parse(line)}
		o.secrets.learnCredential(c)
		if err := f(n, c, reader.Buffered() > 0); err != nil {
			return err
		}
	}
}

// eachResult prints one JSON object for each token. One no among them is the exit status
// of all, and before that one of which nobody knows; without a token it is wrong usage.
func (s *source) eachResult(ctx context.Context, o *options, format *output.Format, args []string, judge func(line int, c *credential.Credential) (result any, status int)) error {
	if format.Name != output.Text && format.Name != "json" {
		return usage("--each-line prints one JSON object a line: --output %s does not go with it", format.Name)
	}
	out := bufio.NewWriterSize(o.env.Out, 64<<10)
	defer out.Flush()
	status, empty := exitYes, true
	err := s.eachToken(ctx, o, args, func(line int, c *credential.Credential, more bool) error {
		empty = false
		result, one := judge(line, c)
		if one == exitNo || status == exitYes {
			status = one
		}
		err := output.Line(out, result)
		if err == nil && !more {
			// The next line may take its time: who follows a log has this one now.
			err = out.Flush()
		}
		if err != nil {
			return usage("%w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return usage("%w", err)
	}
	if empty {
		return usage("the input holds no token: one a line is read")
	}
	return ended(status)
}

// maxLine is the size up to which a line is taken for a token, in bytes.
const maxLine = credential.MaxInput

// readLine reads one line. Of a line that is too long to be a token the rest is
// skipped; what is left of it is judged, and is no valid token.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line) < maxLine {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return string(line[:min(len(line), maxLine)]), err
	}
}
