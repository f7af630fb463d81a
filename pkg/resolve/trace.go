package resolve

import (
	"net/http"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	loader "github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// trace returns the settings that count and their origins. config is nil if client-go rejects
// the kubeconfig.
func (r *Resolver) trace(s *selected, config *rest.Config) *credential.Trace {
	t := &credential.Trace{}
	chosenBy := r.traceFiles(t, s)
	if inCluster(config, s.user) {
		return traceOfPod(t, config)
	}
	chosen := finding.T("--context")
	if r.Flags.AsCredential {
		chosen = finding.T("context/NAME")
	}
	t.Settings = slices.DeleteFunc([]credential.Setting{
		setting("context", finding.Context, chosen, r.Flags.Context, finding.T("current-context"), s.contextName, chosenBy),
		setting("user", finding.User, finding.T("--user"), r.Flags.User, finding.T("user of the context"), s.userName, s.context.LocationOfOrigin),
		setting("cluster", finding.Cluster, finding.T("--cluster"), r.Flags.Cluster, finding.T("cluster of the context"), s.clusterName, s.context.LocationOfOrigin),
		r.server(s.cluster, config),
		setting("tls-server-name", finding.Host, finding.T("--tls-server-name"), r.Flags.TLSServerName, finding.T("tls-server-name of the cluster"), s.cluster.TLSServerName, s.cluster.LocationOfOrigin),
		r.authority(s.cluster),
		r.proxy(s.cluster, config),
		setting("acts as", finding.User, finding.T("--as"), r.Flags.Impersonate, finding.T("as of the user"), s.user.Impersonate, s.user.LocationOfOrigin),
	}, func(s credential.Setting) bool { return s.Value.IsZero() })
	r.traceMethods(t, s.user)
	return t
}

// setting returns the value of a flag, or of a key in a file without the flag; blank without both.
func setting(name string, kind finding.Kind, flag finding.Text, flagged string, key finding.Text, value, file string) credential.Setting {
	if flagged != "" {
		value, key, file = flagged, flag, ""
	}
	return credential.Setting{Name: name, Value: finding.T("%s", kind.Of(value)), Key: key, File: file}
}

// server returns the address of the API server.
func (r *Resolver) server(cluster *clientcmdapi.Cluster, config *rest.Config) credential.Setting {
	flag, flagged := finding.T("--server"), token.RedactURL(r.Flags.Server)
	if cluster.Server == "" && config != nil {
		return setting("server", finding.URL, flag, flagged, finding.T("kubectl's default"), config.Host, "")
	}
	return setting("server", finding.URL, flag, flagged, finding.T("server of the cluster"), token.RedactURL(cluster.Server), cluster.LocationOfOrigin)
}

// authority returns the CA that verifies the API server's certificate.
func (r *Resolver) authority(cluster *clientcmdapi.Cluster) credential.Setting {
	const name = "server's CA"
	switch {
	case r.Flags.Insecure:
		return credential.Setting{Name: name, Value: finding.T("not verified"), Key: finding.T("--insecure-skip-tls-verify")}
	case r.Flags.CertificateAuthority == "" && cluster.InsecureSkipTLSVerify:
		return credential.Setting{Name: name, Value: finding.T("not verified"), Key: finding.T("insecure-skip-tls-verify of the cluster"), File: cluster.LocationOfOrigin}
	case r.Flags.CertificateAuthority == "" && len(cluster.CertificateAuthorityData) > 0:
		return credential.Setting{Name: name, Value: finding.T("inline"), Key: finding.T("certificate-authority-data of the cluster"), File: cluster.LocationOfOrigin}
	}
	return setting(name, finding.File, finding.T("--certificate-authority"), r.Flags.CertificateAuthority, finding.T("certificate-authority of the cluster"), cluster.CertificateAuthority, cluster.LocationOfOrigin)
}

// traceFiles adds the files of a KUBECONFIG list, and returns the one that sets current-context.
func (r *Resolver) traceFiles(t *credential.Trace, s *selected) (chosenBy string) {
	files := r.files()
	if len(files) == 1 {
		if _, err := r.Files.Stat(files[0]); err == nil {
			t.Files = []credential.KubeconfigFile{{Path: files[0]}}
			return files[0]
		}
	}
	seen := map[finding.Name]bool{}
	for _, name := range files {
		if name == "" {
			continue
		}
		config, err := loader.Read(r.Files, name)
		file := credential.KubeconfigFile{Path: name, Missing: os.IsNotExist(err)}
		if err == nil {
			if chosenBy == "" && config.CurrentContext != "" {
				chosenBy = name
			}
			for _, entry := range []struct {
				kind  finding.Text
				name  finding.Name
				found bool
			}{
				{finding.T("context"), finding.Context.Of(s.contextName), config.Contexts[s.contextName] != nil},
				{finding.T("cluster"), finding.Cluster.Of(s.clusterName), config.Clusters[s.clusterName] != nil},
				{finding.T("user"), finding.User.Of(s.userName), config.AuthInfos[s.userName] != nil},
			} {
				if entry.found && seen[entry.name] {
					file.Ignored = append(file.Ignored, finding.T("%s %s", entry.kind, entry.name))
				}
				seen[entry.name] = seen[entry.name] || entry.found
			}
		}
		t.Files = append(t.Files, file)
	}
	return chosenBy
}

// proxy returns the proxy to the server; unknown if config is nil.
func (r *Resolver) proxy(cluster *clientcmdapi.Cluster, config *rest.Config) credential.Setting {
	if config == nil {
		return credential.Setting{}
	}
	configured := setting("proxy", finding.URL, finding.T("--proxy-url"), token.RedactURL(r.Flags.ProxyURL), finding.T("proxy-url of the cluster"), token.RedactURL(cluster.ProxyURL), cluster.LocationOfOrigin)
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil || !configured.Value.IsZero() {
		return configured
	}
	variables := []string{strings.ToUpper(server.Scheme) + "_PROXY", server.Scheme + "_proxy"}
	i := slices.IndexFunc(variables, func(name string) bool { return os.Getenv(name) != "" })
	if i < 0 {
		return configured
	}
	variable := finding.T("%s", finding.Standard(variables[i]))
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: server})
	switch {
	case err != nil:
		return credential.Setting{Name: "proxy", Value: finding.T("unusable address"), Key: variable}
	case proxy == nil:
		return credential.Setting{Name: "proxy", Value: finding.T("none, as NO_PROXY has this server"), Key: finding.T("NO_PROXY")}
	}
	return credential.Setting{Name: "proxy", Value: finding.T("%s", finding.URL.Of(token.RedactURL(proxy.String()))), Key: variable}
}

