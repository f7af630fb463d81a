//go:build !linux

package cmd

import (
	"io/fs"
	"os"
)

// inPipe is how many bytes wait in a pipe: what the BSDs and macOS give for its size.
func inPipe(_ *os.File, info fs.FileInfo) int64 { return info.Size() }
