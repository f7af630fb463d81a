package resolve

import (
	"context"
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	_ "k8s.io/client-go/plugin/pkg/client/auth" // the auth providers that kubectl has
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// context is what the current kubeconfig context would really send. client-go itself
// is asked: it reads the files and runs the plugins, and what it puts into a request
// is taken from it before the request leaves.
func (r *Resolver) context(ctx context.Context) (*credential.Credential, error) {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return nil, &Error{Text: "the kubeconfig cannot be read: " + credential.KubeconfigError(err)}
	}
	name, user, auth := r.current(raw)
	c := &credential.Credential{Source: contextSource(name, user), AsCaller: true}
	config, err := r.RESTConfig()
	if err != nil {
		return unloadable(c, auth, err)
	}
	// --as is the caller's alone.
	config = rest.CopyConfig(config)
	config.Impersonate = rest.ImpersonationConfig{}
	if name == "" && len(raw.Contexts) == 0 && config.BearerTokenFile != "" {
		c.Source = "in-cluster"
	}
	if config.ExecProvider != nil && !skipsPlugin(config) {
		c.Source = "exec " + config.ExecProvider.Command
	}
	c.Faults = append(c.Faults, r.traps(raw, name, auth, config)...)
	header, certificate, err := capture(ctx, config)
	if err != nil {
		c.Faults = append(c.Faults, produceFault(config, err))
		return c, nil
	}
	if certificate != nil {
		if c.Certificate, err = credential.FromTLS(certificate); err != nil {
			return nil, &Error{Text: "the client certificate of " + c.Source + ": " + err.Error()}
		}
	}
	switch scheme, value, _ := strings.Cut(header, " "); {
	case scheme == "Bearer":
		c.Token = token.Parse(value)
	case scheme == "Basic":
		c.Basic = &credential.Basic{Username: config.Username, Password: token.NewSecret(config.Password)}
	}
	switch {
	case c.Type() == credential.TypeNone && strings.HasPrefix(config.Host, "http://") && r.TokenFlag != "":
		// It has one, which was dropped on the way; that is another finding.
	case c.Type() == credential.TypeNone:
		c.Faults = append(c.Faults, nobody(raw, name, user, auth)...)
	case config.BearerTokenFile != "" && c.Token != nil && c.Token.HasProblem(finding.EmptyBearerToken) && !c.Token.Sent().Possible:
		// client-go takes a blank file for none, and sends what it read of it at first.
		c.Token = nil
		c.Faults = append(c.Faults, unreadableTokenFile(config.BearerTokenFile, "the tokenFile of the kubeconfig holds nothing but white space, which cannot be sent"))
	}
	return c, nil
}

// skipsPlugin reports whether client-go does not run the plugin because something stands
// beside it (k8s.io/client-go rest/config.go, transport/transport.go).
func skipsPlugin(config *rest.Config) bool {
	return config.BearerToken != "" || config.BearerTokenFile != "" || config.Username != "" || len(config.CertData) > 0 || config.CertFile != ""
}

func unreadableTokenFile(name, detail string) credential.Fault {
	return credential.Fault{
		ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, Detail: detail,
		Evidence: []finding.Evidence{{Source: "tokenFile", Value: name}},
		Remedy:   []finding.Remedy{{Description: "Put the token there again, or name another file.", Command: "kubectl config view --minify"}},
	}
}

// current is the context that counts, its user, and the user's entry.
func (r *Resolver) current(raw clientcmdapi.Config) (name, user string, auth *clientcmdapi.AuthInfo) {
	name = raw.CurrentContext
	if r.Context != "" {
		name = r.Context
	}
	if c := raw.Contexts[name]; c != nil {
		user = c.AuthInfo
	}
	if r.User != "" {
		user = r.User
	}
	return name, user, raw.AuthInfos[user]
}

func contextSource(name, user string) string {
	switch {
	case name == "" && user == "":
		return "kubeconfig"
	case user == "":
		return "kubeconfig context " + name
	}
	return fmt.Sprintf("kubeconfig context %s user %s", name, user)
}

