//go:build unix

package cmd

import (
	"os/signal"
	"syscall"
)

// detach takes the terminal away from this process and its children, so that no child can ask there; stop ends the
// children. It fails in the leader of a process group, which a program that a shell runs for a completion is not.
func detach() (stop func(), ok bool) {
	if _, err := syscall.Setsid(); err != nil {
		return nil, false
	}
	return func() {
		// This process belongs to the group.
		signal.Ignore(syscall.SIGTERM)
		_ = syscall.Kill(0, syscall.SIGTERM)
	}, true
}
