// Package input reads the files that a command line, a kubeconfig or a manifest names. It reads
// only regular files and pipes, each up to a maximum size, since a device may be endless and a
// file larger than memory.
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

// The maximum sizes of inputs, in bytes.
const (
	// MaxGiven is for inputs of a command: a credential, an error message, a kubeconfig, a
	// configuration of an API server.
	MaxGiven = 1 << 20
	// MaxNamed is for the files that a kubeconfig, a configuration or a manifest names, for
	// key sets, certificates, and objects.
	MaxNamed = 4 << 20
)

// Error is the error for a file that is not read.
type Error struct {
	// Name is the file's name, and Reason the predicate of a sentence with Name as its subject.
	Name, Reason finding.Text
	// Hint is a fix in one line.
	Hint finding.Text
	// TooLarge reports that the file is larger than the maximum size.
	TooLarge bool
}

func (e *Error) Error() string { return e.Text().String() }

// Text returns the error message with its values.
func (e *Error) Text() finding.Text { return finding.T("%s %s", e.Name, e.Reason) }

// Files reads files. It remembers the content of pipes, which can be read only once.
type Files struct {
	// Open and Stat are those of package os, except in tests.
	Open func(name string) (io.ReadCloser, error)
	Stat func(name string) (fs.FileInfo, error)

	mu    sync.Mutex
	pipes map[string][]byte
}

// OS returns the files of this machine.
func OS() *Files {
	return &Files{Open: func(name string) (io.ReadCloser, error) { return os.Open(name) }, Stat: os.Stat}
}

// Read reads a file of at most limit bytes. The error is an *Error if the file is larger or of
// another type, otherwise the error of opening or reading it.
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

// Stream opens a file that is read in pieces and may be endless, such as a log. size is the size
// of a regular file, otherwise 0.
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

// Check returns an *Error if a library must not read the file to its end by name. It accepts a
// missing file and a pipe, which the library judges itself.
func (f *Files) Check(name string, limit int64) error {
	info, err := f.look(name)
	if err != nil || info == nil || !info.Mode().IsRegular() {
		return err
	}
	// Files in /proc have the size 0 and are not empty.
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

// look returns an *Error for a file of an unsupported type; nil if the type is unknown, as opening
// the file then fails with a better error.
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
		return nil, &Error{Name: fileOf(name), Reason: finding.T("is a device, not a file"), Hint: finding.T("name a regular file or a pipe")}
	}
	return nil, &Error{Name: fileOf(name), Reason: finding.T("is neither a regular file nor a pipe"), Hint: finding.T("name a regular file or a pipe")}
}

// endsByItself reports whether a device has an end: the null device, or the terminal of standard
// input.
func endsByItself(name string, info fs.FileInfo) bool {
	if null, err := os.Stat(os.DevNull); strings.EqualFold(name, os.DevNull) || err == nil && os.SameFile(null, info) {
		return true
	}
	stdin, err := os.Stdin.Stat()
	return err == nil && os.SameFile(stdin, info)
}

// All reads all of in, at most limit bytes. name is the name in the *Error for a larger input.
func All(in io.Reader, name finding.Text, limit int64) ([]byte, error) {
	return read(in, name, 0, limit)
}

func fileOf(name string) finding.Text { return finding.T("%s", finding.File.Of(name)) }

func read(in io.Reader, name finding.Text, size, limit int64) ([]byte, error) {
	var data bytes.Buffer
	data.Grow(int(size) + bytes.MinRead)
	// One byte beyond the limit shows that the input is larger.
	if _, err := data.ReadFrom(io.LimitReader(in, limit+1)); err != nil {
		return nil, err
	}
	if int64(data.Len()) > limit {
		return nil, tooLarge(name, limit)
	}
	return data.Bytes(), nil
}

func tooLarge(name finding.Text, limit int64) *Error {
	return &Error{Name: name, Reason: finding.T("is larger than %s MiB", finding.Count(limit>>20)), Hint: finding.T("check that this is the right file"), TooLarge: true}
}
