package resolve

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

// unloadable is a context that client-go refuses to load. What it cannot make sense of in
// the kubeconfig leaves nothing to send; a flag that names what is not there is wrong usage.
func (r *Resolver) unloadable(c *credential.Credential, raw clientcmdapi.Config, err error) (*credential.Credential, error) {
	name, user, auth := r.current(raw)
	if auth == nil {
		auth = &clientcmdapi.AuthInfo{}
	}
	var path *os.PathError
	var all utilerrors.Aggregate
	switch {
	case auth.TokenFile != "" && errors.As(err, &path) && path.Path == auth.TokenFile:
		f := unreadableTokenFile(auth.TokenFile, "the tokenFile of the kubeconfig cannot be read: "+path.Error())
		c.Faults = append(c.Faults, f)
		settle(c, nil)
		return c, nil
	case errors.As(err, &path) && path.Path == podToken:
		detail, _ := OfPod(err)
		c.Source = "in-cluster"
		c.Faults = append(c.Faults, unreadableInPod(detail, err))
		settle(c, nil)
		return c, nil
	case !errors.As(err, &all):
		// The flags name a user, a cluster or a context that is not there.
		return nil, wrong("the kubeconfig cannot be used: %w", credential.KubeconfigError(err))
	}
	var faults []credential.Fault
	for _, e := range all.Errors() {
		faults = append(faults, r.refused(raw, name, user, auth, e))
	}
	// What contradicts itself stands before what is missing besides.
	f := faults[0]
	for _, other := range faults {
		if other.ID == finding.KubeconfigInvalid && f.ID != finding.KubeconfigInvalid {
			f = other
		}
	}
	for _, other := range faults {
		if other.Detail != f.Detail {
			f.Detail += "; " + other.Detail
			f.Evidence = append(f.Evidence, other.Evidence...)
		}
	}
	c.Faults = append(c.Faults, f)
	settle(c, nil)
	return c, nil
}

