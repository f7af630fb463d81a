//go:build !windows

package cmd

import "os"

// escapes reports whether a terminal understands escape sequences. TERM says where one does not.
func escapes(*os.File) bool { return true }
