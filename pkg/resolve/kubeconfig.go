package resolve

import (
	"cmp"
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"maps"
	"slices"
	"strings"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the auth providers that kubectl has
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// context returns what the current kubeconfig context sends. client-go itself reads the files and
// runs the plugins, and its request is intercepted before it leaves.
//
// It has a branch for each step at which client-go may fail, because the known facts differ.
func (r *Resolver) context(ctx context.Context) (*credential.Credential, error) {
	s, err := r.selected()
	if err != nil {
		return r.unreadable(err)
	}
	c := &credential.Credential{Source: contextSource(s.contextName, s.userName), AsCaller: true}
	config, err := r.RESTConfig()
	if err != nil {
		c.Trace = r.trace(s, nil)
		c.Faults = r.shadows(s)
		return r.unloadable(c, s, err)
	}
	// --as applies only to the caller.
	config = rest.CopyConfig(config)
	config.Impersonate = rest.ImpersonationConfig{}
	inPod := inCluster(config, s.user)
	if inPod {
		c.Source, c.KubeletFile = finding.T("in-cluster"), config.BearerTokenFile
	}
	runs := runsPlugin(config)
	if runs {
		c.Source = finding.T("exec %s", finding.Program.Of(config.ExecProvider.Command))
	}
	c.Trace = r.trace(s, config)
	defer func() { settle(c, config) }()
	if !inPod {
		c.KubeconfigUser = s.userName
		c.Faults = append(c.Faults, r.traps(s, config)...)
	}
	sent, err := r.prepare(ctx, config)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && inPod:
		c.Faults = append(c.Faults, unreadableInPod(cmp.Or(OfPod(err), err)))
		return c, nil
	case err != nil:
		f := produceFault(config, s.userName, err)
		if f.ID == finding.ExecPluginNotFound {
			f.Plugin.Beside = besideKubeconfig(f.Plugin.Command, s.user.LocationOfOrigin)
		}
		if runs {
			f.Plugin.Stderr = r.pluginLines()
		}
		c.Faults = append(c.Faults, f)
		return c, nil
	}
	if sent.runs > 1 {
		// client-go ran the plugin again because the credential was past its expirationTimestamp.
		c.Faults = append(c.Faults, credential.Fault{ID: finding.ExecCredentialExpired, Plugin: credential.Plugin{Command: config.ExecProvider.Command, Runs: sent.runs}})
	}
	if sent.certificate != nil {
		if c.Certificate, err = credential.FromTLS(sent.certificate); err != nil {
			return nil, wrong(finding.Errorf("the client certificate of %s is unusable: %s", c.Source, finding.Err(err)))
		}
	}
	switch scheme, value, _ := strings.Cut(sent.header, " "); {
	case scheme == "Bearer":
		c.Token = token.Parse(value)
	case scheme == "Basic":
		c.Basic = &credential.Basic{Username: config.Username, Password: token.NewSecret(config.Password)}
	}
	switch {
	case c.Type() == credential.TypeNone && plainHTTP(config) && r.Flags.Token != "":
		// The credential was dropped, which is another finding.
	case c.Type() == credential.TypeNone:
		c.Faults = append(c.Faults, r.missingUser(s)...)
	case config.BearerTokenFile != "" && c.Token != nil && c.Token.HasProblem(finding.EmptyBearerToken) && !c.Token.Sent().Possible:
		// client-go treats a blank file as no token, although it sends its content first.
		c.Token = nil
		f := unreadableTokenFile(config.BearerTokenFile, nil)
		if inPod {
			f = unreadableInPod(nil)
		}
		c.Faults = append(c.Faults, f)
	}
	return c, nil
}

