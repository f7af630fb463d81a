package resolve

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/homedir"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// preference has the settings for exec plugins in kubectl's preferences
// (k8s.io/kubectl pkg/config/v1beta1).
type preference struct {
	APIVersion string                  `json:"apiVersion"`
	Kind       string                  `json:"kind"`
	Policy     clientcmdapi.PolicyType `json:"credentialPluginPolicy"`
	Allowlist  *[]allowed              `json:"credentialPluginAllowlist"`
}

// allowed is an entry of the allowlist. Before 1.36, the field command was called name.
type allowed struct {
	Command string `json:"command"`
	Name    string `json:"name"`
}

// PluginPolicy reads which exec plugins may run from kubectl's preferences, the file that
// KUBERC names or ~/.kube/kuberc. kubectl does not apply the policy for its plugins.
func PluginPolicy(getenv func(string) string, files *input.Files) (clientcmdapi.PluginPolicy, error) {
	name, explicit := getenv("KUBERC"), true
	switch name {
	case "off":
		return clientcmdapi.PluginPolicy{}, nil
	case "":
		name, explicit = filepath.Join(homedir.HomeDir(), ".kube", "kuberc"), false
	}
	data, err := files.Read(name, input.MaxGiven)
	if err == nil {
		err = aliases.Check(data)
	}
	switch {
	case !explicit && errors.Is(err, fs.ErrNotExist):
		return clientcmdapi.PluginPolicy{}, nil
	case err != nil:
		return clientcmdapi.PluginPolicy{}, finding.Errorf("kubectl's preferences cannot be read: %s", finding.Err(err))
	}
	for _, document := range bytes.Split(data, []byte("\n---")) {
		var p preference
		if yaml.Unmarshal(document, &p) != nil || p.Kind != "Preference" {
			continue
		}
		policy := clientcmdapi.PluginPolicy{PolicyType: p.Policy}
		if p.Allowlist != nil {
			policy.Allowlist = []clientcmdapi.AllowlistEntry{}
			for _, e := range *p.Allowlist {
				policy.Allowlist = append(policy.Allowlist, clientcmdapi.AllowlistEntry{Command: cmp.Or(e.Command, e.Name)})
			}
		}
		return policy, nil
	}
	if explicit {
		return clientcmdapi.PluginPolicy{}, finding.Errorf("kubectl's preferences in %s have no readable document of kind Preference", finding.File.Of(name))
	}
	return clientcmdapi.PluginPolicy{}, nil
}