// unloadable is a context that client-go refuses to load. What is missing of the
// credential makes it unavailable; anything else is an unusable kubeconfig.
func unloadable(c *credential.Credential, auth *clientcmdapi.AuthInfo, err error) (*credential.Credential, error) {
	if auth == nil {
		return nil, err
	}
	f := credential.Fault{Effect: credential.Unavailable}
	view := func(description string) {
		f.Remedy = []finding.Remedy{{Description: description, Command: "kubectl config view --minify"}}
	}
	text := strings.TrimPrefix(strings.TrimSuffix(err.Error(), "]"), "invalid configuration: [")
	text = strings.TrimPrefix(text, "invalid configuration: ")
	var path *os.PathError
	isPath := errors.As(err, &path)
	switch {
	case auth.TokenFile != "" && isPath && path.Path == auth.TokenFile:
		f = unreadableTokenFile(auth.TokenFile, "the tokenFile of the kubeconfig cannot be read: "+path.Error())
	case strings.Contains(text, "client-key"), strings.Contains(text, "client-cert"),
		isPath && (path.Path == auth.ClientCertificate || path.Path == auth.ClientKey):
		f.ID, f.Detail = finding.CertificateWithoutKey, "the client certificate of the kubeconfig cannot be loaded: "+text
		view("Put certificate and key where the kubeconfig says, or name other files; paths are relative to the kubeconfig.")
	case auth.Exec != nil && strings.Contains(text, "exec"):
		f.ID, f.Detail = finding.ExecPluginFailed, "the exec plugin is not configured as client-go wants it: "+text
		f.Evidence = []finding.Evidence{{Source: "exec plugin", Value: auth.Exec.Command}}
		view("Complete the exec entry of the user; apiVersion and interactiveMode have to be there.")
	default:
		return nil, err
	}
	c.Faults = append(c.Faults, f)
	return c, nil
}

// nobody says why the context identifies no user.
func nobody(raw clientcmdapi.Config, name, user string, auth *clientcmdapi.AuthInfo) []credential.Fault {
	detail := fmt.Sprintf("the user %q of the context %q has no token, certificate or plugin", user, name)
	switch {
	case len(raw.Contexts) == 0 && len(raw.Clusters) == 0:
		detail = "no kubeconfig was found: neither KUBECONFIG nor ~/.kube/config names a cluster, and kubectl falls back to localhost without a credential"
	case name == "":
		detail = "the kubeconfig has no current-context"
	case user == "":
		detail = fmt.Sprintf("the context %q names no user", name)
	case auth == nil:
		detail = fmt.Sprintf("the context %q names the user %q, which is not among the users of the kubeconfig", name, user)
	case identifies(auth):
		// It has one, which was dropped on the way; that is another finding.
		return nil
	}
	return []credential.Fault{{ID: finding.NoCredential, Detail: detail, Effect: credential.Dropped}}
}

// identifies reports whether a kubeconfig's user has anything that identifies one.
func identifies(a *clientcmdapi.AuthInfo) bool {
	return a != nil && (a.Token != "" || a.TokenFile != "" || a.Username != "" || a.Exec != nil || a.AuthProvider != nil ||
		a.ClientCertificate != "" || len(a.ClientCertificateData) > 0)
}

// traps are the silent precedences of a kubeconfig.
func (r *Resolver) traps(raw clientcmdapi.Config, name string, auth *clientcmdapi.AuthInfo, config *rest.Config) []credential.Fault {
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
	var out []credential.Fault
	inline := "token"
	if r.TokenFlag != "" {
		inline = "--token"
	}
	if auth.TokenFile != "" && (auth.Token != "" || r.TokenFlag != "") {
		out = append(out, credential.Fault{
			ID: finding.TokenShadowedByTokenFile, Effect: credential.Remark,
			Detail:   inline + " is given, and the kubeconfig's tokenFile is sent instead",
			Evidence: []finding.Evidence{{Source: "tokenFile", Value: auth.TokenFile}},
			Remedy:   []finding.Remedy{{Description: "Remove tokenFile from the user's entry, or use another user."}},
		})
	}
	certificate := auth.ClientCertificate != "" || len(auth.ClientCertificateData) > 0
	if auth.Exec != nil && (auth.Token != "" || r.TokenFlag != "" || auth.TokenFile != "" || auth.Username != "" || certificate) {
		out = append(out, credential.Fault{
			ID: finding.ExecPluginSkipped, Effect: credential.Remark,
			Detail: fmt.Sprintf("the exec plugin %q is configured, and is not run because a token, a password or a certificate stands beside it", auth.Exec.Command),
			Remedy: []finding.Remedy{{Description: "Remove what stands beside the exec plugin from the user's entry."}},
		})
	}
	if strings.HasPrefix(config.Host, "http://") && (identifies(auth) || r.TokenFlag != "") {
		out = append(out, credential.Fault{
			ID: finding.PlainHTTPServer, Effect: credential.Dropped,
			Detail:   "the server's address is " + config.Host + ": the credential of the kubeconfig is dropped before a request is sent",
			Evidence: []finding.Evidence{{Source: "kubeconfig", Value: "server: " + config.Host}},
			Remedy:   []finding.Remedy{{Description: "Write https:// and the TLS port into the cluster's entry.", Command: setServer(raw, name, config.Host)}},
		})
	}
	return out
}

