//go:build unix

package cmd

import (
	"errors"
	"syscall"
)

// readerGone reports whether a write failed because the reader closed the pipe, as `| head -1` does. This is no
// error.
func readerGone(err error) bool { return errors.Is(err, syscall.EPIPE) }
