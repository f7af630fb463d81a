//go:build !unix

package cmd

import (
	"errors"
	"syscall"
)

// Windows reports that a pipe without a reader is broken or is being closed:
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-.
const (
	errorBrokenPipe = syscall.Errno(109)
	errorNoData     = syscall.Errno(232)
)

// readerGone reports whether a write failed because the reader closed the pipe, as `| more` does. This is no
// error.
func readerGone(err error) bool {
	return errors.Is(err, errorBrokenPipe) || errors.Is(err, errorNoData)
}
