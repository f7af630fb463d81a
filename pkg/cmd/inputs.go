package cmd

import (
	"bytes"
	"errors"
	"io"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// inputs reads what a flag or an argument names: a file, or standard input.
type inputs struct {
	stdin io.Reader
	files *input.Files
}

// read reads a file that a flag names, or standard input, up to a size in bytes.
func (in *inputs) read(name, flag string, limit int64) (data []byte, err error) {
	if name == "-" {
		data, err = input.All(in.stdin, credential.Stdin, limit)
	} else {
		data, err = in.files.Read(name, limit)
	}
	return data, notRead(flag, err)
}

// unmarked is a text as UTF-8 without a byte order mark, which > of Windows PowerShell writes
// otherwise.
func unmarked(data []byte) []byte {
	if text, encoding := token.DecodeUTF16(data); encoding != "" {
		return []byte(text)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff"))
}

// stream is an input of any size.
type stream struct {
	io.ReadCloser
	// source is what it is, and name the same as a string.
	source finding.Text
	name   string
	// size is in bytes; 0 where it is not known.
	size int64
}

// stream opens a file that a flag names; it is standard input without a name, and for -.
func (in *inputs) stream(name, flag string) (*stream, error) {
	if name == "" || name == "-" {
		return &stream{io.NopCloser(in.stdin), credential.Stdin, credential.Stdin.String(), 0}, nil
	}
	f, size, err := in.files.Stream(name)
	if err != nil {
		return nil, notRead(flag, err)
	}
	source := finding.T("file %s", finding.File.Of(name))
	return &stream{f, source, source.String(), size}, nil
}

// notRead is why the file of a flag was not read; nil where it was.
func notRead(flag string, err error) error {
	var bound *input.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bound):
		return usage(finding.Errorf("%s %s", finding.Syntax(flag), finding.Err(err)))
	}
	return usage(finding.Errorf("%s: %s", finding.Syntax(flag), finding.Err(err)))
}
