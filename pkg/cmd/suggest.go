package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// otherCommands are what these commands are called elsewhere.
var otherCommands = map[string]string{
	"whoami": "explain", "why": "explain", "check": "explain",
	"log": "explain --log FILE", "logs": "explain --log FILE", "error": "explain --error TEXT",
	"decode": "inspect", "show": "inspect", "create": "mint", "token": "mint", "jwks": "discover -o jwks",
	"config": "simulate --authentication-config FILE",
}

// otherFlags are what these flags are called elsewhere.
var otherFlags = map[string][]string{
	"file": {"filename"}, "token-file": {"filename"}, "input": {"filename"}, "aud": {"audience"}, "ttl": {"duration"}, "expiration": {"duration"},
	"config": {"authentication-config", "kubeconfig"}, "format": {"output"}, "each": {"each-server", "each-line"}, "key": {"public-key"},
}

// meantFlag is what was probably meant by a flag that there is not; empty where nothing is
// near to it.
func meantFlag(c *cobra.Command, typed string) string {
	switch typed {
	case "version":
		return c.Root().DisplayName() + " version"
	case "pod", "secret", "serviceaccount", "sa":
		if c.Annotations[credentialArgument] != "" {
			return c.CommandPath() + " " + typed + "/NAME"
		}
	}
	for _, name := range otherFlags[typed] {
		if c.Flag(name) != nil {
			return "--" + name
		}
	}
	if len(typed) < 2 {
		return ""
	}
	// cobra knows what is near to the name of a command, and keeps how it knows for itself.
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	near := names.SuggestionsFor(typed)
	if len(near) == 0 || len(near) > 3 {
		return ""
	}
	return "--" + strings.Join(near, " or --")
}
