package resolve

import (
	"context"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
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
		c.Source, c.KubeletFile = "in-cluster", config.BearerTokenFile
	}
	runs := runsPlugin(config)
	if runs {
		c.Source = "exec " + config.ExecProvider.Command
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
		detail, ok := OfPod(err)
		if !ok {
			detail = err.Error()
		}
		c.Faults = append(c.Faults, unreadableInPod(detail, err))
		return c, nil
	case err != nil:
		f := produceFault(config, user, err)
		if runs {
			f.Evidence = append(f.Evidence, r.pluginSaid()...)
		}
		c.Faults = append(c.Faults, f)
		return c, nil
	}
	if sent.runs > 1 {
		c.Faults = append(c.Faults, expiredAnswer(config.ExecProvider.Command, sent.runs))
	}
	if sent.certificate != nil {
		if c.Certificate, err = credential.FromTLS(sent.certificate); err != nil {
			return nil, wrong("the client certificate of %s: %w", c.Source, err)
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
		c.Faults = append(c.Faults, r.nobody(raw, c.Trace, name, user, auth)...)
	case config.BearerTokenFile != "" && c.Token != nil && c.Token.HasProblem(finding.EmptyBearerToken) && !c.Token.Sent().Possible:
		// client-go takes a blank file for none, and sends what it read of it at first.
		c.Token = nil
		if inPod {
			c.Faults = append(c.Faults, unreadableInPod("the token of this Pod is empty: there is nothing but white space in "+podToken, nil))
			break
		}
		c.Faults = append(c.Faults, unreadableTokenFile(config.BearerTokenFile, "the tokenFile of the kubeconfig holds nothing but white space, which cannot be sent"))
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

func contextSource(name, user string) string {
	switch {
	case name == "" && user == "":
		return "kubeconfig"
	case user == "":
		return "kubeconfig context " + name
	}
	return fmt.Sprintf("kubeconfig context %s user %s", name, user)
}

// nobody says why the context identifies no user.
func (r *Resolver) nobody(raw clientcmdapi.Config, trace *credential.Trace, name, user string, auth *clientcmdapi.AuthInfo) []credential.Fault {
	f := credential.Fault{ID: finding.NoCredential, Effect: credential.Dropped}
	f.Detail = fmt.Sprintf("the user %q of the context %q has no token, certificate or plugin", user, name)
	switch {
	case len(raw.Contexts) == 0 && len(raw.Clusters) == 0:
		return []credential.Fault{r.noKubeconfig(f, trace)}
	case name == "":
		f.Detail = "the kubeconfig has no current-context"
		if len(raw.Contexts) > 0 {
			f.Remedy = []finding.Remedy{
				{Description: "Choose a context; these are there.", Command: "kubectl config get-contexts"},
				{Description: "This one is from then on the current one.", Command: "kubectl config use-context " + only(raw.Contexts, "CONTEXT")},
			}
		}
	case user == "":
		f.Detail = fmt.Sprintf("the context %q names no user", name)
		f.Remedy = giveUser(raw, name)
	case auth == nil:
		f.Detail = fmt.Sprintf("the context %q names the user %q, which is not among the users of the kubeconfig", name, user)
		f.Remedy = giveUser(raw, name)
	case identifies(auth):
		// It has one, which was dropped on the way; that is another finding.
		return nil
	}
	return []credential.Fault{f}
}

// noKubeconfig is f where no file says anything of a cluster.
func (r *Resolver) noKubeconfig(f credential.Fault, trace *credential.Trace) credential.Fault {
	if stray := r.stray(); stray != nil {
		return *stray
	}
	f.Title = "there is no kubeconfig"
	f.Detail = "no kubeconfig was found, and kubectl falls back to localhost:8080 without a credential"
	for _, file := range trace.Files {
		value := file.Path + ", which does not exist"
		if !file.Missing {
			f.Title = "the kubeconfig is empty"
			f.Detail = "the kubeconfig names no cluster and no context, and kubectl falls back to localhost:8080 without a credential"
			value = file.Path + ", in which there is neither"
		}
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "kubeconfig", Value: value})
	}
	f.Remedy = []finding.Remedy{{
		Description: "Name the file that is meant with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config; a path in KUBECONFIG that is wrong is passed over without a word.",
		Command:     `echo "$KUBECONFIG"; ls -l ~/.kube`,
	}, {
		Description: "Where there is none yet, whoever runs the cluster has one, or the tool of the cloud writes it; on a control-plane node of kubeadm it is /etc/kubernetes/admin.conf.",
	}}
	return f
}

