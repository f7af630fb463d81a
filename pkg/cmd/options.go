package cmd

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/resolve"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// options are what all commands share: the outside world, kubectl's own flags (which
// belong to the caller) and the colour.
type options struct {
	env    Env
	config *genericclioptions.ConfigFlags
	// files reads whatever a flag, an argument or a kubeconfig names.
	files *input.Files
	// loaded is for kubeconfig alone.
	loadOnce sync.Once
	loaded   clientcmd.ClientConfig
	color    string
	// requestTimeout is not handed to client-go's loader: one that is told of a timeout takes
	// the Pod's own credential no more.
	requestTimeout string
	// timeoutGiven reports whether --request-timeout was written.
	timeoutGiven func() bool
	// pluginStderr is what exec plugins write to in place of the terminal.
	pluginStderr *resolve.PluginStderr
	// progress is on standard error while a server is waited for; nil where nobody sees it.
	progress *progress
	// secrets are those of this run, which stand in no output; out is standard output, guarded.
	secrets *token.Secrets
	out     *guard
	// unreadBy is the command that would have read standard input with the argument -, and
	// was given no credential; empty otherwise.
	unreadBy string
	// ifRefused is a hint for a credential that may have been meant as something else.
	ifRefused string
	// plugin takes, while a word is completed, what ends the exec plugin that runs for it;
	// nil for every other command line.
	plugin chan<- func()
	// crashes takes a panic of a goroutine that nobody waits for.
	crashes chan *crash.Crash
	// command is the path of the command that runs, a string, for the report of a crash.
	command atomic.Value
}

// restConfig is the caller's configuration. A network call is bounded also where
// the configuration does not come from a kubeconfig.
func (o *options) restConfig() (*rest.Config, error) {
	timeout, err := o.timeout()
	if err != nil {
		return nil, err
	}
	if err := o.resolver(&source{}).Readable(); err != nil {
		return nil, err
	}
	o.learnKubeconfig()
	config, err := o.kubeconfig().ClientConfig()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	if err := kubeconfig.ReadTLS(o.files, config); err != nil {
		return nil, err
	}
	config.Timeout = timeout
	if config.ExecProvider != nil {
		before := o.beforePlugin
		if o.plugin != nil {
			before = o.quietly
		}
		if err := before(config); err != nil {
			return nil, err
		}
	}
	return config, nil
}

// beforePlugin has kubectl's preferences decide whether the exec plugin may run, and what
// it writes to standard error come past here.
func (o *options) beforePlugin(config *rest.Config) error {
	policy, err := resolve.PluginPolicy(o.env.Getenv, o.files)
	if err != nil {
		return usage("%w", err)
	}
	plugin := *config.ExecProvider
	plugin.PluginPolicy = policy
	config.ExecProvider = &plugin
	if o.pluginStderr.Out == nil {
		o.pluginStderr.Out = o.env.Err
		short := withoutShort(confidential(&plugin))
		o.pluginStderr.Clean = func(line string) string { return escape.Text(o.secrets.Redact(short.Replace(line))) }
	}
	return o.pluginStderr.Attach()
}

// caller connects as the caller, after an exec plugin has run where the kubeconfig has one.
// Its errors are about the configuration, or the context's.
func (o *options) caller(ctx context.Context) (*cluster.Caller, error) {
	config, err := o.restConfig()
	if err != nil {
		return nil, unusable(err)
	}
	caller, err := o.connected(ctx, config)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, unusable(err)
	}
	return caller, nil
}

// connected is the caller of config. What an exec plugin or an auth provider of it produces is
// produced here: nothing bounds what runs below a request.
func (o *options) connected(ctx context.Context, config *rest.Config) (*cluster.Caller, error) {
	c, err := o.resolver(&source{}).Produce(ctx, config)
	switch {
	case err != nil:
		return cluster.Unable(config, err, o.secrets)
	case c == nil:
		return cluster.NewCaller(config, o.secrets)
	}
	o.handedOut(c)
	return cluster.NewCaller(produced(config, c), o.secrets)
}

// unusable is a configuration that does not load. An error that names its flag stays
// as it is.
func unusable(err error) error {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	if own := resolve.OfPod(err); own != nil {
		return undecided("%w", own)
	}
	return usage("the kubeconfig cannot be used: %w", credential.KubeconfigError(err))
}

// inPod adds to what kept a server from answering what is amiss with the credential of the
// Pod that this runs in.
func (o *options) inPod(err error) error {
	f, ok := asFailure(err)
	if !ok || f.status != exitUndecided || f.err == nil {
		return err
	}
	if amiss := o.resolver(&source{}).Amiss(); amiss != nil {
		return f.hint("%s", diagnose.FromFault(nil, *amiss).Detail)
	}
	return f
}

