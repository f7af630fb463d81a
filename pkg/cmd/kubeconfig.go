package cmd

import (
	"cmp"
	"strings"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
)

// kubeconfig returns the caller's configuration: the files, overridden by kubectl's flags. It matches cli-runtime,
// except that its loader limits what it reads.
func (c *connector) kubeconfig() clientcmd.ClientConfig {
	c.loadOnce.Do(func() {
		rules := clientcmd.NewDefaultClientConfigLoadingRules()
		rules.DefaultClientConfig = &clientcmd.DefaultClientConfig
		rules.ExplicitPath = *c.flags.KubeConfig
		c.loaded = (&kubeconfig.Loader{ClientConfigLoadingRules: rules, Files: c.inputs.files}).Client(overrides(c.flags))
	})
	return c.loaded
}

// inUse returns the context that --context names, or the current context; nil if there is none.
func inUse(config *clientcmdapi.Config, flag string) *clientcmdapi.Context {
	return config.Contexts[cmp.Or(flag, config.CurrentContext)]
}

// overrides returns the overrides of the flags (k8s.io/cli-runtime pkg/genericclioptions/config_flags.go).
func overrides(f *genericclioptions.ConfigFlags) *clientcmd.ConfigOverrides {
	o := &clientcmd.ConfigOverrides{ClusterDefaults: clientcmd.ClusterDefaults, CurrentContext: *f.Context} //nolint:staticcheck // as cli-runtime
	o.Context.Cluster, o.Context.AuthInfo, o.Context.Namespace = *f.ClusterName, *f.AuthInfoName, *f.Namespace

	user := &o.AuthInfo
	user.ClientCertificate, user.ClientKey, user.Token = *f.CertFile, *f.KeyFile, *f.BearerToken
	user.Impersonate, user.ImpersonateUID, user.ImpersonateGroups = *f.Impersonate, *f.ImpersonateUID, *f.ImpersonateGroup
	for _, written := range *f.ImpersonateUserExtra {
		if key, value, ok := strings.Cut(written, "="); ok {
			if user.ImpersonateUserExtra == nil {
				user.ImpersonateUserExtra = map[string][]string{}
			}
			user.ImpersonateUserExtra[key] = append(user.ImpersonateUserExtra[key], value)
		}
	}

	server := &o.ClusterInfo
	server.Server, server.TLSServerName, server.CertificateAuthority = *f.APIServer, *f.TLSServerName, *f.CAFile
	server.InsecureSkipTLSVerify, server.DisableCompression, server.ProxyURL = *f.Insecure, *f.DisableCompression, *f.ProxyURL
	return o
}
