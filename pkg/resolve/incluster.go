package resolve

import (
	"errors"
	"io/fs"
	"strings"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What the kubelet provides in a container: the Pod's credential, and environment variables with
// the address of the API server.
const (
	podToken = credential.PodFolder + "/token"
	podCA    = credential.PodFolder + "/ca.crt"

	serviceHost = "KUBERNETES_SERVICE_HOST"
	servicePort = "KUBERNETES_SERVICE_PORT"
)

// inCluster reports whether client-go uses the credential of the Pod that this process runs in,
// as it does if neither a kubeconfig nor a flag names a server or a user.
func inCluster(config *rest.Config, auth *clientcmdapi.AuthInfo) bool {
	return config != nil && config.BearerTokenFile != "" && auth.TokenFile == ""
}

// OfPod returns err as an error about this Pod's own credential; nil if err is about something else.
func OfPod(err error) error {
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && path.Path == podToken:
		return finding.Errorf("the token of this Pod cannot be read: %s", finding.Err(path))
	case strings.Contains(err.Error(), "read empty token from file") && strings.Contains(err.Error(), podToken):
		return finding.Errorf("the token of this Pod is empty: " + podToken + " has no content")
	}
	return nil
}

// unreadableInPod is the fault of a mounted token that cannot be read, or is blank if err is nil.
func unreadableInPod(err error) credential.Fault {
	f := credential.Fault{ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, Problem: credential.PodTokenUnreadable, Err: err}
	if errors.Is(err, fs.ErrPermission) {
		f.Problem = credential.PodTokenForbidden
	}
	return f
}

// stray returns why the credential of this Pod is not used; nil if this process does not seem to
// run in a Pod.
func (r *Resolver) stray() *credential.Fault {
	f := &credential.Fault{ID: finding.NoCredential, Effect: credential.Dropped, Host: r.Getenv(serviceHost), Port: r.Getenv(servicePort)}
	info, err := r.Files.Stat(podToken)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.Host == "":
		return nil
	case errors.Is(err, fs.ErrNotExist):
		f.Problem = credential.PodTokenNotMounted
	case err != nil:
		f.Problem, f.Err = credential.PodTokenHidden, err
	case info.IsDir():
		f.Problem = credential.PodTokenIsFolder
	case f.Host == "" || f.Port == "":
		f.Problem = credential.PodVariableMissing
	default:
		f.Problem, f.Flags = credential.PodTokenBesideFlags, r.Flags.besides()
	}
	return f
}

// besides returns the flags that keep client-go from using the credential of a Pod.
func (f *Flags) besides() (out []finding.Text) {
	for _, flag := range []struct {
		name finding.Text
		set  bool
	}{
		{finding.T("--server"), f.Server != ""}, {finding.T("--certificate-authority"), f.CertificateAuthority != ""},
		{finding.T("--tls-server-name"), f.TLSServerName != ""}, {finding.T("--proxy-url"), f.ProxyURL != ""},
		{finding.T("--client-certificate"), f.ClientCertificate != ""}, {finding.T("--token"), f.Token != ""},
		{finding.T("--as"), f.Impersonate != ""}, {finding.T("--insecure-skip-tls-verify"), f.Insecure},
	} {
		if flag.set {
			out = append(out, flag.name)
		}
	}
	return out
}

// Amiss returns the fault of this Pod's configuration that may explain an error of the caller;
// nil if there is no fault, or this process does not run in a Pod.
func (r *Resolver) Amiss() *credential.Fault {
	s, err := r.selected()
	if err != nil {
		return nil
	}
	config, err := r.RESTConfig()
	switch {
	case err == nil && inCluster(config, s.user) && config.CAFile == "":
		return &credential.Fault{ID: finding.ServerCertificateUntrusted}
	case err != nil, inCluster(config, s.user), len(s.Clusters) > 0, r.Flags.Token != "", r.Flags.ClientCertificate != "":
		return nil
	}
	return r.stray()
}

// traceOfPod adds what client-go uses from the Pod that this process runs in.
func traceOfPod(t *credential.Trace, config *rest.Config) *credential.Trace {
	ca := finding.T("%s", finding.File.Of(config.TLSClientConfig.CAFile))
	if ca.IsZero() {
		ca = finding.T("the CAs of this image, as " + podCA + " does not exist")
	}
	t.Settings = append(t.Settings,
		credential.Setting{Name: "server", Value: finding.T("%s", finding.URL.Of(config.Host)), Key: finding.T(serviceHost)},
		credential.Setting{Name: "server's CA", Value: ca, Key: finding.T("ServiceAccount of this Pod")})
	t.Methods = []credential.Method{{Type: credential.MethodTokenFile, Name: finding.T("%s", finding.File.Of(config.BearerTokenFile)), Key: finding.T("ServiceAccount of this Pod")}}
	return t
}
