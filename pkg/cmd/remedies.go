package cmd

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// here puts the flags that chose the cluster into the commands of remedies, so that
// they speak to the cluster that was asked.
func (o *options) here(findings []finding.Finding) {
	var flags []string
	for _, f := range []struct {
		name  string
		value *string
	}{
		{"kubeconfig", o.config.KubeConfig}, {"context", o.config.Context}, {"cluster", o.config.ClusterName}, {"user", o.config.AuthInfoName},
	} {
		if f.value != nil && *f.value != "" {
			flags = append(flags, "--"+f.name, finding.Word(*f.value))
		}
	}
	// kubectl before v1.37 does not know --proxy-url, which may hold a password besides.
	plugin := flags
	if u, err := url.Parse(*o.config.ProxyURL); err == nil && u.Host != "" && u.User == nil {
		plugin = append(slices.Clone(flags), "--proxy-url", finding.Word(*o.config.ProxyURL))
	}
	if len(plugin) == 0 {
		return
	}
	for _, f := range findings {
		for i := range f.Remedy {
			if f.Remedy[i].Others {
				continue
			}
			f.Remedy[i].Command = withFlags(f.Remedy[i].Command, strings.Join(flags, " "), strings.Join(plugin, " "))
		}
	}
}

// withFlags adds flags to each kubectl of a pipeline. A plugin takes them behind its
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
