//go:build !unix

package cmd

import (
	"errors"
	"syscall"
)

// Windows says of a pipe whose reader is gone that it is broken or is being closed:
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-.
const (
	errorBrokenPipe = syscall.Errno(109)
	errorNoData     = syscall.Errno(232)
)

// readerGone reports whether a write failed because nobody reads any more, which is no error: `| more` has enough.
func readerGone(err error) bool {
	return errors.Is(err, errorBrokenPipe) || errors.Is(err, errorNoData)
}
