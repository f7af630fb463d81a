package resolve

import (
	"net/http"
	"os"
	"strings"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	loader "github.com/kubectl-authn/kubectl-authn/pkg/kubeconfig"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// trace says which settings count and where they stand. config is nil where client-go
// refuses the kubeconfig.
func (r *Resolver) trace(raw clientcmdapi.Config, config *rest.Config) *credential.Trace {
	t := &credential.Trace{}
	chosenBy := r.traceFiles(t, raw)
	name, user, auth := r.current(raw)
	if inCluster(config, auth) {
		return traceOfPod(t, config)
	}
	say := func(setting string, value, key finding.Text, file string) {
		t.Settings = append(t.Settings, credential.Setting{Name: setting, Value: value, Key: key, File: file})
	}
	add := func(setting string, kind finding.Kind, value string, flag finding.Text, flagged string, key finding.Text, file string) {
		if flagged != "" {
			value, key, file = flagged, flag, ""
		}
		if value != "" {
			say(setting, finding.T("%s", kind.Of(value)), key, file)
		}
	}
	f := &r.Flags
	contextFile := ""
	if c := raw.Contexts[name]; c != nil {
		contextFile = c.LocationOfOrigin
	}
	add("context", finding.Context, name, finding.T("--context"), f.Context, finding.T("current-context"), chosenBy)
	add("user", finding.User, user, finding.T("--user"), f.User, finding.T("user of the context"), contextFile)
	cluster := r.cluster(raw)
	add("cluster", finding.Cluster, cluster, finding.T("--cluster"), f.Cluster, finding.T("cluster of the context"), contextFile)
	entry := raw.Clusters[cluster]
	if entry == nil {
		entry = &clientcmdapi.Cluster{}
	}
	server := entry.Server
	if server == "" && config != nil {
		add("server", finding.URL, config.Host, finding.T("--server"), f.Server, finding.T("kubectl's default"), "")
	} else {
		add("server", finding.URL, token.RedactURL(server), finding.T("--server"), token.RedactURL(f.Server), finding.T("server of the cluster"), entry.LocationOfOrigin)
	}
	add("tls-server-name", finding.Host, entry.TLSServerName, finding.T("--tls-server-name"), f.TLSServerName, finding.T("tls-server-name of the cluster"), entry.LocationOfOrigin)
	switch {
	case f.Insecure:
		say("server's CA", finding.T("not checked"), finding.T("--insecure-skip-tls-verify"), "")
	case f.CertificateAuthority != "":
		add("server's CA", finding.File, f.CertificateAuthority, finding.Text{}, "", finding.T("--certificate-authority"), "")
	case entry.InsecureSkipTLSVerify:
		say("server's CA", finding.T("not checked"), finding.T("insecure-skip-tls-verify of the cluster"), entry.LocationOfOrigin)
	case len(entry.CertificateAuthorityData) > 0:
		say("server's CA", finding.T("inline"), finding.T("certificate-authority-data of the cluster"), entry.LocationOfOrigin)
	default:
		add("server's CA", finding.File, entry.CertificateAuthority, finding.Text{}, "", finding.T("certificate-authority of the cluster"), entry.LocationOfOrigin)
	}
	if config != nil {
		r.traceProxy(t, config, entry)
	}
	if auth != nil {
		add("acts as", finding.User, auth.Impersonate, finding.T("--as"), f.Impersonate, finding.T("as of the user"), auth.LocationOfOrigin)
	} else {
		add("acts as", finding.User, "", finding.T("--as"), f.Impersonate, finding.Text{}, "")
	}
	r.traceMethods(t, auth)
	return t
}

// traceFiles lists the files of a KUBECONFIG list, and returns the one that chose the context.
func (r *Resolver) traceFiles(t *credential.Trace, raw clientcmdapi.Config) (chosenBy string) {
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
			for _, entry := range namesOf(config) {
				if seen[entry] && counts(raw, r, entry) {
					file.Ignored = append(file.Ignored, finding.T("%s %s", listOf[entry.Kind], entry))
				}
				seen[entry] = true
			}
		}
		t.Files = append(t.Files, file)
	}
	return chosenBy
}

// counts reports whether the entry is one that the current context uses.
func counts(raw clientcmdapi.Config, r *Resolver, entry finding.Name) bool {
	context, user, _ := r.current(raw)
	switch entry.Kind {
	case finding.Context:
		return entry.Value == context
	case finding.User:
		return entry.Value == user
	}
	return entry.Value == r.cluster(raw)
}

// listOf says what an entry is one of.
var listOf = map[finding.Kind]finding.Text{finding.Context: finding.T("context"), finding.User: finding.T("user"), finding.Cluster: finding.T("cluster")}

