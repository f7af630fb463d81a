// Package brief delays garbage collection to make short runs faster. The initialization of the
// Kubernetes libraries would otherwise run the collector twice, a fifth of the time of `inspect`.
// Packages without dependencies are initialized in the order of their paths (Go specification,
// "Package initialization"), so this one comes before k8s.io. Commands that need much memory call
// Long.
package brief

import (
	"math"
	"runtime/debug"
)

const (
	// percent is how much the heap may grow between collections: the first one comes at 16 MiB
	// instead of 4.
	percent = 400
	// enough is the memory in bytes from which on the default applies, so that a server with long
	// responses cannot cause more garbage.
	enough = 48 << 20
)

func init() {
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(enough)
}

// Long collects more often than the collector's default, to keep the memory of long inputs small.
func Long() {
	debug.SetGCPercent(20)
	debug.SetMemoryLimit(math.MaxInt64)
}

// Serve collects as Go does by default, for a command that runs until it is stopped.
func Serve() {
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}
