//go:build unix

package resolve

import "syscall"

// freeze makes a process stand still, until stop.
func freeze(id int) { _ = syscall.Kill(id, syscall.SIGSTOP) }

// stop asks a process to end, or has it ended.
func stop(id int, now bool) {
	if now {
		_ = syscall.Kill(id, syscall.SIGKILL)
		return
	}
	_ = syscall.Kill(id, syscall.SIGTERM)
	_ = syscall.Kill(id, syscall.SIGCONT)
}