// giveUser is how a context is given a user that the kubeconfig has.
func giveUser(raw clientcmdapi.Config, name string) []finding.Remedy {
	if len(raw.AuthInfos) == 0 {
		return []finding.Remedy{{Description: "The kubeconfig has no users: fetch it again, or write a credential into it.", Command: "kubectl config view"}}
	}
	set := "kubectl config set-context " + finding.Word(name) + " --user="
	if user := only(raw.AuthInfos, ""); user != "" {
		return []finding.Remedy{{Description: "Give the context the one user that the kubeconfig has, if it is the one that is meant.", Command: set + user}}
	}
	return []finding.Remedy{
		{Description: "Choose the user that is meant; these are there.", Command: "kubectl config get-users"},
		{Description: "Give it to the context.", Command: set + "USER"},
	}
}

// only is the name of the one entry that there is, as a word of a command; otherwise
// what stands for it.
func only[T any](entries map[string]T, otherwise string) string {
	if len(entries) == 1 {
		for name := range entries {
			return finding.Word(name)
		}
	}
	return otherwise
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
	inline := "token"
	if r.Flags.Token != "" {
		inline = "--token"
	}
	if auth.TokenFile != "" && (auth.Token != "" || r.Flags.Token != "") {
		out = append(out, r.tokenAndFile(inline, auth.TokenFile))
	}
	certificate := auth.ClientCertificate != "" || len(auth.ClientCertificateData) > 0 || r.Flags.ClientCertificate != ""
	if auth.Exec != nil && (auth.Token != "" || r.Flags.Token != "" || auth.TokenFile != "" || auth.Username != "" || certificate) {
		out = append(out, credential.Fault{
			ID: finding.ExecPluginSkipped, Effect: credential.Remark,
			Detail: fmt.Sprintf("the exec plugin %q is configured, and is not run because a token, a password or a certificate stands beside it", auth.Exec.Command),
			Remedy: []finding.Remedy{{Description: "Remove what stands beside the exec plugin from the user's entry."}},
		})
	}
	context := raw.Contexts[name]
	switch {
	case r.Flags.Server != "" || r.Flags.Cluster != "" || context == nil:
	case raw.Clusters[context.Cluster] == nil:
		return append(out, credential.Fault{
			ID: finding.KubeconfigInvalid, Effect: credential.Dropped,
			Detail:   fmt.Sprintf("the context %q names the cluster %q, which is not among the clusters of the kubeconfig: kubectl falls back to %s without a credential", name, context.Cluster, config.Host),
			Evidence: []finding.Evidence{{Source: "context", Value: fmt.Sprintf("cluster: %q", context.Cluster)}},
			Remedy:   []finding.Remedy{{Description: "Give the context a cluster that there is, or fetch the kubeconfig again.", Command: "kubectl config get-clusters"}},
		})
	case raw.Clusters[context.Cluster].Server == "":
		return append(out, credential.Fault{
			ID: finding.KubeconfigInvalid, Effect: credential.Dropped,
			Detail:   fmt.Sprintf("the cluster %q of the kubeconfig has no server: kubectl falls back to %s without a credential", context.Cluster, config.Host),
			Evidence: []finding.Evidence{{Source: "cluster " + context.Cluster, Value: "no server"}},
			Remedy:   []finding.Remedy{{Description: "Write the API server's address into the cluster's entry.", Command: "kubectl config set-cluster " + finding.Word(context.Cluster) + " --server=https://HOST:6443"}},
		})
	}
	if plainHTTP(config) && (identifies(auth) || r.Flags.Token != "") {
		detail := "the server's address is " + config.Host + ": the credential of the kubeconfig is dropped before a request is sent"
		if !strings.Contains(config.Host, "://") {
			detail = "the server's address is " + config.Host + " without https://, which client-go takes for plain http: the credential of the kubeconfig is dropped before a request is sent"
		}
		out = append(out, credential.Fault{
			ID: finding.PlainHTTPServer, Effect: credential.Dropped, Detail: detail,
			Evidence: []finding.Evidence{{Source: "kubeconfig", Value: "server: " + config.Host}},
			Remedy:   []finding.Remedy{{Description: "Write https:// and the TLS port into the cluster's entry.", Command: setServer(raw, name, config.Host)}},
		})
	}
	return out
}