// askingCaller is the caller for questions about a credential. Where the credential under
// test is the caller's own and cannot be produced, the questions that anybody may ask are
// asked without it. What an exec plugin produced is used again: client-go would run the
// plugin anew after each refusal, and some open a browser.
func (o *options) askingCaller(ctx context.Context, credentials []*credential.Credential) (*cluster.Caller, error) {
	c := credentials[0]
	if !c.AsCaller {
		return o.caller(ctx)
	}
	config, err := o.restConfig()
	_, broken := c.Fault(credential.Unavailable)
	switch {
	case err != nil && broken:
		// Not even the server is known: the configuration does not load.
		return nil, nil
	case err != nil:
		return nil, unusable(err)
	case broken:
		config = rest.AnonymousClientConfig(config)
	case config.ExecProvider != nil, config.AuthProvider != nil:
		config = produced(config, c)
	}
	caller, err := cluster.NewCaller(config, o.secrets)
	switch {
	case err != nil && broken:
		return nil, nil
	case err != nil:
		return nil, unusable(err)
	}
	return caller, nil
}

// produced is config with the credential in the place of the plugin that produced it.
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

// read reads a file that a flag names, or standard input, up to a size in bytes.
func (o *options) read(name, flag string, limit int64) ([]byte, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = input.All(o.env.In, "standard input", limit)
	} else {
		data, err = o.files.Read(name, limit)
	}
	return data, notRead(flag, err)
}

// notRead is why the file of a flag was not read; nil where it was.
func notRead(flag string, err error) error {
	var bound *input.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bound):
		return usage("%s %w", flag, err)
	}
	return usage("%s: %w", flag, err)
}

func (o *options) namespace() (string, error) {
	if err := o.resolver(&source{}).Readable(); err != nil {
		return "", unusable(err)
	}
	o.learnKubeconfig()
	namespace, _, err := o.kubeconfig().Namespace()
	if err != nil {
		return "", usage("the kubeconfig cannot be read: %w", credential.KubeconfigError(err))
	}
	if finding.NamespaceName(namespace) {
		return namespace, nil
	}
	// It is not repeated: it may be a token.
	whose := "the namespace of the kubeconfig's context"
	raw, err := o.kubeconfig().RawConfig()
	switch {
	case *o.config.Namespace != "":
		whose = "--namespace"
	case err == nil && len(raw.Contexts) == 0:
		whose = "what " + credential.PodFolder + "/namespace holds"
	}
	return "", noNamespace(whose)
}

// noNamespace refuses a name that no namespace can have.
func noNamespace(whose string) *failure {
	return usage("%s is not a name that a namespace can have", whose).
		hint("such a name has lower case letters, digits and -, at most 63: --namespace NAME")
}

// cluster is the name of the cluster's entry in the kubeconfig; empty where none is used.
func (o *options) cluster() string {
	raw, err := o.kubeconfig().RawConfig()
	if err != nil {
		return ""
	}
	if name := *o.config.ClusterName; name != "" {
		return name
	}
	name := raw.CurrentContext
	if *o.config.Context != "" {
		name = *o.config.Context
	}
	if c := raw.Contexts[name]; c != nil {
		return c.Cluster
	}
	return ""
}

// source is where a command gets its credential from.
type source struct {
	filename, container, path string
	// exec: the tokens of pod/NAME are read in its container.
	exec bool
	// given reports whether --filename was written at all.
	given func() bool
	// command is the command's path; readsInput reports whether another of its flags has
	// standard input read.
	command    func() string
	readsInput func() bool
}

func (s *source) addFlags(c *cobra.Command) {
	s.given = func() bool { return c.Flags().Changed("filename") }
	s.command = c.CommandPath
	s.readsInput = func() bool { return namesInput(c.Flags()) }
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[credentialArgument] = "true"
	section(c, headCredential, func(f *pflag.FlagSet) {
		f.StringVarP(&s.filename, "filename", "f", "", "Read the credential from `FILE`, - for standard input.")
		f.BoolVar(&s.exec, "exec", false, "Read the token of pod/NAME in its container, by running cat there, or what the image has instead.")
		f.StringVarP(&s.container, "container", "c", "", "Take the token of the container `NAME` of pod/NAME, not of kubectl's default.")
		f.StringVar(&s.path, "path", "", "Take the token at `PATH` in the container of pod/NAME.")
	})
}

