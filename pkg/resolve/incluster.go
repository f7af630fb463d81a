package resolve

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What the kubelet puts into a container: the credential of its Pod, and the variables that
// tell where the API server is.
const (
	podToken = cluster.PodFolder + "/token"
	podCA    = cluster.PodFolder + "/ca.crt"

	serviceHost = "KUBERNETES_SERVICE_HOST"
	servicePort = "KUBERNETES_SERVICE_PORT"
)

// inCluster reports whether client-go took the credential of the Pod that this runs in,
// which it does where neither a kubeconfig nor a flag says anything of a server or a user.
func inCluster(config *rest.Config, auth *clientcmdapi.AuthInfo) bool {
	return config != nil && config.BearerTokenFile != "" && (auth == nil || auth.TokenFile == "")
}

// OfPod says what keeps client-go from using the credential of the Pod that this runs in; ok
// is false where err is about something else.
func OfPod(err error) (detail string, ok bool) {
	var path *fs.PathError
	switch {
	case errors.As(err, &path) && path.Path == podToken:
		return "the token of this Pod cannot be read: " + path.Error(), true
	case strings.Contains(err.Error(), "read empty token from file") && strings.Contains(err.Error(), podToken):
		return "the token of this Pod is empty: there is nothing in " + podToken, true
	}
	return "", false
}

// unreadableInPod is a mounted token that cannot be had.
func unreadableInPod(detail string, err error) credential.Fault {
	f := credential.Fault{
		ID: finding.TokenFileUnreadable, Effect: credential.Unavailable, Detail: detail,
		Evidence: []finding.Evidence{{Source: "token of this Pod", Value: podToken}},
	}
	if errors.Is(err, fs.ErrPermission) {
		f.Remedy = []finding.Remedy{{
			Description: "Give the Pod an fsGroup, to which the kubelet then gives the file, or let the container run as one user throughout (runAsUser), who then owns it.",
			Command:     "ls -lnL " + cluster.PodFolder,
		}}
		return f
	}
	f.Remedy = []finding.Remedy{{
		Description: "See what is mounted there, and whether the kubelet reports trouble with the volume in the Pod's events; the file is never empty for long unless something else than the kubelet wrote it.",
		Command:     "ls -lnL " + cluster.PodFolder,
	}}
	return f
}

// stray says why the credential of the Pod that this runs in is not used, where this runs in
// a Pod by the looks of it; otherwise nil.
func (r *Resolver) stray() *credential.Fault {
	host, port := r.Getenv(serviceHost), r.Getenv(servicePort)
	info, err := r.Files.Stat(podToken)
	mounted := err == nil && !info.IsDir()
	if host == "" && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f := credential.Fault{ID: finding.NoCredential, Effect: credential.Dropped}
	see := func(source, value string) {
		f.Evidence = append(f.Evidence, finding.Evidence{Source: source, Value: value})
	}
	do := func(description, command string) {
		f.Remedy = append(f.Remedy, finding.Remedy{Description: description, Command: command})
	}
	const otherwise = "; there is no kubeconfig either"
	variable := func(name, value string) {
		if value == "" {
			value = "not set"
		}
		see(name, value)
	}
	switch {
	case mounted && (host == "" || port == ""):
		name := serviceHost
		if host != "" {
			name = servicePort
		}
		f.Title = name + " is not set beside the token of this Pod"
		f.Detail = fmt.Sprintf("a ServiceAccount token is mounted here, and %s is not set, without which client-go does not look for it%s", name, otherwise)
		see("token of this Pod", podToken)
		variable(serviceHost, host)
		variable(servicePort, port)
		do("The kubelet sets both in each container; a shell that was started with an environment of its own (sudo, su -, sshd, cron) has lost them. Set them again.",
			serviceHost+"=kubernetes.default.svc "+servicePort+"=443 kubectl authn explain")
	case mounted:
		flags, verb := r.Flags.besides()
		f.Title = "the token of this Pod is not used beside " + flags
		f.Detail = fmt.Sprintf("client-go, and kubectl with it, uses the token of this Pod only where nothing else says which server or user is meant; %s %s%s", flags, verb, otherwise)
		see("token of this Pod", podToken)
		do("Say all of it on the command line, or leave "+flags+" away.",
			fmt.Sprintf(`kubectl authn explain --server "https://$%s:$%s" --certificate-authority %s --token "$(cat %s)"`, serviceHost, servicePort, podCA, podToken))
	case errors.Is(err, fs.ErrNotExist):
		f.Title = "no ServiceAccount token is mounted in this Pod"
		f.Detail = serviceHost + " is set, as in a Pod, and there is no token where the kubelet puts that of the Pod's ServiceAccount" + otherwise
		see(podToken, "does not exist")
		variable(serviceHost, host)
		do("See whether the Pod or its ServiceAccount says automountServiceAccountToken: false, which is the usual reason; a container that was added later (kubectl debug) has none either.",
			"kubectl get pod POD -o jsonpath='{.spec.automountServiceAccountToken} {.spec.serviceAccountName}'")
		do("Where this container is meant to ask the API server, write automountServiceAccountToken: true into the Pod's spec, or project a token to that path; otherwise hand one over with -f.", "")
	case err == nil:
		f.Title = "there is no token of this Pod, but a folder"
		f.Detail = podToken + " is a folder, which client-go passes over" + otherwise
		see(podToken, "is a folder")
		do("Mount the volume at "+cluster.PodFolder+", so that its token is a file in there.", "")
	default:
		f.Title = "the token of this Pod cannot be looked at"
		f.Detail = "whether a ServiceAccount token is mounted here cannot be seen, so that client-go passes over it: " + err.Error() + otherwise
		see("looking for it", err.Error())
		do("Let whoever runs this read the folder.", "ls -ldn "+cluster.PodFolder)
	}
	return &f
}