// tokenAndFile is a token beside a tokenFile. client-go sends what it reads in the file,
// and the token as long as it can read none (k8s.io/client-go transport/token_source.go).
func (r *Resolver) tokenAndFile(inline, name string) credential.Fault {
	f := credential.Fault{
		ID: finding.TokenShadowedByTokenFile, Effect: credential.Remark,
		Detail:   inline + " is given, and the kubeconfig's tokenFile is sent instead",
		Evidence: []finding.Evidence{{Source: "tokenFile", Value: name}},
		Remedy:   []finding.Remedy{{Description: "Remove tokenFile from the user's entry, or use another user."}},
	}
	if why := r.emptyFile(name); why != "" {
		f.Detail = inline + " is sent because the kubeconfig's tokenFile cannot be read now; as soon as it can be, its content is sent instead"
		f.Evidence = append(f.Evidence, finding.Evidence{Source: "reading it", Value: why})
	}
	return f
}

// emptyFile says why no token can be read in a file; empty where one can.
func (r *Resolver) emptyFile(name string) string {
	data, err := r.Files.Read(name, input.MaxNamed)
	switch {
	case err != nil:
		return err.Error()
	case strings.TrimSpace(string(data)) == "":
		return "it is empty"
	}
	return ""
}

// shadows are remarks on what else the kubeconfig makes of each request.
func (r *Resolver) shadows(raw clientcmdapi.Config) []credential.Fault {
	_, user, auth := r.current(raw)
	var out []credential.Fault
	if auth != nil && auth.Impersonate != "" && r.Flags.Impersonate == "" {
		detail := fmt.Sprintf("the user's entry says as: %q, so that kubectl asks the server to treat each request as that user's", auth.Impersonate)
		if len(auth.ImpersonateGroups) > 0 {
			detail += fmt.Sprintf(", in the groups %s", strings.Join(auth.ImpersonateGroups, ", "))
		}
		out = append(out, credential.Fault{
			ID: finding.ImpersonationConfigured, Effect: credential.Remark, Detail: detail,
			Evidence: []finding.Evidence{{Source: "as", Value: auth.Impersonate}},
			Remedy:   []finding.Remedy{{Description: "Remove it if it is not meant.", Command: unset("users", user, "act-as")}},
		})
	}
	if as := r.Flags.Impersonate; as != "" {
		out = append(out, credential.Fault{
			ID: finding.ImpersonationConfigured, Effect: credential.Remark,
			Detail:   fmt.Sprintf("--as %q has kubectl ask the server to treat each request as that user's; the verdict is on the credential itself", as),
			Evidence: []finding.Evidence{{Source: "--as", Value: as}},
			Remedy:   []finding.Remedy{{Description: "Leave --as out if it is not meant. Whether the server lets the credential act as that user, kubectl says.", Command: "kubectl auth whoami --as " + finding.Word(as)}},
		})
	}
	if name := r.cluster(raw); r.Flags.Insecure || r.Flags.CertificateAuthority == "" && raw.Clusters[name] != nil && raw.Clusters[name].InsecureSkipTLSVerify {
		key := "insecure-skip-tls-verify of the cluster's entry"
		if r.Flags.Insecure {
			key = "--insecure-skip-tls-verify"
		}
		out = append(out, credential.Fault{
			ID: finding.ServerCertificateUnchecked, Effect: credential.Remark,
			Detail:   "the server's certificate is not checked (" + key + "): whoever answers at the address gets the credential",
			Evidence: []finding.Evidence{{Source: "insecure-skip-tls-verify", Value: "true"}},
			Remedy: []finding.Remedy{{Description: "Check the server by the cluster's CA, which each namespace has in the ConfigMap kube-root-ca.crt.",
				Command: "kubectl config set-cluster " + finding.Word(name) + " --certificate-authority=CA-FILE --embed-certs"}},
		})
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

// unset is the command that removes a key of an entry; kubectl takes a dot for the end
// of a name, and knows some keys by another name than the file has (act-as).
func unset(list, name, key string) string {
	if name == "" || strings.ContainsAny(name, ".") {
		return "kubectl config view"
	}
	return "kubectl config unset " + finding.Word(list+"."+name+"."+key)
}

// setServer is the command that writes https into the cluster's entry.
func setServer(raw clientcmdapi.Config, name, host string) string {
	if c := raw.Contexts[name]; c != nil && c.Cluster != "" {
		return "kubectl config set-cluster " + finding.Word(c.Cluster) + " --server=" + finding.Word("https://"+strings.TrimPrefix(host, "http://"))
	}
	return "kubectl config view --minify"
}

// anyCA is an empty distinguished name: a CA's name has to be given and does not count.
var anyCA, _ = asn1.Marshal(pkix.Name{}.ToRDNSequence())