// namedContext returns what a context of the kubeconfig sends.
func (r *Resolver) namedContext(ctx context.Context, name string) (*credential.Credential, error) {
	s, err := r.selected()
	switch {
	case err != nil:
		return r.unreadable(err)
	case s.Contexts[name] == nil && len(s.Contexts) == 0:
		return nil, wrong(finding.Errorf("there is no context %q: the kubeconfig has no contexts", finding.Context.Of(name))).
			hint(finding.T("name a kubeconfig with --kubeconfig or KUBECONFIG"))
	case s.Contexts[name] == nil:
		return nil, wrong(finding.Errorf("the kubeconfig has no context %q", finding.Context.Of(name))).
			hint(credential.Choices(finding.Context, slices.Collect(maps.Keys(s.Contexts))))
	}
	other, asks := r.InContext(name)
	c, err := other.context(ctx)
	if err == nil && !asks {
		c.AsCaller, c.Again = false, finding.Run("").Argf("context/%s", finding.Context.Of(name))
	}
	return c, err
}

// plainHTTP reports whether the connection to the server has no TLS. An address without a scheme is
// http unless the cluster's entry has TLS settings.
func plainHTTP(config *rest.Config) bool {
	return strings.HasPrefix(config.Host, "http://") || !strings.Contains(config.Host, "://") && !rest.IsConfigTransportTLS(*config)
}

// skipsPlugin reports whether client-go does not run the plugin because of another credential
// (k8s.io/client-go rest/config.go, transport/transport.go).
func skipsPlugin(config *rest.Config) bool {
	return config.BearerToken != "" || config.BearerTokenFile != "" || config.Username != "" || len(config.CertData) > 0 || config.CertFile != ""
}

// unreadableTokenFile is the fault of a tokenFile that cannot be read, or is blank if err is nil.
func unreadableTokenFile(name string, err error) credential.Fault {
	return credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, File: name, Err: err}
}

// selected returns the cluster and user that the current context and the flags select. A missing
// entry is empty.
type selected struct {
	clientcmdapi.Config
	contextName, userName, clusterName string
	context                            *clientcmdapi.Context
	user                               *clientcmdapi.AuthInfo
	cluster                            *clientcmdapi.Cluster
}

func (r *Resolver) selected() (*selected, error) {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return nil, err
	}
	s := &selected{Config: raw, contextName: cmp.Or(r.Flags.Context, raw.CurrentContext)}
	s.context = cmp.Or(raw.Contexts[s.contextName], &clientcmdapi.Context{})
	s.userName = cmp.Or(r.Flags.User, s.context.AuthInfo)
	s.user = cmp.Or(raw.AuthInfos[s.userName], &clientcmdapi.AuthInfo{})
	s.clusterName = cmp.Or(r.Flags.Cluster, s.context.Cluster)
	s.cluster = cmp.Or(raw.Clusters[s.clusterName], &clientcmdapi.Cluster{})
	return s, nil
}

func contextSource(name, user string) finding.Text {
	switch {
	case name == "" && user == "":
		return finding.T("kubeconfig")
	case user == "":
		return finding.T("kubeconfig context %s", finding.Context.Of(name))
	}
	return finding.T("kubeconfig context %s user %s", finding.Context.Of(name), finding.User.Of(user))
}

// missingUser returns why the context identifies no user.
func (r *Resolver) missingUser(s *selected) []credential.Fault {
	f := credential.Fault{ID: finding.NoCredential, Effect: credential.Dropped, Context: s.contextName, User: s.userName}
	switch {
	case len(s.Contexts) == 0 && len(s.Clusters) == 0:
		if stray := r.stray(); stray != nil {
			return []credential.Fault{*stray}
		}
		f.Problem = credential.NoKubeconfig
	case s.contextName == "":
		f.Problem, f.Choices = credential.NoContext, slices.Collect(maps.Keys(s.Contexts))
	case s.userName == "":
		f.Problem, f.Choices = credential.ContextWithoutUser, slices.Collect(maps.Keys(s.AuthInfos))
	case s.AuthInfos[s.userName] == nil:
		f.Problem, f.Choices = credential.UserUnknown, slices.Collect(maps.Keys(s.AuthInfos))
	case identifies(s.user):
		// The credential was dropped, which is another finding.
		return nil
	}
	return []credential.Fault{f}
}

