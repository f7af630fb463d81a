//go:build !unix

package cmd

// detach cannot take a console away without another one appearing.
func detach() (stop func(), ok bool) { return nil, false }
