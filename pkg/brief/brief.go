// Package brief makes a short run of a large program short. What the libraries of Kubernetes
// set up before main would call the garbage collector twice, for a program that is mostly
// over before memory matters: a fifth of the time of `inspect`. Packages are set up in the
// order of their paths (Go specification, "Package initialization"), so this one, which needs
// nothing of them, comes before k8s.io. Whoever works on much memory calls Long.
package brief

import (
	"math"
	"runtime/debug"
)

const (
	// percent is how much the heap may grow between collections; the first comes at 16 MiB in
	// place of 4.
	percent = 400
	// enough is the memory, in bytes, beyond which that no longer holds: a server that answers
	// at length is to take no more of it for garbage.
	enough = 48 << 20
)

func init() {
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(enough)
}

// Long has the collector work as it does by itself.
func Long() {
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(math.MaxInt64)
}
