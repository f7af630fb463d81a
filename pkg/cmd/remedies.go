package cmd

import (
	"net/url"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// addClusterFlags puts the flags that chose the cluster into the commands of remedies, so that
// they speak to the cluster that was asked.
func (c *connector) addClusterFlags(findings []finding.Finding) {
	kubectl := finding.Run("")
	if name := *c.flags.KubeConfig; name != "" {
		kubectl = kubectl.Flag("--kubeconfig", finding.File.Of(name))
	}
	if name := *c.flags.Context; name != "" {
		kubectl = kubectl.Flag("--context", finding.Context.Of(name))
	}
	if name := *c.flags.ClusterName; name != "" {
		kubectl = kubectl.Flag("--cluster", finding.Cluster.Of(name))
	}
	if name := *c.flags.AuthInfoName; name != "" {
		kubectl = kubectl.Flag("--user", finding.User.Of(name))
	}
	// kubectl before v1.37 does not know --proxy-url, which may hold a password besides.
	plugin := kubectl
	if u, err := url.Parse(*c.flags.ProxyURL); err == nil && u.Host != "" && u.User == nil {
		plugin = plugin.Flag("--proxy-url", finding.URL.Of(*c.flags.ProxyURL))
	}
	if plugin.String() == "" {
		return
	}
	for _, f := range findings {
		for i := range f.Remedy {
			switch r := &f.Remedy[i]; {
			case !r.Run.IsZero():
				r.Run = r.Run.With(kubectl, plugin)
				r.Command = r.Run.String()
			case !r.Others:
				r.Command = withFlags(r.Command, kubectl.String(), plugin.String())
			}
		}
	}
}

// withFlags does for a command that is a string what finding.Command.With does: it adds flags
// to each kubectl of a pipeline. A plugin takes them behind its
// name, kubectl itself also before the command, where no `--` cuts them off. What only
// an administrator can do, they do with a kubeconfig of their own.
func withFlags(command, flags, plugin string) string {
	parts := pipeline(command)
	for i, p := range parts {
		if flags != "" {
			p = outsideQuotes(p, "$(kubectl ", "$(kubectl "+flags+" ")
		}
		switch {
		case strings.HasPrefix(p, "kubectl -n kube-system"), strings.HasPrefix(p, "kubectl create clusterrole"), strings.HasPrefix(p, "kubectl create role "), p == "kubectl apply -f -":
		case strings.HasPrefix(p, "kubectl authn"):
			parts[i] = p + " " + plugin
		case strings.HasPrefix(p, "kubectl ") && flags != "":
			parts[i] = "kubectl " + flags + strings.TrimPrefix(p, "kubectl")
		}
	}
	return strings.Join(parts, " | ")
}

// pipeline splits a command at its pipes. Those in single quotes are no pipes: claims stand
// there, and may say anything.
func pipeline(command string) []string {
	const pipe = "\x00"
	return strings.Split(outsideQuotes(command, " | ", pipe), pipe)
}

// outsideQuotes replaces what does not stand in single quotes.
func outsideQuotes(command, old, by string) string {
	var out strings.Builder
	quoted := false
	for i := 0; i < len(command); {
		switch rest := command[i:]; {
		case !quoted && strings.HasPrefix(rest, `\'`):
			out.WriteString(`\'`)
			i += 2
			continue
		case rest[0] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(rest, old):
			out.WriteString(by)
			i += len(old)
			continue
		}
		out.WriteByte(command[i])
		i++
	}
	return out.String()
}
