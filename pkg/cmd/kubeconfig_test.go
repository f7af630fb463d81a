package cmd

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// Each of kubectl's flags changes the kubeconfig as in cli-runtime.
func TestOverridesAreCLIRuntimes(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("KUBECONFIG", file(t, "config", `
current-context: c
contexts: [{name: c, context: {cluster: k, user: u, namespace: n}}, {name: d, context: {cluster: l, user: v}}]
clusters: [{name: k, cluster: {server: "https://k"}}, {name: l, cluster: {server: "https://l"}}]
users: [{name: u, user: {token: one}}, {name: v, user: {token: two}}]`))
	certificate := file(t, "certificate", "")
	values := map[string]string{
		"kubeconfig": file(t, "other", "current-context: x\ncontexts: [{name: x, context: {cluster: x}}]\nclusters: [{name: x, cluster: {server: 'https://x'}}]\n"),
		"context":    "d", "cluster": "l", "user": "v", "client-certificate": certificate, "client-key": certificate, "certificate-authority": certificate,
		"insecure-skip-tls-verify": "true", "disable-compression": "true", "as-user-extra": "a=b", "proxy-url": "http://proxy", "server": "https://other",
	}
	tried := 0
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	genericclioptions.NewConfigFlags(true).AddFlags(all)
	all.VisitAll(func(known *pflag.Flag) {
		if known.Name == "cache-dir" || known.Name == "request-timeout" {
			return
		}
		tried++
		given := genericclioptions.NewConfigFlags(true)
		given.Timeout = nil
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		given.AddFlags(flags)
		value := values[known.Name]
		if value == "" {
			value = "value"
		}
		if err := flags.Set(known.Name, value); err != nil {
			t.Fatal(err)
		}
		c := &connector{flags: given, inputs: &inputs{files: input.OS()}}
		got, want := loaded(c.kubeconfig()), loaded(given.ToRawKubeConfigLoader())
		if !reflect.DeepEqual(got, want) {
			t.Errorf("--%s %s: %v, cli-runtime has %v", known.Name, value, got, want)
		}
	})
	if tried < 15 {
		t.Errorf("%d flags", tried)
	}
}

// loaded returns all values of a configuration.
func loaded(c clientcmd.ClientConfig) []string {
	raw, err1 := c.RawConfig()
	config, err2 := c.ClientConfig()
	namespace, overridden, err3 := c.Namespace()
	return []string{asJSON(raw), fmt.Sprintf("%#v", config), namespace, fmt.Sprint(overridden, c.ConfigAccess().GetLoadingPrecedence(), err1, err2, err3)}
}