// refused is one of the reasons for which client-go refuses a kubeconfig
// (k8s.io/client-go tools/clientcmd/validation.go).
func (r *Resolver) refused(raw clientcmdapi.Config, name, user string, auth *clientcmdapi.AuthInfo, err error) credential.Fault {
	text := err.Error()
	contains := containsAny(text)
	view := "kubectl config view --minify"
	clusterName := r.cluster(raw)
	switch {
	case contains("certificate-authority-data and certificate-authority are both"):
		return invalid(fmt.Sprintf("the cluster %q has both certificate-authority and certificate-authority-data", clusterName), text,
			"Keep the one that is the cluster's present CA, and remove the other.", unset("clusters", clusterName, "certificate-authority"))
	case contains("client-cert-data and client-cert are both"):
		return invalid(fmt.Sprintf("the user %q has both client-certificate and client-certificate-data", user), text,
			"Keep the one that is meant, and remove the other.", unset("users", user, "client-certificate"))
	case contains("client-key-data and client-key are both"):
		return invalid(fmt.Sprintf("the user %q has both client-key and client-key-data", user), text,
			"Keep the one that belongs to the certificate, and remove the other.", unset("users", user, "client-key"))
	case contains("unable to read certificate-authority"):
		return invalid(fmt.Sprintf("the certificate-authority of the cluster %q cannot be read: %s", clusterName, fileError(err)), text,
			"Put the file there, or write the CA into the kubeconfig; a path in a kubeconfig is relative to its folder.",
			"kubectl config set-cluster "+finding.Word(clusterName)+" --certificate-authority=CA-FILE --embed-certs")
	case contains("unable to read client-cert", "unable to read client-key"):
		what := "client-certificate"
		if contains("unable to read client-key") {
			what = "client-key"
		}
		f := certificateFault(user, text)
		f.Detail = fmt.Sprintf("the %s of the user %q cannot be read: %s", what, user, fileError(err))
		f.Remedy = []finding.Remedy{{
			Description: "Put certificate and key where the kubeconfig says, or name other files; a path in a kubeconfig is relative to its folder.",
			Command:     setUser(user) + " --client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs",
		}}
		return f
	case contains("client-key-data or client-key must be specified"):
		return credential.Fault{
			ID: finding.CertificateWithoutKey, Effect: credential.Unavailable, Detail: fmt.Sprintf("the user %q of the kubeconfig has a client certificate and no key", user),
			Evidence: []finding.Evidence{{Source: "client-go", Value: text}},
			Remedy:   []finding.Remedy{{Description: "Write the key that belongs to the certificate beside it.", Command: setUser(user) + " --client-key=KEY-FILE --embed-certs"}},
		}
	case contains("more than one authentication method found"):
		f := invalid(fmt.Sprintf("the user %q has a token and a user name with a password, of which client-go takes one alone", user), text,
			"Remove the user name and the password, which no API server reads.", unset("users", user, "username"))
		f.Remedy = append(f.Remedy, finding.Remedy{Command: unset("users", user, "password")})
		return f
	case contains("without impersonating a user"):
		return invalid(fmt.Sprintf("the user %q has as-groups, as-uid or as-user-extra without as: nobody can be impersonated without a name", user), text,
			"Remove them, or name the user to act as.", unset("users", user, "act-as-groups"))
	case contains("authProvider cannot be provided in combination"):
		return invalid(fmt.Sprintf("the user %q has both exec and auth-provider", user), text, "Remove the one that is not meant.", unset("users", user, "auth-provider"))
	case contains("command must be specified"):
		return invalid(fmt.Sprintf("the exec section of the user %q names no command", user), text, "Have the tool that wrote it write it anew.", view)
	case contains("apiVersion must be specified"):
		return invalid(fmt.Sprintf("the exec section of the user %q has no apiVersion", user), text,
			"Write the version that the plugin answers.", setUser(user)+" --exec-api-version=client.authentication.k8s.io/v1")
	case contains("interactiveMode must be specified"):
		return invalid(fmt.Sprintf("the exec section of the user %q has no interactiveMode, which client.authentication.k8s.io/v1 demands", user), text,
			"Say whether the plugin may ask.", setUser(user)+" --exec-interactive-mode=IfAvailable")
	case contains("invalid interactiveMode"):
		return invalid(fmt.Sprintf("the exec section of the user %q has an interactiveMode that client-go does not know: it takes Never, IfAvailable and Always", user), text,
			"Say whether the plugin may ask.", setUser(user)+" --exec-interactive-mode=IfAvailable")
	case contains("env variable name must be specified"):
		return invalid(fmt.Sprintf("the exec section of the user %q has an environment variable without a name", user), text, "Have the tool that wrote it write it anew.", view)
	case contains("allowlist misconfiguration"):
		return pluginFault(auth.Exec, user, err, text)
	case contains("context was not found"):
		known := "it has none"
		if len(raw.Contexts) > 0 {
			known = "it has others"
		}
		return invalid(fmt.Sprintf("the current-context %q is not among the contexts of the kubeconfig: %s", name, known), text,
			"Choose one that there is.", "kubectl config get-contexts")
	case contains("'proxy-url'"):
		// The address may hold a password: it is not repeated.
		_, reason, _ := strings.Cut(text, " for cluster ")
		return invalid(fmt.Sprintf("the proxy-url of the cluster %q is none that client-go takes: it has to begin with http://, https:// or socks5://", clusterName), "invalid 'proxy-url' for cluster "+reason,
			"Write the proxy's address in full, or remove it.", unset("clusters", clusterName, "proxy-url"))
	case errors.Is(err, clientcmd.ErrEmptyCluster), contains("no server found for cluster"):
		return invalid(fmt.Sprintf("the cluster %q of the kubeconfig has no server", clusterName), text,
			"Write the API server's address into the cluster's entry.", "kubectl config set-cluster "+finding.Word(clusterName)+" --server=https://HOST:6443")
	}
	return invalid("client-go refuses the kubeconfig: "+text, text, "Correct the entry, or fetch the kubeconfig again.", view)
}

