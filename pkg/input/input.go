// Package input reads what a command line, a kubeconfig or a manifest names. It reads
// regular files and pipes, each up to a size: a device has no end, and what has one may
// be larger than this machine's memory.
package input

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The sizes up to which input is read, in bytes.
const (
	// MaxGiven is for what is handed over: a credential, an error text, a kubeconfig, a
	// configuration of an API server.
	MaxGiven = 1 << 20
	// MaxNamed is for the files that a kubeconfig, a configuration or a manifest names, for
	// key sets, certificates, and objects.
	MaxNamed = 4 << 20
)

// Error says why a file is not read.
type Error struct {
	// Name is the file's, and Reason continues the sentence that begins with it.
	Name, Reason finding.Text
	// Hint says what to do, in one line.
	Hint string
	// TooLarge: it is a file, and larger than what is read of one.
	TooLarge bool
}

func (e *Error) Error() string { return e.Text().String() }

// Text is what the error says, with the name of the file.
func (e *Error) Text() finding.Text { return finding.T("%s %s", e.Name, e.Reason) }

// Files reads files. A pipe can be read once; what it held is remembered, for whoever names
// it again.
type Files struct {
	// Open and Stat are those of package os, but for tests.
	Open func(name string) (io.ReadCloser, error)
	Stat func(name string) (fs.FileInfo, error)

	mu    sync.Mutex
	pipes map[string][]byte
}

// OS are the files of this machine.
func OS() *Files {
	return &Files{Open: func(name string) (io.ReadCloser, error) { return os.Open(name) }, Stat: os.Stat}
}

// Read reads a file of at most limit bytes. The error is an *Error where the file is larger or
// none that is read, otherwise that of opening or reading it.
func (f *Files) Read(name string, limit int64) ([]byte, error) {
	f.mu.Lock()
	remembered, ok := f.pipes[name]
	f.mu.Unlock()
	if ok {
		if int64(len(remembered)) > limit {
			return nil, tooLarge(fileOf(name), limit)
		}
		return remembered, nil
	}
	info, err := f.look(name)
	if err != nil {
		return nil, err
	}
	var size int64
	if info != nil && info.Mode().IsRegular() {
		if size = info.Size(); size > limit {
			return nil, tooLarge(fileOf(name), limit)
		}
	}
	in, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := read(in, fileOf(name), size, limit)
	if err != nil {
		return nil, err
	}
	if info != nil && !info.Mode().IsRegular() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.pipes == nil {
			f.pipes = map[string][]byte{}
		}
		f.pipes[name] = data
	}
	return data, nil
}

// Stream opens a file that is read a piece at a time and need not end: a log, one token a
// line. size is that of a regular file, otherwise 0.
func (f *Files) Stream(name string) (in io.ReadCloser, size int64, err error) {
	info, err := f.look(name)
	if err != nil {
		return nil, 0, err
	}
	if in, err = f.Open(name); err != nil {
		return nil, 0, err
	}
	if info != nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	return in, size, nil
}

// Check reports whether a library may be handed the name of a file that it reads by itself,
// to its end. It returns an *Error where not. A file that is not there, and a pipe, which
// could not be read again, are for the library to judge.
func (f *Files) Check(name string, limit int64) error {
	info, err := f.look(name)
	if err != nil || info == nil || !info.Mode().IsRegular() {
		return err
	}
	// Files of /proc say that they are empty, and are not.
	if info.Size() == 0 {
		_, err := f.Read(name, limit)
		var e *Error
		if errors.As(err, &e) {
			return err
		}
		return nil
	}
	if info.Size() > limit {
		return tooLarge(fileOf(name), limit)
	}
	return nil
}

// look says what kind of file a name leads to; nil where that cannot be seen, which opening it
// then says better.
func (f *Files) look(name string) (fs.FileInfo, error) {
	info, err := f.Stat(name)
	if err != nil {
		return nil, nil
	}
	switch mode := info.Mode(); {
	case mode.IsRegular(), mode&fs.ModeNamedPipe != 0:
		return info, nil
	case mode.IsDir():
		return nil, &Error{Name: fileOf(name), Reason: finding.T("is a directory, not a file")}
	case mode&fs.ModeDevice != 0 && endsByItself(name, info):
		return info, nil
	case mode&fs.ModeDevice != 0:
		return nil, &Error{Name: fileOf(name), Reason: finding.T("is a device, not a file"), Hint: "name a regular file or a pipe"}
	}
	return nil, &Error{Name: fileOf(name), Reason: finding.T("is neither a regular file nor a pipe"), Hint: "name a regular file or a pipe"}
}

// endsByItself reports whether a device is the empty one, or what standard input is connected
// to: a terminal.
func endsByItself(name string, info fs.FileInfo) bool {
	if null, err := os.Stat(os.DevNull); strings.EqualFold(name, os.DevNull) || err == nil && os.SameFile(null, info) {
		return true
	}
	stdin, err := os.Stdin.Stat()
	return err == nil && os.SameFile(stdin, info)
}

// All reads everything that comes from in, which may be limit bytes at most. name names it in
// the *Error where it is more.
func All(in io.Reader, name finding.Text, limit int64) ([]byte, error) {
	return read(in, name, 0, limit)
}

func fileOf(name string) finding.Text { return finding.T("%s", finding.File.Of(name)) }

func read(in io.Reader, name finding.Text, size, limit int64) ([]byte, error) {
	var data bytes.Buffer
	data.Grow(int(size) + bytes.MinRead)
	// One byte beyond the limit tells that there is more.
	if _, err := data.ReadFrom(io.LimitReader(in, limit+1)); err != nil {
		return nil, err
	}
	if int64(data.Len()) > limit {
		return nil, tooLarge(name, limit)
	}
	return data.Bytes(), nil
}

func tooLarge(name finding.Text, limit int64) *Error {
	return &Error{Name: name, Reason: finding.T("is larger than %s MiB", finding.Count(limit>>20)), Hint: "check that it is the file that you mean", TooLarge: true}
}
