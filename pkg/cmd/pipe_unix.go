//go:build unix

package cmd

import (
	"errors"
	"syscall"
)

// readerGone reports whether a write failed because nobody reads any more, which is no error: `| head -1` has enough.
func readerGone(err error) bool { return errors.Is(err, syscall.EPIPE) }