// traceMethods adds the authentication methods in the user's entry and the flags.
func (r *Resolver) traceMethods(t *credential.Trace, auth *clientcmdapi.AuthInfo) {
	file := auth.LocationOfOrigin
	add := func(kind string, name finding.Name, key finding.Text, file string) *credential.Method {
		t.Methods = append(t.Methods, credential.Method{Type: kind, Name: finding.T("%s", name), Key: key, File: file})
		return &t.Methods[len(t.Methods)-1]
	}
	switch {
	case r.Flags.ClientCertificate != "":
		add(credential.MethodCertificate, finding.File.Of(r.Flags.ClientCertificate), finding.T("--client-certificate"), "")
	case len(auth.ClientCertificateData) > 0:
		add(credential.MethodCertificate, finding.Name{}, finding.T("client-certificate-data"), file)
	case auth.ClientCertificate != "":
		add(credential.MethodCertificate, finding.File.Of(auth.ClientCertificate), finding.T("client-certificate"), file)
	}
	if auth.TokenFile != "" {
		add(credential.MethodTokenFile, finding.File.Of(auth.TokenFile), finding.T("tokenFile"), file)
	}
	if r.Flags.Token != "" {
		add(credential.MethodToken, finding.Name{}, finding.T("--token"), "")
	}
	if auth.Token != "" {
		m := add(credential.MethodToken, finding.Name{}, finding.T("token"), file)
		if r.Flags.Token != "" {
			m.Client, m.Why = credential.NotSent, finding.T("replaced by --token")
		}
	}
	if auth.Username != "" || auth.Password != "" {
		add(credential.MethodBasic, finding.User.Of(auth.Username), finding.T("username"), file)
	}
	if auth.Exec != nil {
		add(credential.MethodExec, finding.Program.Of(auth.Exec.Command), finding.T("exec"), file)
	}
	if auth.AuthProvider != nil {
		add(credential.MethodAuthProvider, finding.Program.Of(auth.AuthProvider.Name), finding.T("auth-provider"), file)
	}
}

