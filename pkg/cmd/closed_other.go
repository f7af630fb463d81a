//go:build !unix

package cmd

import "os"

// startedWithout reports whether the program was started with f closed.
func startedWithout(f *os.File) bool {
	_, err := f.Stat()
	return err != nil
}
