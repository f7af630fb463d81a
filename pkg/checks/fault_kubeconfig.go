package checks

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// invalidKubeconfig is a kubeconfig that client-go refuses, or in whose place it takes its default.
func invalidKubeconfig(_ *credential.Credential, f credential.Fault) kinds {
	user, cluster, context := finding.User.Of(f.User), finding.Cluster.Of(f.Cluster), finding.Context.Of(f.Context)
	view, unset, server := run("kubectl config view --minify"), run("kubectl config unset"), writeCluster(f.Cluster).Add("--server=https://HOST:6443")
	refused := func(said, advice finding.Text, command finding.Command) finding.Finding {
		return prove(f.ID, "%s", said).Seen("client-go", saidBy(f.Err)).FixBy(advice, command)
	}
	others := T("it has none")
	if len(f.Choices) > 0 {
		others = T("it has others")
	}
	return kinds{
		0: refused(T("client-go refuses the kubeconfig: %s", saidBy(f.Err)), T("Correct the entry, or fetch the kubeconfig again."), view),
		credential.TwoAuthorities: refused(T("the cluster %q has both certificate-authority and certificate-authority-data", cluster),
			T("Keep the one that is the cluster's present CA, and remove the other."), ofEntry(f.Cluster, unset.Argf("clusters.%s.certificate-authority", cluster))),
		credential.TwoCertificates: refused(T("the user %q has both client-certificate and client-certificate-data", user),
			T("Keep the one that is meant, and remove the other."), ofEntry(f.User, unset.Argf("users.%s.client-certificate", user))),
		credential.TwoKeys: refused(T("the user %q has both client-key and client-key-data", user),
			T("Keep the one that belongs to the certificate, and remove the other."), ofEntry(f.User, unset.Argf("users.%s.client-key", user))),
		credential.AuthorityUnreadable: refused(T("the certificate-authority of the cluster %q cannot be read: %s", cluster, ofFile(f.Err)),
			T("Put the file there, or write the CA into the kubeconfig; a path in a kubeconfig is relative to its folder."), writeAuthority(f.Cluster)),
		credential.TokenAndPassword: refused(T("the user %q has a token and a user name with a password, of which client-go takes one alone", user),
			T("Remove the user name and the password, which no API server reads."), ofEntry(f.User, unset.Argf("users.%s.username", user))).
			FixBy(finding.Text{}, ofEntry(f.User, unset.Argf("users.%s.password", user))),
		credential.ImpersonatesNobody: refused(T("the user %q has as-groups, as-uid or as-user-extra without as: nobody can be impersonated without a name", user),
			T("Remove them, or name the user to act as."), ofEntry(f.User, unset.Argf("users.%s.act-as-groups", user))),
		credential.PluginAndProvider: refused(T("the user %q has both exec and auth-provider", user),
			T("Remove the one that is not meant."), ofEntry(f.User, unset.Argf("users.%s.auth-provider", user))),
		credential.PluginWithoutCommand: refused(T("the exec section of the user %q names no command", user), T("Have the tool that wrote it write it anew."), view),
		credential.PluginWithoutVersion: refused(T("the exec section of the user %q has no apiVersion", user),
			T("Write the version that the plugin answers."), writeUser(f.User).Add("--exec-api-version=client.authentication.k8s.io/v1")),
		credential.PluginWithoutMode: refused(T("the exec section of the user %q has no interactiveMode, which client.authentication.k8s.io/v1 demands", user),
			T("Say whether the plugin may ask."), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		credential.PluginModeUnknown: refused(T("the exec section of the user %q has an interactiveMode that client-go does not know: it takes Never, IfAvailable and Always", user),
			T("Say whether the plugin may ask."), writeUser(f.User).Add("--exec-interactive-mode=IfAvailable")),
		credential.PluginVariableWithoutName: refused(T("the exec section of the user %q has an environment variable without a name", user), T("Have the tool that wrote it write it anew."), view),
		credential.ContextUnknown: refused(T("the current-context %q is not among the contexts of the kubeconfig: %s", context, others),
			T("Choose one that there is."), run("kubectl config get-contexts")),
		credential.ProxyUnusable: refused(T("the proxy-url of the cluster %q is none that client-go takes: it has to begin with http://, https:// or socks5://", cluster),
			T("Write the proxy's address in full, or remove it."), ofEntry(f.Cluster, unset.Argf("clusters.%s.proxy-url", cluster))),
		credential.ServerMissing: refused(T("the cluster %q of the kubeconfig has no server", cluster), T("Write the API server's address into the cluster's entry."), server),
		credential.AuthorityNotPEM: refused(T("the certificate authority of the cluster's entry holds no certificate in PEM, so that client-go makes no connection"),
			T("Write the cluster's CA anew; certificate-authority-data is base64 of the PEM."), view),
		credential.AuthorityAndInsecure: refused(T("the cluster's entry has a certificate authority and insecure-skip-tls-verify: true, of which client-go takes one alone"),
			T("Remove insecure-skip-tls-verify, and the server is checked by the certificate authority."), view),
		credential.EntryTokenAndPassword: refused(T("the user's entry has a token and a user name, of which client-go takes one alone"),
			T("Remove the user name and the password, which no API server reads."), view),
		credential.EntryPluginAndProvider: refused(T("the user's entry has an exec plugin and an auth-provider, of which client-go takes one alone"),
			T("Remove the one that is not meant from the user's entry."), view),
		credential.ClusterUnknown: prove(f.ID, "the context %q names the cluster %q, which is not among the clusters of the kubeconfig: kubectl falls back to %s without a credential", context, cluster, finding.URL.Of(f.Server)).
			Seen("context", T("cluster: %q", cluster)).
			Fix("Give the context a cluster that there is, or fetch the kubeconfig again.", run("kubectl config get-clusters")),
		credential.ServerNotNamed: prove(f.ID, "the cluster %q of the kubeconfig has no server: kubectl falls back to %s without a credential", cluster, finding.URL.Of(f.Server)).
			SeenAt(T("cluster %s", cluster), T("no server")).
			Fix("Write the API server's address into the cluster's entry.", server),
		credential.NotBase64:    notBase64(f, T("it is not base64")),
		credential.NotText:      notBase64(f, T("it is no text")),
		credential.PEMItself:    notBase64(f, T("it is PEM itself, and base64 of that is wanted")),
		credential.PathOfFile:   notBase64(f, T("it looks like the path of a file, which belongs under %s", finding.Standard(strings.TrimSuffix(f.Key.String(), "-data")))),
		credential.Base64CutOff: notBase64(f, T("it is base64 that is cut off, or lacks its padding")),
	}
}

// notBase64 is a key of a kubeconfig whose value should be base64.
func notBase64(f credential.Fault, why finding.Text) finding.Finding {
	whose, write := T("the user %q", finding.User.Of(f.User)), writeCertificate(f.User)
	if f.User == "" {
		whose, write = T("the cluster %q", finding.Cluster.Of(f.Cluster)), writeAuthority(f.Cluster)
	}
	return prove(f.ID, "%s of %s cannot be decoded: %s", f.Key, whose, why).
		Seen("client-go", T("illegal base64 data")).Seen("kubeconfig", finding.File.Of(f.File)).
		// kubectl config cannot write a file that it cannot read.
		FixBy(T("Remove the field from %s with an editor: kubectl cannot write a file that it cannot read. Then write it anew; --embed-certs encodes it.",
			finding.File.Of(filepath.Base(f.File))), write)
}

// unusableCertificate is a certificate and a key of a kubeconfig that client-go cannot present.
func unusableCertificate(_ *credential.Credential, f credential.Fault) kinds {
	unusable := func(said, advice finding.Text) finding.Finding {
		return prove(f.ID, "%s", said).Seen("client-go", saidBy(f.Err)).FixBy(advice, writeCertificate(f.User))
	}
	anew := T("Write certificate and key anew from the files that belong together.")
	return kinds{
		0: unusable(T("the client certificate of the kubeconfig cannot be used: %s", saidBy(f.Err)), anew),
		credential.CertificateUnreadable: unusable(T("the %s of the user %q cannot be read: %s", f.Key, finding.User.Of(f.User), ofFile(f.Err)),
			T("Put certificate and key where the kubeconfig says, or name other files; a path in a kubeconfig is relative to its folder.")),
		credential.CertificateAndKeySwapped: unusable(T("certificate and key are swapped: one stands where the other belongs, and the client can present neither"), anew),
		credential.KeyOfAnother:             unusable(T("the key of the kubeconfig does not belong to its certificate: the client cannot sign for it"), anew),
		credential.CertificateNotPEM:        unusable(T("what the kubeconfig has for a client certificate is no certificate in PEM"), anew),
		credential.KeyNotPEM:                unusable(T("what the kubeconfig has for the key of the client certificate is no private key in PEM that can be read"), anew),
	}
}

// plainHTTP is a server to which clients send no credential.
func plainHTTP(f credential.Fault) finding.Finding {
	server := finding.URL.Of(f.Server)
	said := T("the server's address is %s: the credential of the kubeconfig is dropped before a request is sent", server)
	if !strings.Contains(f.Server, "://") {
		said = T("the server's address is %s without https://, which client-go takes for plain http: the credential of the kubeconfig is dropped before a request is sent", server)
	}
	write := run("kubectl config view --minify")
	if f.Cluster != "" {
		write = writeCluster(f.Cluster).Argf("--server=https://%s", finding.URL.Of(strings.TrimPrefix(f.Server, "http://")))
	}
	return prove(finding.PlainHTTPServer, "%s", said).Seen("kubeconfig", T("server: %s", server)).
		Fix("Write https:// and the TLS port into the cluster's entry.", write)
}

// impersonates is a kubeconfig, or a flag, with which kubectl acts as somebody else.
func impersonates(f credential.Fault) finding.Finding {
	as := finding.User.Of(f.As)
	if f.Key.IsZero() {
		said := T("the user's entry says as: %q, so that kubectl asks the server to treat each request as that user's", as)
		if len(f.Groups) > 0 {
			said = T("%s, in the groups %s", said, finding.Join(", ", finding.Names(finding.Group, f.Groups)...))
		}
		return prove(finding.ImpersonationConfigured, "%s", said).Seen("as", as).
			Fix("Remove it if it is not meant.", ofEntry(f.User, run("kubectl config unset").Argf("users.%s.act-as", finding.User.Of(f.User))))
	}
	return prove(finding.ImpersonationConfigured, "%s %q has kubectl ask the server to treat each request as that user's; the verdict is on the credential itself", f.Key, as).
		SeenAt(f.Key, as).
		Fix("Leave --as out if it is not meant. Whether the server lets the credential act as that user, kubectl says.", run("kubectl auth whoami").Flag("--as", as))
}

// nobodyIdentified is a context with which a request leaves without a credential.
func nobodyIdentified(c *credential.Credential, f credential.Fault) kinds {
	if f.Problem >= credential.PodVariableMissing {
		return podNotUsed(f)
	}
	user, context := finding.User.Of(f.User), finding.Context.Of(f.Context)
	return kinds{
		0:                             prove(f.ID, "the user %q of the context %q has no token, certificate or plugin", user, context),
		credential.NoContext:          chooseContext(prove(f.ID, "the kubeconfig has no current-context"), f),
		credential.ContextWithoutUser: giveUser(prove(f.ID, "the context %q names no user", context), f),
		credential.UserUnknown:        giveUser(prove(f.ID, "the context %q names the user %q, which is not among the users of the kubeconfig", context, user), f),
		credential.NoKubeconfig:       noKubeconfig(c, f),
	}
}

// chooseContext is how one of the contexts that the kubeconfig has becomes the current one.
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
	return out.Fix("Choose a context; these are there.", run("kubectl config get-contexts")).
		Fix("This one is from then on the current one.", use)
}

