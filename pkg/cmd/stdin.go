package cmd

import (
	"io"
	"os"
)

// holdsUnread reports whether f holds bytes that nobody has read. It never waits: a terminal, a
// device and a pipe into which nobody has written hold none.
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

// noteUnread notes that standard input was not read, where it holds something: the answer is
// about another credential than the one that may be in there.
func (o *options) noteUnread() {
	if o.unreadBy == "" || o.env.Waiting == nil || !o.env.Waiting() {
		return
	}
	o.notice("note: standard input was not read: this is about the current context. To ask about a credential on standard input: " + o.unreadBy + " -")
	o.unreadBy = ""
}