func (s *source) resolve(ctx context.Context, o *options, args []string) ([]*credential.Credential, error) {
	if s.given != nil && s.given() && s.filename == "" {
		return nil, usage("--filename is empty: it names no file")
	}
	if len(args) == 0 && s.filename == "" && s.path == "" && s.container == "" && !s.exec && !s.readsInput() {
		o.unreadBy = s.command()
		o.noteUnread()
	}
	credentials, err := o.resolver(s).Resolve(ctx, argument(args), s.filename)
	if err != nil {
		return nil, err
	}
	if err := errorText(credentials[0]); err != nil {
		return nil, err
	}
	if len(args) > 0 && credentials[0].Source.Equal(credential.Argument) && objectLike().MatchString(args[0]) {
		// Any word may be a static token, and it is not repeated.
		o.ifRefused = "the argument was tried as a token; an object is written serviceaccount/NAME, pod/NAME or secret/NAME, and a file -f FILE"
	}
	for _, c := range credentials {
		if c.AsCaller {
			o.handedOut(c)
		} else {
			o.learnCredential(c)
		}
		for _, note := range c.Notes {
			o.notice("note: " + note.String())
		}
	}
	return credentials, nil
}

// objectLike is a word that somebody may have meant as the name of an object, and that is
// short for a token.
var objectLike = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][-A-Za-z0-9]{0,19}$`) })

// errorText refuses the text of an error where a credential is wanted: what kubectl printed,
// or a server's answer. No token is: an API server reads none beyond its first space.
func errorText(c *credential.Credential) error {
	if c.AsCaller || c.Document || c.Token == nil || c.Token.Kind != token.KindOpaque || c.Token.Inner != nil && c.Token.Inner.Kind != token.KindOpaque {
		return nil
	}
	var how string
	switch file, inFile := strings.CutPrefix(c.Again.String(), "-f "); {
	case c.Source.Equal(credential.Argument):
		how = "--error 'TEXT'"
	case c.Source.Equal(credential.Stdin):
		how = "--error -"
	case inFile:
		how = "--error - < " + file
	default:
		return nil
	}
	text := c.Token.Raw.Reveal()
	if text != "Unauthorized" && !strings.ContainsFunc(text, unicode.IsSpace) || len(errortext.Find(text)) == 0 {
		return nil
	}
	return usage("%s is the text of an error, not a credential", c.Source).hint("to explain an error: kubectl authn explain %s", how)
}

// namesInput reports whether a flag's value is -, or ISSUER=-: standard input.
func namesInput(flags *pflag.FlagSet) (named bool) {
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			named = named || v == "-" || strings.HasSuffix(v, "=-")
		}
	})
	return named
}

func argument(args []string) *string {
	if len(args) == 0 {
		return nil
	}
	return &args[0]
}

func (o *options) resolver(s *source) *resolve.Resolver {
	r := &resolve.Resolver{
		Stdin:      o.env.In,
		Files:      o.files,
		Getenv:     o.env.Getenv,
		Kubeconfig: o.kubeconfig(),
		Flags: resolve.Flags{
			Context: *o.config.Context, User: *o.config.AuthInfoName, Cluster: *o.config.ClusterName,
			Token: *o.config.BearerToken, ClientCertificate: *o.config.CertFile, ClientKey: *o.config.KeyFile,
			Server: *o.config.APIServer, CertificateAuthority: *o.config.CAFile, Impersonate: *o.config.Impersonate,
			TLSServerName: *o.config.TLSServerName, ProxyURL: *o.config.ProxyURL, Insecure: *o.config.Insecure,
		},
		PluginStderr: o.pluginStderr,
		RESTConfig:   o.restConfig,
		Caller:       o.caller,
		Namespace:    o.namespace,
		Notice:       o.notice,
		Container:    s.container,
		Path:         s.path,
		Exec:         s.exec,
	}
	r.Timeout, r.PluginTimeout = o.timeouts()
	return r
}

// unattended is how long an exec plugin may run where nobody can answer its questions.
const unattended = time.Minute

// timeouts are the bounds on a network call and on an exec plugin; 0 is without end. A flag
// that cannot be read is an error wherever a configuration is loaded.
func (o *options) timeouts() (call, plugin time.Duration) {
	call, _ = o.timeout()
	switch {
	case o.timeoutGiven != nil && o.timeoutGiven():
		plugin = call
	case !o.env.Interactive():
		plugin = unattended
	}
	return call, plugin
}

// notice tells the user about something on standard error.
func (o *options) notice(text string) {
	_, _ = io.WriteString(o.env.Err, escape.Show(redact(text))+"\n")
}

// unread is a token of a Pod that is known from the Pod's spec alone.
func unread(c *credential.Credential, purpose string) *failure {
	if c.Projected.Unread == nil {
		return undecided("the token of %s is known from the Pod's spec alone: there is nothing to %s", c.Source, purpose).
			hint("--exec reads it in the container")
	}
	why := diagnose.Unread(c.Projected)
	err := undecided("the token of %s was not read: %s", c.Source, why.Detail)
	for _, r := range why.Remedy {
		if r.Command != "" {
			err.hint("%s %s", r.Description, r.Command)
		}
	}
	return err
}

// failed turns what kept a server from answering into an error.
func failed(what string, f *evidence.Failure) *failure {
	if f.Kind == evidence.Absent {
		return usage("%s: %w", what, f)
	}
	return undecided("%s: %w", what, f)
}
