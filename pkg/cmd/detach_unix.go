//go:build unix

package cmd

import (
	"os/signal"
	"syscall"
)

// detach takes the terminal away from this process and from those that it starts, so that
// none can ask there; stop ends them. It fails for the leader of a process group, which the
// programs that a shell runs for a completion are not.
func detach() (stop func(), ok bool) {
	if _, err := syscall.Setsid(); err != nil {
		return nil, false
	}
	return func() {
		// The group has this process in it.
		signal.Ignore(syscall.SIGTERM)
		_ = syscall.Kill(0, syscall.SIGTERM)
	}, true
}
