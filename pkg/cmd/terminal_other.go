//go:build !windows

package cmd

import "os"

// escapes reports whether a terminal understands escape sequences. TERM names the terminals that do not.
func escapes(*os.File) bool { return true }
