package cmd

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// connector loads the caller's configuration from the kubeconfig and kubectl's own flags, and connects with it.
type connector struct {
	flags       *genericclioptions.ConfigFlags
	inputs      *inputs
	redaction   *redaction
	getenv      func(string) string
	interactive func() bool
	notice      func(finding.Text)
	// requestTimeout is not passed to client-go's loader, because a loader with a timeout ignores the Pod's own
	// credential.
	requestTimeout *pflag.Flag
	// pluginStderr replaces standard error for exec plugins.
	pluginStderr *resolve.PluginStderr
	// beforePlugin prepares an exec plugin, or returns why the plugin must not run.
	beforePlugin func(*clientcmdapi.ExecConfig) error
	// foreignContext is the context of the credential under test if that context is for another cluster than --context.
	foreignContext string
	// cleans reports that the secrets in the exec plugin's arguments and variables are removed from its output.
	cleans bool
	// loadOnce and loaded are only used by kubeconfig.
	loadOnce sync.Once
	loaded   clientcmd.ClientConfig
}

// newConnector writes the standard error of exec plugins to that of env.
func newConnector(env Env, in *inputs, hidden *redaction, notice func(finding.Text), background func(func())) *connector {
	c := &connector{
		flags: genericclioptions.NewConfigFlags(true), inputs: in, redaction: hidden,
		getenv: env.Getenv, interactive: env.Interactive, notice: notice,
		pluginStderr: &resolve.PluginStderr{Out: env.Err, Go: background},
	}
	c.flags.Timeout, c.flags.CacheDir = nil, nil
	c.beforePlugin = c.cleanStderr
	return c
}

// addFlags adds kubectl's own flags.
func (c *connector) addFlags(flags *pflag.FlagSet) {
	c.flags.AddFlags(flags)
	flags.String("request-timeout", transport.DefaultTimeout.String(), "Time limit for a request, such as 10s or 1m (0 for no limit). If set, it also limits exec plugins.")
	c.requestTimeout = flags.Lookup("request-timeout")
}

// config returns the kubeconfig after redaction has learned its secrets, because errors quote it.
func (c *connector) config() (clientcmd.ClientConfig, error) {
	if err := c.resolver().Readable(); err != nil {
		return nil, err
	}
	if raw, err := c.kubeconfig().RawConfig(); err == nil {
		c.redaction.learnKubeconfig(&raw, *c.flags.Context, *c.flags.AuthInfoName)
	}
	return c.kubeconfig(), nil
}

// restConfig returns the caller's configuration, with the timeout even if the configuration does not come from a
// kubeconfig.
func (c *connector) restConfig() (*rest.Config, error) {
	timeout, err := c.timeout()
	if err != nil {
		return nil, err
	}
	loaded, err := c.config()
	if err != nil {
		return nil, err
	}
	config, err := loaded.ClientConfig()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	if err := kubeconfig.ReadTLS(c.inputs.files, config); err != nil {
		return nil, err
	}
	config.Timeout = timeout
	if config.ExecProvider == nil {
		return config, nil
	}
	// kubectl's preferences decide whether the plugin may run.
	plugin := *config.ExecProvider
	if plugin.PluginPolicy, err = resolve.PluginPolicy(c.getenv, c.inputs.files); err != nil {
		return nil, usage(err)
	}
	config.ExecProvider = &plugin
	return config, c.beforePlugin(&plugin)
}

// cleanStderr removes the exec plugin's secrets from what the plugin writes to standard error.
func (c *connector) cleanStderr(plugin *clientcmdapi.ExecConfig) error {
	if !c.cleans {
		c.cleans = true
		short, others := withoutShort(confidential(plugin)), c.pluginStderr.Clean
		if others == nil {
			others = func(line string) string { return escape.Text(c.redaction.secrets.Redact(line)) }
		}
		c.pluginStderr.Clean = func(line string) string { return others(short.Replace(line)) }
	}
	return c.pluginStderr.Attach()
}

// caller runs the exec plugin, if there is one, and connects as the caller. Its errors are about the
// configuration, or the context's own.
func (c *connector) caller(ctx context.Context) (*cluster.Caller, error) {
	config, err := c.restConfig()
	if err != nil {
		return nil, unusable(err)
	}
	caller, err := c.connected(ctx, config)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, unusable(err)
	}
	return caller, nil
}

// connected returns the caller of a configuration. It runs the exec plugin or auth provider itself, because
// nothing limits a plugin that runs inside a request.
func (c *connector) connected(ctx context.Context, config *rest.Config) (*cluster.Caller, error) {
	own, err := c.resolver().Produce(ctx, config)
	if err != nil {
		return cluster.Unable(config, err, c.redaction.secrets)
	}
	if own != nil {
		c.learnProduced(own)
		config = produced(config, own)
	}
	return cluster.NewCaller(config, c.redaction.secrets)
}

// learnProduced lets redaction learn the credential that a plugin produced, and then shows what the plugin wrote.
func (c *connector) learnProduced(own *credential.Credential) {
	c.redaction.learnCredential(own)
	c.pluginStderr.Lines(time.Second)
}

