package resolve

import (
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

// context is what the current kubeconfig context would really send. client-go itself
// is asked: it reads the files and runs the plugins, and what it puts into a request
// is taken from it before the request leaves.
func (r *Resolver) context(ctx context.Context) (*credential.Credential, error) {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return r.unreadable(err)
	}
	name, user, auth := r.current(raw)
	c := &credential.Credential{Source: contextSource(name, user), AsCaller: true}
	config, err := r.RESTConfig()
	if err != nil {
		c.Trace = r.trace(raw, nil)
		c.Faults = r.shadows(raw)
		return r.unloadable(c, raw, err)
	}
	// --as is the caller's alone.
	config = rest.CopyConfig(config)
	config.Impersonate = rest.ImpersonationConfig{}
	inPod := inCluster(config, auth)
	if inPod {
		c.Source, c.KubeletFile = finding.T("in-cluster"), config.BearerTokenFile
	}
	runs := runsPlugin(config)
	if runs {
		c.Source = finding.T("exec %s", finding.Program.Of(config.ExecProvider.Command))
	}
	c.Trace = r.trace(raw, config)
	defer func() { settle(c, config) }()
	if !inPod {
		c.Faults = append(c.Faults, r.traps(raw, name, auth, config)...)
	}
	sent, err := r.prepare(ctx, config)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && inPod:
		if own := OfPod(err); own != nil {
			err = own
		}
		c.Faults = append(c.Faults, unreadableInPod(err))
		return c, nil
	case err != nil:
		f := produceFault(config, user, err)
		if runs {
			f.Plugin.Stderr = r.pluginSaid()
		}
		c.Faults = append(c.Faults, f)
		return c, nil
	}
	if sent.runs > 1 {
		// It is past its own expirationTimestamp.
		c.Faults = append(c.Faults, credential.Fault{ID: finding.ExecCredentialExpired, Plugin: credential.Plugin{Command: config.ExecProvider.Command, Runs: sent.runs}})
	}
	if sent.certificate != nil {
		if c.Certificate, err = credential.FromTLS(sent.certificate); err != nil {
			return nil, wrong(finding.Errorf("the client certificate of %s: %s", c.Source, finding.Err(err)))
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
		// It has one, which was dropped on the way; that is another finding.
	case c.Type() == credential.TypeNone:
		c.Faults = append(c.Faults, r.nobody(raw, name, user, auth)...)
	case config.BearerTokenFile != "" && c.Token != nil && c.Token.HasProblem(finding.EmptyBearerToken) && !c.Token.Sent().Possible:
		// client-go takes a blank file for none, and sends what it read of it at first.
		c.Token = nil
		if inPod {
			c.Faults = append(c.Faults, unreadableInPod(nil))
			break
		}
		c.Faults = append(c.Faults, unreadableTokenFile(config.BearerTokenFile, nil))
	}
	return c, nil
}

// plainHTTP reports whether the server is spoken to without TLS. An address without a
// scheme is, where nothing in the cluster's entry asks for TLS.
func plainHTTP(config *rest.Config) bool {
	return strings.HasPrefix(config.Host, "http://") || !strings.Contains(config.Host, "://") && !rest.IsConfigTransportTLS(*config)
}

// skipsPlugin reports whether client-go does not run the plugin because something stands
// beside it (k8s.io/client-go rest/config.go, transport/transport.go).
func skipsPlugin(config *rest.Config) bool {
	return config.BearerToken != "" || config.BearerTokenFile != "" || config.Username != "" || len(config.CertData) > 0 || config.CertFile != ""
}

// unreadableTokenFile is a tokenFile that cannot be read for that reason, or holds nothing but white space.
func unreadableTokenFile(name string, err error) credential.Fault {
	return credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, File: name, Err: err}
}

