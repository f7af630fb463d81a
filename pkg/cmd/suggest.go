package cmd

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// otherCommands maps names that users may try to our commands.
var otherCommands = map[string]string{
	"whoami": "explain", "why": "explain", "who": "explain", "check": "explain", "test": "explain", "debug": "explain", "diagnose": "explain", "doctor": "explain",
	"log": "explain --log FILE", "logs": "explain --log FILE", "error": "explain --error TEXT",
	"decode": "inspect", "describe": "inspect", "show": "inspect", "get": "inspect", "view": "inspect", "jwt": "inspect", "validate": "verify",
	"create": "mint SERVICEACCOUNT", "token": "mint SERVICEACCOUNT", "jwks": "discover -o jwks", "keys": "discover -o jwks", "tokenreview": "review",
	"config": "simulate --authentication-config FILE",
}

// notHere are commands of other programs, with hints at what to use instead.
var notHere = map[string][]finding.Text{
	"login":  {finding.T("kubectl authn does not log in; your kubeconfig or its exec plugin does"), finding.T("to find out who the API server thinks you are, run: kubectl authn explain")},
	"logout": {finding.T("kubectl authn does not log in or out; your kubeconfig or its exec plugin does")},
	"can-i":  {finding.T("to check permissions, run: kubectl auth can-i VERB RESOURCE"), finding.T("to find out who the API server thinks you are, run: kubectl authn explain")},
	"auth":   {finding.T("to check permissions, run: kubectl auth can-i VERB RESOURCE"), finding.T("to find out who the API server thinks you are, run: kubectl authn explain")},
}

// otherFlags maps names that users may try to our flags.
var otherFlags = map[string][]string{
	"file": {"filename"}, "token-file": {"filename"}, "input": {"filename"}, "aud": {"audience"}, "ttl": {"duration"}, "expiration": {"duration"},
	"config": {"kubeconfig", "authentication-config"}, "auth-config": {"authentication-config"}, "authn-config": {"authentication-config"}, "format": {"output"}, "each": {"each-server", "each-line"}, "key": {"public-key"},
}

// meantFlag suggests a flag or a command for an unknown flag; empty if nothing is close.
func meantFlag(c *cobra.Command, typed string) string {
	switch typed {
	case "version":
		return c.Root().DisplayName() + " version"
	case "pod", "secret", "serviceaccount", "sa", "deployment", "deploy", "statefulset", "daemonset", "job", "cronjob":
		if c.Annotations[credentialArgument] == takesCredential {
			return c.CommandPath() + " " + typed + "/NAME"
		}
	}
	if explain, _, err := c.Root().Find([]string{"explain"}); err == nil && c == c.Root() {
		// The user left out the command.
		f := explain.Flag(typed)
		if len(typed) == 1 {
			f = explain.Flags().ShorthandLookup(typed)
		}
		if f != nil {
			return strings.TrimSpace(explain.CommandPath() + " --" + f.Name + " " + strings.Join(f.Annotations[flagValue], " "))
		}
	}
	var known []string
	for _, name := range otherFlags[typed] {
		if c.Flag(name) != nil {
			known = append(known, "--"+name)
		}
	}
	if known != nil {
		return strings.Join(known, " or ")
	}
	if len(typed) < 2 {
		return ""
	}
	// cobra finds similar command names, but does not export how. A third of the letters of a short name may
	// differ, so that --foo does not suggest --log.
	names := &cobra.Command{SuggestionsMinimumDistance: min(2, max(1, len(typed)/3))}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	near := names.SuggestionsFor(typed)
	if len(near) == 0 || len(near) > 3 {
		return ""
	}
	return "--" + strings.Join(near, " or --")
}