// unusable is the error for a configuration that does not load. A failure that names its flag is returned
// unchanged.
func unusable(err error) error {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if own := resolve.OfPod(err); own != nil {
		return undecided(own)
	}
	unusable := usage(finding.Errorf("the kubeconfig cannot be used: %s", finding.Err(credential.KubeconfigError(err))))
	if clientcmd.IsContextNotFound(err) {
		unusable.hint(finding.T("to list the contexts, run: kubectl config get-contexts"))
	}
	return unusable
}

// inPod adds a hint about the fault of this Pod's own credential to an error about an API server that did not
// answer.
func (c *connector) inPod(err error) error {
	f, ok := asFailure(err)
	if !ok || f.status != exitUndecided || f.err == nil {
		return err
	}
	if amiss := c.resolver().Amiss(); amiss != nil {
		return f.hint(checks.FromFault(nil, *amiss).Detail)
	}
	return f
}

// askingCaller returns the caller that asks about credentials. If the credential under test is the caller's own
// and cannot be produced, the caller asks without it. A credential from an exec plugin is used again, because
// client-go would run the plugin after each rejection, and some plugins open a browser.
func (c *connector) askingCaller(ctx context.Context, credentials []*credential.Credential) (*cluster.Caller, error) {
	subject := credentials[0]
	if c.foreignContext != "" {
		return nil, usage(finding.Errorf("context %q is for another cluster than --context %q: its credential is not sent there", finding.Context.Of(c.foreignContext), finding.Context.Of(*c.flags.Context))).
			hint(finding.T("to ask the cluster of the context itself, leave out --context"))
	}
	if !subject.AsCaller {
		caller, err := c.caller(ctx)
		if err == nil || ctx.Err() != nil {
			return caller, err
		}
		if config := c.withoutOwn(err); config != nil {
			if without, invalid := cluster.Unable(config, err, c.redaction.secrets); invalid == nil {
				return without, nil
			}
		}
		return nil, err
	}
	_, broken := subject.Fault(credential.Unavailable)
	caller, err := c.callerOf(subject, broken)
	if err != nil && !broken {
		return nil, unusable(err)
	}
	// With a broken credential, the configuration may not load, and the server may be unknown.
	return caller, nil
}

// withoutOwn returns the configuration without the caller's own credential if only that credential prevents the
// configuration from loading, because other credentials can still be judged. It returns nil for every other error.
func (c *connector) withoutOwn(err error) *rest.Config {
	raw, invalid := c.kubeconfig().RawConfig()
	used := inUse(&raw, *c.flags.Context)
	if f, ok := asFailure(err); !ok || f.status != exitUsage || invalid != nil || used == nil {
		return nil
	}
	name := cmp.Or(*c.flags.AuthInfoName, used.AuthInfo)
	if raw.AuthInfos[name] == nil {
		return nil
	}
	raw = *raw.DeepCopy()
	raw.AuthInfos[name] = &clientcmdapi.AuthInfo{}
	config, invalid := clientcmd.NewDefaultClientConfig(raw, overrides(c.flags)).ClientConfig()
	if invalid != nil || kubeconfig.ReadTLS(c.inputs.files, config) != nil {
		return nil
	}
	if config.Timeout, invalid = c.timeout(); invalid != nil {
		return nil
	}
	return config
}

// faultOfOwn returns the fault of the kubeconfig that prevented a question about another credential; nil for every
// other error.
func (c *connector) faultOfOwn(ctx context.Context, subject *credential.Credential, err error) *credential.Fault {
	if f, ok := asFailure(err); !ok || f.status != exitUsage || subject.AsCaller || c.foreignContext != "" {
		return nil
	}
	own, invalid := c.resolver().Resolve(ctx, nil, "")
	if invalid != nil {
		return nil
	}
	fault, broken := own[0].Fault(credential.Unavailable)
	if !broken {
		return nil
	}
	return &fault
}

// callerOf returns the caller whose own credential is the subject, without that credential if it is broken.
func (c *connector) callerOf(subject *credential.Credential, broken bool) (*cluster.Caller, error) {
	config, err := c.restConfig()
	if err != nil {
		return nil, err
	}
	switch {
	case broken:
		config = rest.AnonymousClientConfig(config)
	case config.ExecProvider != nil, config.AuthProvider != nil:
		config = produced(config, subject)
	}
	return cluster.NewCaller(config, c.redaction.secrets)
}

// produced returns the configuration with a produced credential instead of its plugin.
func produced(config *rest.Config, c *credential.Credential) *rest.Config {
	out := rest.AnonymousClientConfig(config)
	out.Impersonate = config.Impersonate
	if c.Token != nil {
		out.BearerToken = c.Token.Raw.Reveal()
	}
	if c.Basic != nil {
		out.Username, out.Password = c.Basic.Username, c.Basic.Password.Reveal()
	}
	if c.Certificate != nil {
		out.CertData, out.KeyData = c.Certificate.PEM, []byte(c.Certificate.Key.Reveal())
	}
	return out
}

