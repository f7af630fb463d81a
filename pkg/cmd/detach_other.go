//go:build !unix

package cmd

// detach does nothing, because a process that gives up its console gets another one.
func detach() (stop func(), ok bool) { return nil, false }
