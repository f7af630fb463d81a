//go:build unix

package cmd

import (
	"os"

	"golang.org/x/sys/unix"
)

// startedWithout reports whether the program was started with f closed. The Go runtime opens the null device in
// its place for reading and writing (runtime/fds_unix.go), while `> /dev/null` opens it only for writing.
func startedWithout(f *os.File) bool {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		return false
	}
	is, err := f.Stat()
	if err != nil {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(is, null)
}
