// Package version says which build this is, from build information alone.
package version

import (
	"runtime/debug"
	"strings"
)

// Info is what is known of the build. Fields are empty where the build does not say.
type Info struct {
	// Version is the release, or (devel) of a build from a clone.
	Version string `json:"version"`
	// Commit is that of the source.
	Commit string `json:"commit,omitempty"`
	// Date is when that commit was made.
	Date string `json:"date,omitempty"`
	// Modified says that the source was not as committed.
	Modified bool `json:"modified,omitempty"`
	// Go is the version of Go that built it.
	Go string `json:"go"`
	// Client is the version of k8s.io/client-go in it.
	Client string `json:"clientGo,omitempty"`
	// Apiserver is the version of k8s.io/apiserver in it, whose authenticators simulate runs.
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
