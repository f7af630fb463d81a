package cmd

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// inPipe returns the number of unread bytes in a pipe.
func inPipe(f *os.File, _ fs.FileInfo) int64 {
	// TIOCINQ is FIONREAD.
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return int64(n)
}