// setServer is the command that writes https into the cluster's entry.
func setServer(raw clientcmdapi.Config, name, host string) string {
	if c := raw.Contexts[name]; c != nil && c.Cluster != "" {
		return "kubectl config set-cluster " + finding.Word(c.Cluster) + " --server=" + finding.Word("https://"+strings.TrimPrefix(host, "http://"))
	}
	return "kubectl config view --minify"
}

// errCaptured ends a request before it leaves.
var errCaptured = errors.New("captured")

// capture has client-go prepare a request, and returns the Authorization header and
// the client certificate that it would send. Nothing is sent.
func capture(ctx context.Context, config *rest.Config) (header string, certificate *tls.Certificate, err error) {
	config = rest.CopyConfig(config)
	seen := false
	config.Wrap(func(http.RoundTripper) http.RoundTripper {
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			seen, header = true, req.Header.Get("Authorization")
			return nil, errCaptured
		})
	})
	rt, err := rest.TransportFor(config)
	if err != nil {
		return "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://captured.invalid/", nil)
	if err != nil {
		return "", nil, err
	}
	if _, err := rt.RoundTrip(req); !seen {
		return "", nil, err
	}
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return "", nil, err
	}
	if tlsConfig != nil && tlsConfig.GetClientCertificate != nil {
		// client-go presents its certificate whatever the server asks for.
		certificate, err = tlsConfig.GetClientCertificate(&tls.CertificateRequestInfo{AcceptableCAs: [][]byte{anyCA}, Version: tls.VersionTLS13})
		if err != nil {
			return "", nil, err
		}
		if certificate != nil && len(certificate.Certificate) == 0 {
			certificate = nil
		}
	}
	return header, certificate, nil
}

// anyCA is an empty distinguished name: a CA's name has to be given and does not count.
var anyCA, _ = asn1.Marshal(pkix.Name{}.ToRDNSequence())

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// produceFault says why client-go could not produce the credential, by its words
// (k8s.io/client-go plugin/pkg/client/auth/exec/exec.go, transport/token_source.go).
func produceFault(config *rest.Config, err error) credential.Fault {
	// What follows the first line is advice, or a dump of what was read.
	text, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "getting credentials: "), "\n")
	f := credential.Fault{Effect: credential.Unavailable, Detail: text}
	fix := func(id finding.ID, description string) {
		f.ID, f.Remedy = id, []finding.Remedy{{Description: description}}
	}
	contains := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	if config.ExecProvider != nil {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "exec plugin", Value: config.ExecProvider.Command})
	}
	switch {
	case contains("auth plugin has been removed", "no Auth Provider found for name"):
		fix(finding.AuthProviderRemoved, "Replace auth-provider by the exec plugin of the provider (gke-gcloud-auth-plugin, kubelogin).")
	case contains("token file", "token from file", "failed to read token"):
		fix(finding.TokenFileUnreadable, "Put the token there again, or name another file.")
	case config.AuthProvider != nil:
		f.Detail = "the auth provider " + config.AuthProvider.Name + " gave no token: " + text
		fix(finding.ExecPluginFailed, "Log in again with the tool that wrote the kubeconfig.")
	case config.ExecProvider == nil:
		f.Detail = "the client certificate of the kubeconfig cannot be used: " + text
		fix(finding.CertificateWithoutKey, "Hand over the key that belongs to the certificate.")
	case contains("executable ", "fork/exec ") && contains(" not found", "no such file"):
		fix(finding.ExecPluginNotFound, "Install the plugin, or put its folder on the PATH of this shell.")
	case contains("__internal"), contains("decoding stdout"):
		f.Detail = "the exec plugin printed something that is no ExecCredential"
		fix(finding.ExecPluginFailed, "Run the plugin by hand with KUBERNETES_EXEC_INFO set, and look at what it prints.")
	case contains("is configured to use API version", "invalid apiVersion"):
		fix(finding.ExecPluginVersionMismatch, "Write the apiVersion that the plugin answers into the kubeconfig, or update the plugin.")
		f.Remedy[0].Command = "kubectl config view --minify"
	case contains("didn't return a token", "didn't return a status", "returned only certificate or key"):
		fix(finding.ExecPluginNoCredential, "Run the plugin by hand and look at what it prints.")
	default:
		fix(finding.ExecPluginFailed, "Run the plugin by hand: what it writes to standard error says more.")
	}
	return f
}
