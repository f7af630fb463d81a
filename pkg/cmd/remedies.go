package cmd

import (
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
	if len(flags) == 0 {
		return
	}
	for _, f := range findings {
		for i := range f.Remedy {
			f.Remedy[i].Command = withFlags(f.Remedy[i].Command, strings.Join(flags, " "))
		}
	}
}

// withFlags adds flags to each kubectl of a pipeline. A plugin takes them behind its
// name, kubectl itself also before the command, where no `--` cuts them off. What only
// an administrator can do, they do with a kubeconfig of their own.
func withFlags(command, flags string) string {
	parts := strings.Split(command, " | ")
	for i, p := range parts {
		p = strings.ReplaceAll(p, "$(kubectl ", "$(kubectl "+flags+" ")
		switch {
		case strings.HasPrefix(p, "kubectl -n kube-system"), strings.HasPrefix(p, "kubectl create clusterrole"), strings.HasPrefix(p, "kubectl create role "), p == "kubectl apply -f -":
		case strings.HasPrefix(p, "kubectl authn"):
			parts[i] = p + " " + flags
		case strings.HasPrefix(p, "kubectl "):
			parts[i] = "kubectl " + flags + strings.TrimPrefix(p, "kubectl")
		}
	}
	return strings.Join(parts, " | ")
}