// fileError is the reason at the bottom of an error about a file.
func fileError(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Error()
	}
	return err.Error()
}

// unreadable is a kubeconfig that is no kubeconfig to client-go. Where only the base64 of
// a field is wrong, that is said; anything else is unreadable input.
func (r *Resolver) unreadable(err error) (*credential.Credential, error) {
	for _, name := range r.files() {
		f := r.badBase64(name)
		if f == nil {
			continue
		}
		c := &credential.Credential{Source: "kubeconfig", AsCaller: true, Faults: []credential.Fault{*f}}
		c.Trace = &credential.Trace{Files: []credential.KubeconfigFile{{Path: name}}}
		return c, nil
	}
	return nil, wrong("the kubeconfig cannot be read: %w", credential.KubeconfigError(err))
}

// files are the kubeconfig files in the order of precedence.
func (r *Resolver) files() []string {
	access := r.Kubeconfig.ConfigAccess()
	if access == nil {
		return nil
	}
	return access.GetLoadingPrecedence()
}

// entries is a kubeconfig as far as base64 is concerned.
type entries struct {
	Clusters []struct {
		Name    string         `json:"name"`
		Cluster map[string]any `json:"cluster"`
	} `json:"clusters"`
	Users []struct {
		Name string         `json:"name"`
		User map[string]any `json:"user"`
	} `json:"users"`
}

// badBase64 looks for a field in a file that is to be base64, and is not.
func (r *Resolver) badBase64(name string) *credential.Fault {
	data, err := r.Files.Read(name, input.MaxGiven)
	var e entries
	if err != nil || aliases.Check(data) != nil || yaml.Unmarshal(data, &e) != nil {
		return nil
	}
	look := func(whose, key string, fields map[string]any, command string) *credential.Fault {
		value, has := fields[key]
		if !has || value == nil {
			return nil
		}
		text, isText := value.(string)
		_, err := base64.StdEncoding.DecodeString(text)
		if isText && err == nil {
			return nil
		}
		why := "it is not base64"
		switch {
		case !isText:
			why = "it is no text"
		case strings.Contains(text, "-----BEGIN"):
			why = "it is PEM itself, and base64 of that is wanted"
		case strings.HasPrefix(text, "/") || strings.HasPrefix(text, "./"):
			why = "it looks like the path of a file, which belongs under " + strings.TrimSuffix(key, "-data")
		case len(strings.TrimRight(text, "="))%4 == 1 || len(text)%4 != 0:
			why = "it is base64 that is cut off, or lacks its padding"
		}
		fault := invalid(fmt.Sprintf("%s of %s cannot be decoded: %s", key, whose, why), "illegal base64 data",
			"Write the file's content anew with --embed-certs, which encodes it.", command)
		fault.Evidence = append(fault.Evidence, finding.Evidence{Source: "kubeconfig", Value: name})
		return &fault
	}
	for _, c := range e.Clusters {
		if f := look(fmt.Sprintf("the cluster %q", c.Name), "certificate-authority-data", c.Cluster,
			"kubectl config set-cluster "+finding.Word(c.Name)+" --certificate-authority=CA-FILE --embed-certs"); f != nil {
			return anew(f, name)
		}
	}
	for _, u := range e.Users {
		for _, key := range []string{"client-certificate-data", "client-key-data"} {
			if f := look(fmt.Sprintf("the user %q", u.Name), key, u.User,
				"kubectl config set-credentials "+finding.Word(u.Name)+" --client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs"); f != nil {
				return anew(f, name)
			}
		}
	}
	return nil
}

// anew: kubectl config cannot write a file that it cannot read. The field is removed first.
func anew(f *credential.Fault, name string) *credential.Fault {
	f.Remedy[0].Description = "Remove the field from " + filepath.Base(name) + " with an editor: kubectl cannot write a file that it cannot read. Then write it anew; --embed-certs encodes it."
	return f
}
