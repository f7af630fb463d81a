package cmd

import (
	"net/url"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// addClusterFlags adds the flags that chose the cluster to the commands of remedies, so that they ask the same
// cluster.
func (c *connector) addClusterFlags(findings []finding.Finding) {
	for _, f := range findings {
		for i := range f.Remedy {
			f.Remedy[i].Command = c.withClusterFlags(f.Remedy[i].Command)
		}
	}
}

// withClusterFlags adds the flags that chose the cluster to a command.
func (c *connector) withClusterFlags(command finding.Command) finding.Command {
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
	// kubectl before v1.37 does not know --proxy-url. The URL may also contain a password.
	plugin := kubectl
	if u, err := url.Parse(*c.flags.ProxyURL); err == nil && u.Host != "" && u.User == nil {
		plugin = plugin.Flag("--proxy-url", finding.URL.Of(*c.flags.ProxyURL))
	}
	if plugin.String() == "" {
		return command
	}
	return command.With(kubectl, plugin)
}