func namesOf(config *clientcmdapi.Config) []finding.Name {
	var out []finding.Name
	for name := range config.Contexts {
		out = append(out, finding.Context.Of(name))
	}
	for name := range config.Clusters {
		out = append(out, finding.Cluster.Of(name))
	}
	for name := range config.AuthInfos {
		out = append(out, finding.User.Of(name))
	}
	return out
}

// traceProxy says through which proxy the server is reached, and by which setting.
func (r *Resolver) traceProxy(t *credential.Trace, config *rest.Config, entry *clientcmdapi.Cluster) {
	if r.Flags.ProxyURL != "" {
		t.Settings = append(t.Settings, credential.Setting{Name: "proxy", Value: finding.T("%s", finding.URL.Of(token.RedactURL(r.Flags.ProxyURL))), Key: finding.T("--proxy-url")})
		return
	}
	if entry.ProxyURL != "" {
		t.Settings = append(t.Settings, credential.Setting{Name: "proxy", Value: finding.T("%s", finding.URL.Of(token.RedactURL(entry.ProxyURL))), Key: finding.T("proxy-url of the cluster"), File: entry.LocationOfOrigin})
		return
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return
	}
	variable := ""
	for _, name := range []string{strings.ToUpper(server.Scheme) + "_PROXY", server.Scheme + "_proxy"} {
		if os.Getenv(name) != "" {
			variable = name
			break
		}
	}
	if variable == "" {
		return
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: server})
	switch {
	case err != nil:
		t.Settings = append(t.Settings, credential.Setting{Name: "proxy", Value: finding.T("an address that cannot be used"), Key: finding.T("%s", finding.Standard(variable))})
	case proxy == nil:
		t.Settings = append(t.Settings, credential.Setting{Name: "proxy", Value: finding.T("none: this server is exempt"), Key: finding.T("NO_PROXY")})
	default:
		t.Settings = append(t.Settings, credential.Setting{Name: "proxy", Value: finding.T("%s", finding.URL.Of(token.RedactURL(proxy.String()))), Key: finding.T("%s", finding.Standard(variable))})
	}
}

// traceMethods lists what the user's entry and the flags have to authenticate with.
func (r *Resolver) traceMethods(t *credential.Trace, auth *clientcmdapi.AuthInfo) {
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
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
			m.Client, m.Why = credential.NotSent, finding.T("--token replaces it")
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

// settle says what became of each means of authentication, once it is known what is sent.
// config is nil where client-go refuses the kubeconfig.
func settle(c *credential.Credential, config *rest.Config) {
	if c.Trace == nil {
		return
	}
	fault, broken := c.Fault(credential.Unavailable)
	dropped, isDropped := c.Fault(credential.Dropped)
	unread := unreadFile(c)
	has := map[string]bool{}
	for _, m := range c.Trace.Methods {
		has[m.Type] = true
	}
	// A plugin's token or certificate is not one of the entry's own.
	produced := has[credential.MethodExec] && config != nil && !skipsPlugin(config)
	for i := range c.Trace.Methods {
		m := &c.Trace.Methods[i]
		if m.Client != "" {
			continue
		}
		m.Client = credential.NotSent
		switch {
		case isDropped && dropped.ID != "":
			m.Why = finding.T("the server is spoken to over plain http")
		case broken:
			m.Why = finding.T("nothing is, see %s", fault.ID)
			if blamed(fault, m.Type) {
				m.Client, m.Why = credential.NotProduced, finding.T("see %s", fault.ID)
			}
		case m.Type == credential.MethodExec && produced, m.Type == credential.MethodBasic && c.Basic != nil,
			m.Type == credential.MethodCertificate && c.Certificate != nil:
			m.Client = credential.Sent
		case m.Type == credential.MethodExec:
			m.Why = finding.T("not run, because what stands beside it wins")
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
			if has[credential.MethodTokenFile] && unread == nil {
				m.Client, m.Why = credential.NotSent, finding.T("tokenFile wins")
			}
		case m.Type == credential.MethodAuthProvider && c.Token != nil && !has[credential.MethodToken] && !has[credential.MethodTokenFile]:
			m.Client = credential.Sent
		default:
			m.Why = finding.T("what stands beside it wins")
		}
	}
}

// unreadFile is why a tokenFile beside a token cannot be read; nil where it can be.
func unreadFile(c *credential.Credential) error {
	for _, f := range c.Faults {
		if f.ID == finding.TokenShadowedByTokenFile {
			return f.Err
		}
	}
	return nil
}

// blamed reports whether a fault is one of this means of authentication.
func blamed(f credential.Fault, kind string) bool {
	id := string(f.ID)
	switch kind {
	case credential.MethodExec:
		return strings.HasPrefix(id, "exec-")
	case credential.MethodTokenFile:
		return strings.HasPrefix(id, "token-file-")
	case credential.MethodCertificate:
		return strings.Contains(id, "certificate")
	case credential.MethodAuthProvider:
		return strings.HasPrefix(id, "auth-provider-")
	}
	return false
}