func (c *connector) namespace() (string, error) {
	config, err := c.config()
	if err != nil {
		return "", unusable(err)
	}
	namespace, _, err := config.Namespace()
	if err != nil {
		return "", unusable(err)
	}
	if finding.NamespaceName(namespace) {
		return namespace, nil
	}
	// The name is not repeated, because it may be a token.
	whose := finding.T("the namespace of the kubeconfig's context")
	raw, err := config.RawConfig()
	switch {
	case *c.flags.Namespace != "":
		whose = finding.T("--namespace")
	case err == nil && len(raw.Contexts) == 0:
		whose = finding.T("the content of " + credential.PodFolder + "/namespace")
	}
	return "", noNamespace(whose)
}

// noNamespace is the error for an invalid namespace name.
func noNamespace(whose finding.Text) *failure {
	return usage(finding.Errorf("%s is not a valid namespace name", whose)).
		hint(finding.T("a namespace name has at most 63 lower-case letters, digits and -"))
}

// cluster returns the name of the cluster's entry in the kubeconfig; empty if there is none.
func (c *connector) cluster() string {
	if name := *c.flags.ClusterName; name != "" {
		return name
	}
	raw, _ := c.kubeconfig().RawConfig()
	if used := inUse(&raw, *c.flags.Context); used != nil {
		return used.Cluster
	}
	return ""
}

// inContext finds the credential of a context of the kubeconfig. The flags about the cluster apply to that
// context, and the flags about the user do not.
//
// The current context asks about the credential if both contexts are for the same cluster. Otherwise the named
// context asks, because a credential is never sent to another cluster. asks reports that the named context asks
// with its own credential.
func (c *connector) inContext(name string) (other *resolve.Resolver, asks bool) {
	f, own := c.flags, genericclioptions.NewConfigFlags(true)
	own.Context = &name
	own.KubeConfig, own.ClusterName, own.Namespace = f.KubeConfig, f.ClusterName, f.Namespace
	own.APIServer, own.TLSServerName, own.CAFile, own.Insecure = f.APIServer, f.TLSServerName, f.CAFile, f.Insecure
	own.ProxyURL, own.DisableCompression = f.ProxyURL, f.DisableCompression
	of := &connector{
		flags: own, inputs: c.inputs, redaction: c.redaction, getenv: c.getenv, interactive: c.interactive, notice: c.notice,
		requestTimeout: c.requestTimeout, pluginStderr: c.pluginStderr,
	}
	of.beforePlugin = of.cleanStderr
	switch {
	case c.cluster() == of.cluster():
	case *f.Context != "":
		c.foreignContext = name
	default:
		f.Context = &name
		c.loadOnce = sync.Once{}
	}
	raw, _ := c.kubeconfig().RawConfig()
	asks = cmp.Or(*f.Context, raw.CurrentContext) == name && *f.AuthInfoName == "" && *f.BearerToken == "" && *f.CertFile == ""
	other = of.resolver()
	other.Flags.AsCredential = true
	return other, asks
}

// resolver finds the caller's own credential.
func (c *connector) resolver() *resolve.Resolver {
	r := &resolve.Resolver{
		Stdin:      c.inputs.stdin,
		Files:      c.inputs.files,
		Getenv:     c.getenv,
		Kubeconfig: c.kubeconfig(),
		Flags: resolve.Flags{
			Context: *c.flags.Context, User: *c.flags.AuthInfoName, Cluster: *c.flags.ClusterName,
			Token: *c.flags.BearerToken, ClientCertificate: *c.flags.CertFile, ClientKey: *c.flags.KeyFile,
			Server: *c.flags.APIServer, CertificateAuthority: *c.flags.CAFile, Impersonate: *c.flags.Impersonate,
			TLSServerName: *c.flags.TLSServerName, ProxyURL: *c.flags.ProxyURL, Insecure: *c.flags.Insecure,
		},
		PluginStderr: c.pluginStderr,
		RESTConfig:   c.restConfig,
		Caller:       c.caller,
		Namespace:    c.namespace,
		Notice:       c.notice,
		InContext:    c.inContext,
	}
	// An invalid flag is an error when a configuration is loaded.
	r.Timeout, _ = c.timeout()
	switch {
	case c.requestTimeout.Changed:
		r.PluginTimeout = r.Timeout
	case !c.interactive():
		r.PluginTimeout = unattended
	}
	return r
}

// unattended limits the run of an exec plugin when no user can answer its questions.
const unattended = time.Minute

// timeout returns --request-timeout, which may be a number of seconds; 0 is no limit.
func (c *connector) timeout() (time.Duration, error) {
	written := c.requestTimeout.Value.String()
	d, err := clientcmd.ParseTimeout(written)
	if err != nil || d < 0 {
		return 0, usage(finding.Errorf("--request-timeout %q is not a duration such as 10s", finding.Quoted(written)))
	}
	return d, nil
}