// noKubeconfig is a client that found nothing in the files where it looks.
func noKubeconfig(c *credential.Credential, f credential.Fault) finding.Finding {
	out := prove(f.ID, "no kubeconfig was found, and kubectl falls back to localhost:8080 without a credential")
	out.Title = T("there is no kubeconfig")
	if c.Trace != nil {
		for _, file := range c.Trace.Files {
			value := T("%s, which does not exist", finding.File.Of(file.Path))
			if !file.Missing {
				out.Title = T("the kubeconfig is empty")
				out = out.Saying(T("the kubeconfig names no cluster and no context, and kubectl falls back to localhost:8080 without a credential"))
				value = T("%s, in which there is neither", finding.File.Of(file.Path))
			}
			out = out.Seen("kubeconfig", value)
		}
	}
	return out.Fix("Name the file that is meant with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config; a path in KUBECONFIG that is wrong is passed over without a word.",
		run("echo").Raw(`"$KUBECONFIG"`).Then(run("ls -l").Raw("~/.kube"))).
		Fix("Where there is none yet, whoever runs the cluster has one, or the tool of the cloud writes it; on a control-plane node of kubeadm it is /etc/kubernetes/admin.conf.", finding.Command{})
}

// giveUser is how a context is given a user that the kubeconfig has.
func giveUser(out finding.Finding, f credential.Fault) finding.Finding {
	set := run("kubectl config set-context").Arg(finding.Context.Of(f.Context))
	switch len(f.Choices) {
	case 0:
		return out.Fix("The kubeconfig has no users: fetch it again, or write a credential into it.", run("kubectl config view"))
	case 1:
		return out.Fix("Give the context the one user that the kubeconfig has, if it is the one that is meant.", set.Argf("--user=%s", finding.User.Of(f.Choices[0])))
	}
	return out.Fix("Choose the user that is meant; these are there.", run("kubectl config get-users")).
		Fix("Give it to the context.", set.Add("--user=USER"))
}

func writeUser(name string) finding.Command {
	return run("kubectl config set-credentials").Arg(finding.User.Of(name))
}

func writeCluster(name string) finding.Command {
	return run("kubectl config set-cluster").Arg(finding.Cluster.Of(name))
}

func writeAuthority(name string) finding.Command {
	return writeCluster(name).Add("--certificate-authority=CA-FILE --embed-certs")
}

func writeCertificate(name string) finding.Command {
	return writeUser(name).Add("--client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs")
}

// ofEntry is a command that removes a key of an entry, where kubectl can: it takes a dot for the
// end of a name. It knows some keys by another name than the file has (act-as).
func ofEntry(name string, unset finding.Command) finding.Command {
	if name == "" || strings.Contains(name, ".") {
		return run("kubectl config view")
	}
	return unset
}

// ofFile is what the error about a file says that err wraps: an *fs.PathError, known by its
// method, as nothing here knows files.
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
