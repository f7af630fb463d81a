package cmd

import (
	"io"
	"os"
)

// holdsUnread reports whether f has unread bytes. It never waits: a terminal, a device and an empty pipe have
// none.
func holdsUnread(f *os.File) bool {
	info, err := f.Stat()
	switch {
	case err != nil:
		return false
	case info.Mode().IsRegular():
		at, err := f.Seek(0, io.SeekCurrent)
		return err == nil && at < info.Size()
	case info.Mode()&os.ModeNamedPipe != 0:
		return inPipe(f, info) > 0
	}
	return false
}
