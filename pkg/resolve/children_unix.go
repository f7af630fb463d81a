//go:build unix

package resolve

import "syscall"

// freeze pauses a process until stop.
func freeze(id int) { _ = syscall.Kill(id, syscall.SIGSTOP) }

// stop asks a process to end, or kills it if now.
func stop(id int, now bool) {
	if now {
		_ = syscall.Kill(id, syscall.SIGKILL)
		return
	}
	_ = syscall.Kill(id, syscall.SIGTERM)
	_ = syscall.Kill(id, syscall.SIGCONT)
}