// identifies reports whether a kubeconfig's user has a credential.
func identifies(a *clientcmdapi.AuthInfo) bool {
	return a.Token != "" || a.TokenFile != "" || a.Username != "" || a.Exec != nil || a.AuthProvider != nil ||
		a.ClientCertificate != "" || len(a.ClientCertificateData) > 0
}

// traps returns the faults of settings that a kubeconfig silently overrides or drops. It has a
// branch for each, as each is recognized by other settings.
func (r *Resolver) traps(s *selected, config *rest.Config) []credential.Fault {
	out := r.shadows(s)
	auth := s.user
	if auth.TokenFile != "" && (auth.Token != "" || r.Flags.Token != "") {
		f := credential.Fault{ID: finding.TokenShadowedByTokenFile, Key: finding.T("token"), File: auth.TokenFile, Err: r.emptyFile(auth.TokenFile)}
		if r.Flags.Token != "" {
			f.Key = finding.T("--token")
		}
		out = append(out, f)
	}
	certificate := auth.ClientCertificate != "" || len(auth.ClientCertificateData) > 0 || r.Flags.ClientCertificate != ""
	if auth.Exec != nil && (auth.Token != "" || r.Flags.Token != "" || auth.TokenFile != "" || auth.Username != "" || certificate) {
		out = append(out, credential.Fault{ID: finding.ExecPluginSkipped, Plugin: credential.Plugin{Command: auth.Exec.Command}})
	}
	dropped := credential.Fault{ID: finding.KubeconfigInvalid, Effect: credential.Dropped, Context: s.contextName, Cluster: s.context.Cluster, Server: config.Host}
	asConfigured := s.Contexts[s.contextName] != nil && r.Flags.Server == "" && r.Flags.Cluster == ""
	switch {
	case asConfigured && s.Clusters[s.clusterName] == nil:
		dropped.Problem = credential.ClusterUnknown
	case asConfigured && s.cluster.Server == "":
		dropped.Problem = credential.ServerNotNamed
	case plainHTTP(config) && (identifies(auth) || r.Flags.Token != ""):
		dropped.ID = finding.PlainHTTPServer
	default:
		return out
	}
	return append(out, dropped)
}

// emptyFile returns why a file has no readable token; nil if it has one.
func (r *Resolver) emptyFile(name string) error {
	data, err := r.Files.Read(name, input.MaxNamed)
	if err == nil && strings.TrimSpace(string(data)) == "" {
		err = finding.Errorf("the file is empty")
	}
	return err
}

// shadows returns remarks on settings that change each request: impersonation and unverified TLS.
func (r *Resolver) shadows(s *selected) (out []credential.Fault) {
	switch {
	case r.Flags.Impersonate != "":
		out = append(out, credential.Fault{ID: finding.ImpersonationConfigured, Key: finding.T("--as"), As: r.Flags.Impersonate})
	case s.user.Impersonate != "":
		out = append(out, credential.Fault{ID: finding.ImpersonationConfigured, User: s.userName, As: s.user.Impersonate, Groups: s.user.ImpersonateGroups})
	}
	unchecked := credential.Fault{ID: finding.ServerCertificateUnchecked, Cluster: s.clusterName}
	switch {
	case r.Flags.Insecure:
		unchecked.Key = finding.T("--insecure-skip-tls-verify")
	case r.Flags.CertificateAuthority == "" && s.cluster.InsecureSkipTLSVerify:
		unchecked.Key = finding.T("insecure-skip-tls-verify of the cluster's entry")
	default:
		return out
	}
	return append(out, unchecked)
}

// anyCA is an empty distinguished name, for a certificate request that must name a CA.
var anyCA, _ = asn1.Marshal(pkix.Name{}.ToRDNSequence())