// current is the context that counts, its user, and the user's entry.
func (r *Resolver) current(raw clientcmdapi.Config) (name, user string, auth *clientcmdapi.AuthInfo) {
	name = raw.CurrentContext
	if r.Flags.Context != "" {
		name = r.Flags.Context
	}
	if c := raw.Contexts[name]; c != nil {
		user = c.AuthInfo
	}
	if r.Flags.User != "" {
		user = r.Flags.User
	}
	return name, user, raw.AuthInfos[user]
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

// nobody says why the context identifies no user.
func (r *Resolver) nobody(raw clientcmdapi.Config, name, user string, auth *clientcmdapi.AuthInfo) []credential.Fault {
	f := credential.Fault{ID: finding.NoCredential, Effect: credential.Dropped, Context: name, User: user}
	switch {
	case len(raw.Contexts) == 0 && len(raw.Clusters) == 0:
		if stray := r.stray(); stray != nil {
			return []credential.Fault{*stray}
		}
		f.Problem = credential.NoKubeconfig
	case name == "":
		f.Problem, f.Choices = credential.NoContext, slices.Collect(maps.Keys(raw.Contexts))
	case user == "":
		f.Problem, f.Choices = credential.ContextWithoutUser, slices.Collect(maps.Keys(raw.AuthInfos))
	case auth == nil:
		f.Problem, f.Choices = credential.UserUnknown, slices.Collect(maps.Keys(raw.AuthInfos))
	case identifies(auth):
		// It has one, which was dropped on the way; that is another finding.
		return nil
	}
	return []credential.Fault{f}
}

// identifies reports whether a kubeconfig's user has anything that identifies one.
func identifies(a *clientcmdapi.AuthInfo) bool {
	return a != nil && (a.Token != "" || a.TokenFile != "" || a.Username != "" || a.Exec != nil || a.AuthProvider != nil ||
		a.ClientCertificate != "" || len(a.ClientCertificateData) > 0)
}

// traps are the silent precedences of a kubeconfig, and what it drops without a word.
func (r *Resolver) traps(raw clientcmdapi.Config, name string, auth *clientcmdapi.AuthInfo, config *rest.Config) []credential.Fault {
	out := r.shadows(raw)
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
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
	context := raw.Contexts[name]
	dropped := credential.Fault{ID: finding.KubeconfigInvalid, Effect: credential.Dropped, Context: name, Server: config.Host}
	if context != nil {
		dropped.Cluster = context.Cluster
	}
	switch {
	case r.Flags.Server != "" || r.Flags.Cluster != "" || context == nil:
	case raw.Clusters[context.Cluster] == nil:
		dropped.Problem = credential.ClusterUnknown
		return append(out, dropped)
	case raw.Clusters[context.Cluster].Server == "":
		dropped.Problem = credential.ServerNotNamed
		return append(out, dropped)
	}
	if plainHTTP(config) && (identifies(auth) || r.Flags.Token != "") {
		dropped.ID = finding.PlainHTTPServer
		out = append(out, dropped)
	}
	return out
}

// emptyFile says why no token can be read in a file; nil where one can.
func (r *Resolver) emptyFile(name string) error {
	data, err := r.Files.Read(name, input.MaxNamed)
	if err == nil && strings.TrimSpace(string(data)) == "" {
		err = finding.Errorf("it is empty")
	}
	return err
}

// shadows are remarks on what else the kubeconfig makes of each request.
func (r *Resolver) shadows(raw clientcmdapi.Config) []credential.Fault {
	_, user, auth := r.current(raw)
	var out []credential.Fault
	if auth != nil && auth.Impersonate != "" && r.Flags.Impersonate == "" {
		out = append(out, credential.Fault{ID: finding.ImpersonationConfigured, User: user, As: auth.Impersonate, Groups: auth.ImpersonateGroups})
	}
	if as := r.Flags.Impersonate; as != "" {
		out = append(out, credential.Fault{ID: finding.ImpersonationConfigured, Key: finding.T("--as"), As: as})
	}
	if name := r.cluster(raw); r.Flags.Insecure || r.Flags.CertificateAuthority == "" && raw.Clusters[name] != nil && raw.Clusters[name].InsecureSkipTLSVerify {
		f := credential.Fault{ID: finding.ServerCertificateUnchecked, Cluster: name, Key: finding.T("insecure-skip-tls-verify of the cluster's entry")}
		if r.Flags.Insecure {
			f.Key = finding.T("--insecure-skip-tls-verify")
		}
		out = append(out, f)
	}
	return out
}

// cluster is the name of the cluster that counts.
func (r *Resolver) cluster(raw clientcmdapi.Config) string {
	if r.Flags.Cluster != "" {
		return r.Flags.Cluster
	}
	name, _, _ := r.current(raw)
	if c := raw.Contexts[name]; c != nil {
		return c.Cluster
	}
	return ""
}

// anyCA is an empty distinguished name: a CA's name has to be given and does not count.
var anyCA, _ = asn1.Marshal(pkix.Name{}.ToRDNSequence())
