package checks

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// invalidKubeconfig has the findings about a kubeconfig that client-go rejects or replaces by its default.
func invalidKubeconfig(_ *credential.Credential, f credential.Fault) kinds {
	user, cluster, context := finding.User.Of(f.User), finding.Cluster.Of(f.Cluster), finding.Context.Of(f.Context)
	view, unset, server := run("kubectl config view --minify"), run("kubectl config unset"), writeCluster(f.Cluster).Add("--server=https://HOST:6443")
	refused := func(said, advice finding.Text, command finding.Command) finding.Finding {
		return prove(f.ID, "%s", said).Seen("client-go", saidBy(f.Err)).FixBy(advice, command)
	}
	others := T("the kubeconfig has no contexts")
	if len(f.Choices) > 0 {
		others = T("the kubeconfig has other contexts")
	}
	return kinds{
		0: refused(T("client-go rejects the kubeconfig: %s", saidBy(f.Err)), T("Correct the entry in the kubeconfig, or replace the file with a current one from the administrator or the cloud's tool. The entries in use:"), view),
		credential.TwoAuthorities: refused(T("the cluster %q has both certificate-authority and certificate-authority-data", cluster),
			T("Keep the field with the cluster's current CA and remove the other. This command removes the path and keeps the data:"), ofEntry(f.Cluster, unset.Argf("clusters.%s.certificate-authority", cluster))),
		credential.TwoCertificates: refused(T("the user %q has both client-certificate and client-certificate-data", user),
			T("Keep one field and remove the other. This command removes the path and keeps the data:"), ofEntry(f.User, unset.Argf("users.%s.client-certificate", user))),
		credential.TwoKeys: refused(T("the user %q has both client-key and client-key-data", user),
			T("Keep the key that matches the certificate and remove the other. This command removes the path and keeps the data:"), ofEntry(f.User, unset.Argf("users.%s.client-key", user))),
		credential.AuthorityUnreadable: refused(T("the certificate-authority file of the cluster %q cannot be read: %s", cluster, ofFile(f.Err)),
			T("Restore the file, or embed the CA in the kubeconfig with this command. A relative path starts at the directory of the kubeconfig."), writeAuthority(f.Cluster)),
		credential.TokenAndPassword: refused(T("the user %q has both a token and a user name with a password. client-go accepts only one of them", user),
			T("Remove the user name and the password, which API servers ignore:"), ofEntry(f.User, unset.Argf("users.%s.username", user))).
			FixBy(finding.Text{}, ofEntry(f.User, unset.Argf("users.%s.password", user))),
		credential.ImpersonatesNobody: refused(T("the user %q has as-groups, as-uid or as-user-extra without as. Impersonation requires a user name", user),
			T("Remove these fields from the user's entry, or add the user name in `as`. This command removes the groups:"), ofEntry(f.User, unset.Argf("users.%s.act-as-groups", user))),
		credential.PluginAndProvider: refused(T("the user %q has both exec and auth-provider", user),
			T("Keep one of them and remove the other. This command removes auth-provider:"), ofEntry(f.User, unset.Argf("users.%s.auth-provider", user))),
		credential.PluginWithoutCommand: refused(T("the exec section of the user %q has no command", user), T("Create the entry again with the tool that wrote it, or add the command of the exec plugin. The entry:"), view),
		credential.PluginWithoutVersion: refused(T("the exec section of the user %q has no apiVersion", user),
			T("Set the API version that the plugin supports, which is v1 for current plugins:"), writeUser(f.User).Add("--exec-api-version=client.authentication.k8s.io/v1")),
		credential.PluginWithoutMode: refused(T("the exec section of the user %q has no interactiveMode, which client.authentication.k8s.io/v1 requires", user),
			T("Set interactiveMode to Never, IfAvailable or Always. IfAvailable suits most plugins:"), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		credential.PluginModeUnknown: refused(T("the exec section of the user %q has an unknown interactiveMode. client-go accepts Never, IfAvailable and Always", user),
			T("Set interactiveMode to Never, IfAvailable or Always. IfAvailable suits most plugins:"), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		credential.PluginVariableWithoutName: refused(T("the exec section of the user %q has an environment variable without a name", user), T("Create the entry again with the tool that wrote it, or add the name of the variable. The entry:"), view),
		credential.ContextUnknown: refused(T("the current-context %q does not exist: %s", context, others),
			T("Choose an existing context with `kubectl config use-context`. The contexts:"), run("kubectl config get-contexts")),
		credential.ProxyUnusable: refused(T("client-go cannot use the proxy-url of the cluster %q, which must begin with http://, https:// or socks5://", cluster),
			T("Correct proxy-url in the kubeconfig. If no proxy is necessary, remove it:"), ofEntry(f.Cluster, unset.Argf("clusters.%s.proxy-url", cluster))),
		credential.ServerMissing: refused(T("the cluster %q in the kubeconfig has no server", cluster), T("Set the API server's address in the cluster's entry:"), server),
		credential.AuthorityNotPEM: refused(T("the certificate authority of the cluster contains no PEM certificate, so client-go does not connect"),
			T("Replace the CA with `kubectl config set-cluster CLUSTER --certificate-authority=CA-FILE --embed-certs`. The entry:"), view),
		credential.AuthorityAndInsecure: refused(T("the cluster has both a certificate authority and insecure-skip-tls-verify: true. client-go accepts only one of them"),
			T("Remove insecure-skip-tls-verify from the cluster's entry, so that the certificate authority verifies the server. The entry:"), view),
		credential.EntryTokenAndPassword: refused(T("the user has both a token and a user name. client-go accepts only one of them"),
			T("Remove the user name and the password, which API servers ignore, from the user's entry. The entry:"), view),
		credential.EntryPluginAndProvider: refused(T("the user has both an exec plugin and an auth-provider. client-go accepts only one of them"),
			T("Remove auth-provider, which client-go supports only for oidc, or the exec section from the user's entry. The entry:"), view),
		credential.ClusterUnknown: prove(f.ID, "the context %q names the cluster %q, which does not exist in the kubeconfig. kubectl falls back to %s without a credential", context, cluster, finding.URL.Of(f.Server)).
			Seen("context", T("cluster: %q", cluster)).
			Fix("Set an existing cluster with `kubectl config set-context CONTEXT --cluster=CLUSTER`, or replace the kubeconfig with a current one. The clusters:", run("kubectl config get-clusters")),
		credential.ServerNotNamed: prove(f.ID, "the cluster %q in the kubeconfig has no server. kubectl falls back to %s without a credential", cluster, finding.URL.Of(f.Server)).
			SeenAt(T("cluster %s", cluster), T("no server")).
			Fix("Set the API server's address in the cluster's entry:", server),
		credential.NotBase64:    notBase64(f, notInAlphabet(f)),
		credential.NotText:      notBase64(f, T("the value is not a YAML string")),
		credential.PEMItself:    notBase64(f, T("the value is PEM text, but must be PEM encoded in base64")),
		credential.PathOfFile:   notBase64(f, T("the value looks like a file path, which belongs in %s", finding.Standard(strings.TrimSuffix(f.Key.String(), "-data")))),
		credential.Base64CutOff: notBase64(f, T("the base64 value is cut off or has no padding")),
	}
}

// notInAlphabet names the first character that is not base64.
func notInAlphabet(f credential.Fault) finding.Text {
	switch f.Character {
	case "":
		return T("the value is not base64")
	case "<", "$", "{", "[", "%":
		return T("character %s is %q, which base64 does not have. The value looks like a placeholder that was not replaced", finding.Count(f.Place), finding.Message(f.Character))
	}
	return T("character %s is %q, which base64 does not have", finding.Count(f.Place), finding.Message(f.Character))
}

// notBase64 is a field of a kubeconfig whose value is not valid base64.
func notBase64(f credential.Fault, why finding.Text) finding.Finding {
	whose, write := T("the user %q", finding.User.Of(f.User)), writeCertificate(f.User)
	if f.User == "" {
		whose, write = T("the cluster %q", finding.Cluster.Of(f.Cluster)), writeAuthority(f.Cluster)
	}
	return prove(f.ID, "%s of %s cannot be decoded: %s", f.Key, whose, why).
		Seen("client-go", T("illegal base64 data")).Seen("kubeconfig", finding.File.Of(f.File)).
		// kubectl config cannot write a file that it cannot read.
		FixBy(T("Remove the field from %s in an editor, because kubectl cannot change a file that it cannot read. Then this command adds the field again, correctly encoded:",
			finding.File.Of(filepath.Base(f.File))), write)
}

// unusableCertificate is a certificate with a key in a kubeconfig that client-go cannot use.
func unusableCertificate(_ *credential.Credential, f credential.Fault) kinds {
	unusable := func(said, advice finding.Text) finding.Finding {
		return prove(f.ID, "%s", said).Seen("client-go", saidBy(f.Err)).FixBy(advice, writeCertificate(f.User))
	}
	anew := T("Replace the certificate and the key in the kubeconfig with files that match:")
	return kinds{
		0: unusable(T("the client certificate of the kubeconfig cannot be used: %s", saidBy(f.Err)), anew),
		credential.CertificateUnreadable: unusable(T("the %s of the user %q cannot be read: %s", f.Key, finding.User.Of(f.User), ofFile(f.Err)),
			T("Restore the file, or embed certificate and key in the kubeconfig with this command. A relative path starts at the directory of the kubeconfig.")),
		credential.CertificateAndKeySwapped: unusable(T("the client certificate and its key are swapped in the kubeconfig, so the client can use neither"), anew),
		credential.KeyOfAnother:             unusable(T("the private key in the kubeconfig does not match the client certificate, so the client cannot use the certificate"), anew),
		credential.CertificateNotPEM:        unusable(T("the client certificate in the kubeconfig is not a PEM certificate"), anew),
		credential.KeyNotPEM:                unusable(T("the key of the client certificate in the kubeconfig is not a readable PEM private key"), anew),
	}
}

// plainHTTP is a server to which clients send no credential.
func plainHTTP(f credential.Fault) finding.Finding {
	server := finding.URL.Of(f.Server)
	said := T("the server's address is %s. The client drops the credential before it sends a request over plain HTTP", server)
	if !strings.Contains(f.Server, "://") {
		said = T("the server's address %s has no https://, so client-go uses plain HTTP. The client drops the credential before it sends a request", server)
	}
	write := run("kubectl config view --minify")
	if f.Cluster != "" {
		write = writeCluster(f.Cluster).Argf("--server=https://%s", finding.URL.Of(strings.TrimPrefix(f.Server, "http://")))
	}
	return prove(finding.PlainHTTPServer, "%s", said).Seen("kubeconfig", T("server: %s", server)).
		Fix("Set the cluster's server to an https:// address with the API server's TLS port:", write)
}

// impersonates is a kubeconfig or a flag that makes kubectl act as another user.
func impersonates(f credential.Fault) finding.Finding {
	as := finding.User.Of(f.As)
	if f.Key.IsZero() {
		said := T("the user's entry in the kubeconfig makes kubectl act as user %q", as)
		if len(f.Groups) > 0 {
			said = T("%s, in the groups %s", said, finding.Join(", ", finding.Names(finding.Group, f.Groups)...))
		}
		return prove(finding.ImpersonationConfigured, "%s", said).Seen("as", as).
			Fix("If kubectl is not supposed to act as this user, remove `as` from the user's entry:", ofEntry(f.User, run("kubectl config unset").Argf("users.%s.act-as", finding.User.Of(f.User))))
	}
	return prove(finding.ImpersonationConfigured, "%s %q makes kubectl ask the API server to treat each request as that user's. The verdict is about the credential itself", f.Key, as).
		SeenAt(f.Key, as).
		Fix("If kubectl is not supposed to act as this user, remove --as. This command shows whether the API server allows the impersonation:", run("kubectl auth whoami").Flag("--as", as))
}

// nobodyIdentified is a context without a credential.
func nobodyIdentified(c *credential.Credential, f credential.Fault) kinds {
	if f.Problem >= credential.PodVariableMissing {
		return podNotUsed(f)
	}
	user, context := finding.User.Of(f.User), finding.Context.Of(f.Context)
	return kinds{
		0:                             prove(f.ID, "the user %q of the context %q has no token, client certificate or exec plugin", user, context),
		credential.NoContext:          chooseContext(prove(f.ID, "the kubeconfig has no current-context"), f),
		credential.ContextWithoutUser: giveUser(prove(f.ID, "the context %q names no user", context), f),
		credential.UserUnknown:        giveUser(prove(f.ID, "the context %q names the user %q, which does not exist in the kubeconfig", context, user), f),
		credential.NoKubeconfig:       noKubeconfig(c, f),
	}
}

// chooseContext adds the fix that sets the current context.
func chooseContext(out finding.Finding, f credential.Fault) finding.Finding {
	use := run("kubectl config use-context")
	switch len(f.Choices) {
	case 0:
		return out
	case 1:
		use = use.Arg(finding.Context.Of(f.Choices[0]))
	default:
		use = use.Raw("CONTEXT")
	}
	return out.Fix("List the contexts of the kubeconfig:", run("kubectl config get-contexts")).
		Fix("Set the current context:", use)
}

// noKubeconfig is a client without a kubeconfig, or with empty ones.
func noKubeconfig(c *credential.Credential, f credential.Fault) finding.Finding {
	out := prove(f.ID, "kubectl found no kubeconfig and falls back to localhost:8080 without a credential")
	out.Title = T("there is no kubeconfig")
	if c.Trace != nil {
		for _, file := range c.Trace.Files {
			value := T("%s, which does not exist", finding.File.Of(file.Path))
			if !file.Missing {
				out.Title = T("the kubeconfig is empty")
				out = out.Saying(T("the kubeconfig has no cluster and no context, so kubectl falls back to localhost:8080 without a credential"))
				value = T("%s, without a cluster and a context", finding.File.Of(file.Path))
			}
			out = out.Seen("kubeconfig", value)
		}
	}
	return out.Fix("Set --kubeconfig or KUBECONFIG to the kubeconfig of the cluster, or copy that file to ~/.kube/config. kubectl silently ignores a path in KUBECONFIG that does not exist. Check both places:",
		run("echo").Raw(`"$KUBECONFIG"`).Then(run("ls -l").Raw("~/.kube"))).
		Fix("If you have no kubeconfig yet, request one from the administrator, or create it with the cloud's tool. On a kubeadm control-plane node, use /etc/kubernetes/admin.conf.", finding.Command{})
}

// giveUser adds the fix that sets the user of a context.
func giveUser(out finding.Finding, f credential.Fault) finding.Finding {
	set := run("kubectl config set-context").Arg(finding.Context.Of(f.Context)).Exact()
	switch len(f.Choices) {
	case 0:
		return out.Fix("The kubeconfig has no users. Replace the file with a current one, or add a credential with `kubectl config set-credentials`. The kubeconfig:", run("kubectl config view"))
	case 1:
		return out.Fix("Set the only user of the kubeconfig in the context, if this user is the right one:", set.Argf("--user=%s", finding.User.Of(f.Choices[0])).Exact())
	}
	return out.Fix("List the users of the kubeconfig:", run("kubectl config get-users")).
		Fix("Set the right user in the context:", set.Add("--user=USER"))
}

func writeUser(name string) finding.Command {
	return run("kubectl config set-credentials").Arg(finding.User.Of(name)).Exact()
}

func writeCluster(name string) finding.Command {
	return run("kubectl config set-cluster").Arg(finding.Cluster.Of(name)).Exact()
}

func writeAuthority(name string) finding.Command {
	return writeCluster(name).Add("--certificate-authority=CA-FILE --embed-certs")
}

func writeCertificate(name string) finding.Command {
	return writeUser(name).Add("--client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs")
}

// ofEntry is the command that removes a field of an entry. It only shows the entries if kubectl cannot remove the
// field, because kubectl reads a dot as the end of a name, and names some fields differently than the file
// (act-as).
func ofEntry(name string, unset finding.Command) finding.Command {
	if name == "" || strings.Contains(name, ".") {
		return run("kubectl config view")
	}
	return unset
}

// ofFile is the message of the *fs.PathError that err wraps. The error is found by its method, because this package
// does not import packages for files.
func ofFile(err error) finding.Value {
	var path interface {
		error
		Timeout() bool
	}
	if errors.As(err, &path) {
		return saidBy(path)
	}
	return saidBy(err)
}
