package cmd

import (
	"os"

	"golang.org/x/sys/windows"
)

// escapes enables escape sequences in a console, and reports whether it understands them. A console before Windows
// 10 does not.
func escapes(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
