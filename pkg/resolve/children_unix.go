//go:build unix

package resolve

import "syscall"

// stop asks a process to end, or has it ended.
func stop(id int, now bool) {
	signal := syscall.SIGTERM
	if now {
		signal = syscall.SIGKILL
	}
	_ = syscall.Kill(id, signal)
}
