package cmd

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// inPipe is how many bytes wait in a pipe.
func inPipe(f *os.File, _ fs.FileInfo) int64 {
	// FIONREAD, by its older name.
	n, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return int64(n)
}
