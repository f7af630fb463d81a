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

// inputs reads the input that a flag or an argument names: a file or standard input.
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

// unmarked returns a text as UTF-8 without a byte order mark. The operator > of Windows PowerShell writes UTF-16
// with such a mark.
func unmarked(data []byte) []byte {
	if text, encoding := token.DecodeUTF16(data); encoding != "" {
		return []byte(text)
	}
	return bytes.TrimPrefix(data, []byte("\ufeff"))
}

// stream is an input of any size.
type stream struct {
	io.ReadCloser
	// source describes the input, and name is the same as a string.
	source finding.Text
	name   string
	// size is in bytes; 0 if it is not known.
	size int64
}

// stream opens a file that a flag names. It is standard input if the name is empty or -.
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

// notRead is the error for the file of a flag that was not read; nil without an error.
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