// settle sets the outcome of each authentication method once it is known what is sent. config is
// nil if client-go rejects the kubeconfig. It has a branch for each method, as each is skipped for
// its own reasons.
func settle(c *credential.Credential, config *rest.Config) {
	if c.Trace == nil {
		return
	}
	fault, broken := c.Fault(credential.Unavailable)
	dropped, isDropped := c.Fault(credential.Dropped)
	unread := unreadFile(c)
	has := func(kind string) bool {
		return slices.ContainsFunc(c.Trace.Methods, func(m credential.Method) bool { return m.Type == kind })
	}
	// A plugin's token or certificate is not a method of the entry.
	produced := has(credential.MethodExec) && config != nil && !skipsPlugin(config)
	for i := range c.Trace.Methods {
		m := &c.Trace.Methods[i]
		if m.Client != "" {
			continue
		}
		m.Client = credential.NotSent
		switch {
		case isDropped && dropped.ID != "":
			m.Why = finding.T("client-go sends no credential over plain http")
		case broken:
			m.Why = finding.T("no credential is sent, see %s", fault.ID)
			if isFaultOf(fault, m.Type) {
				m.Client, m.Why = credential.NotProduced, finding.T("see %s", fault.ID)
			}
		case m.Type == credential.MethodExec && produced, m.Type == credential.MethodBasic && c.Basic != nil,
			m.Type == credential.MethodCertificate && c.Certificate != nil:
			m.Client = credential.Sent
		case m.Type == credential.MethodExec:
			m.Why = finding.T("not run, as another method takes precedence")
		case m.Type == credential.MethodTokenFile && c.Token != nil:
			m.Client = credential.Sent
			if unread != nil {
				m.Client, m.Why = credential.NotProduced, finding.T("%s", finding.Err(unread))
			}
		case m.Type == credential.MethodToken && c.Token != nil:
			m.Client = credential.Sent
			if sent := c.Token.Sent(); !sent.Possible {
				m.Client, m.Why = credential.NotSent, sent.Reason
			}
			if has(credential.MethodTokenFile) && unread == nil {
				m.Client, m.Why = credential.NotSent, finding.T("tokenFile takes precedence")
			}
		case m.Type == credential.MethodAuthProvider && c.Token != nil && !has(credential.MethodToken) && !has(credential.MethodTokenFile):
			m.Client = credential.Sent
		default:
			m.Why = finding.T("another method takes precedence")
		}
	}
}

// unreadFile returns why a tokenFile beside a token cannot be read; nil if it can.
func unreadFile(c *credential.Credential) error {
	for _, f := range c.Faults {
		if f.ID == finding.TokenShadowedByTokenFile {
			return f.Err
		}
	}
	return nil
}

// methodInID maps an authentication method to the common part of the IDs of its faults.
var methodInID = map[string]string{
	credential.MethodExec: "exec-", credential.MethodTokenFile: "token-file-",
	credential.MethodCertificate: "certificate", credential.MethodAuthProvider: "auth-provider-",
}

// isFaultOf reports whether a fault belongs to an authentication method.
func isFaultOf(f credential.Fault, kind string) bool {
	part := methodInID[kind]
	return part != "" && strings.Contains(string(f.ID), part)
}
