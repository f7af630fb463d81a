// Package version identifies the build from its build information.
package version

import (
	"runtime/debug"
	"strings"
)

// Info describes the build. Unknown fields are empty.
type Info struct {
	// Version is the release, or (devel) for a build from a clone.
	Version string `json:"version"`
	// Commit is the commit of the source.
	Commit string `json:"commit,omitempty"`
	// Date is the date of the commit.
	Date string `json:"date,omitempty"`
	// Modified reports uncommitted changes.
	Modified bool `json:"modified,omitempty"`
	// Go is the version of Go.
	Go string `json:"go"`
	// Client is the version of k8s.io/client-go.
	Client string `json:"clientGo,omitempty"`
	// Apiserver is the version of k8s.io/apiserver, whose authenticators simulate runs.
	Apiserver string `json:"apiserver,omitempty"`
}

// Get reads the build information of the running program.
func Get() Info {
	out := Info{Version: "(devel)"}
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	out.Go = b.GoVersion
	if b.Main.Version != "" {
		out.Version = b.Main.Version
	}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			out.Commit = s.Value
		case "vcs.time":
			out.Date = s.Value
		case "vcs.modified":
			out.Modified = s.Value == "true"
		}
	}
	for _, d := range b.Deps {
		switch d.Path {
		case "k8s.io/client-go":
			out.Client = d.Version
		case "k8s.io/apiserver":
			out.Apiserver = d.Version
		}
	}
	return out
}

// Short is the version as a User-Agent carries it.
func Short() string { return strings.Trim(Get().Version, "()") }