// besides are the flags that keep client-go from the credential of a Pod.
func (f *Flags) besides() (names, verb string) {
	var all []string
	for _, flag := range []struct{ name, value string }{
		{"--server", f.Server}, {"--certificate-authority", f.CertificateAuthority}, {"--tls-server-name", f.TLSServerName},
		{"--proxy-url", f.ProxyURL}, {"--client-certificate", f.ClientCertificate}, {"--token", f.Token}, {"--as", f.Impersonate},
	} {
		if flag.value != "" {
			all = append(all, flag.name)
		}
	}
	if f.Insecure {
		all = append(all, "--insecure-skip-tls-verify")
	}
	switch len(all) {
	case 0:
		return "the flags of the command line", "do"
	case 1:
		return all[0], "does"
	}
	return strings.Join(all, ", "), "do"
}

// Hint says in a sentence what is amiss with the configuration that the caller has of the Pod
// that this runs in, where an error may come of it; empty where nothing is, or this is no Pod.
func (r *Resolver) Hint() string {
	raw, err := r.Kubeconfig.RawConfig()
	if err != nil {
		return ""
	}
	_, _, auth := r.current(raw)
	config, err := r.RESTConfig()
	switch {
	case err != nil:
		return ""
	case inCluster(config, auth) && config.CAFile == "":
		return "there is no CA in " + podCA + " beside the token of this Pod: the server's certificate is held against the CAs of this image"
	case inCluster(config, auth), len(raw.Clusters) > 0, r.Flags.Token != "", r.Flags.ClientCertificate != "":
		return ""
	}
	if f := r.stray(); f != nil {
		return f.Detail
	}
	return ""
}

// traceOfPod is what client-go takes from the Pod that this runs in.
func traceOfPod(t *credential.Trace, config *rest.Config) *credential.Trace {
	ca := config.TLSClientConfig.CAFile
	if ca == "" {
		ca = "those of this image: there is none in " + podCA
	}
	t.Settings = append(t.Settings,
		credential.Setting{Name: "server", Value: config.Host, Key: serviceHost},
		credential.Setting{Name: "server's CA", Value: ca, Key: "ServiceAccount of this Pod"})
	t.Methods = []credential.Method{{Type: credential.MethodTokenFile, Name: config.BearerTokenFile, Key: "ServiceAccount of this Pod"}}
	return t
}
