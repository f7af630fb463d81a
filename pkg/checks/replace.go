package checks

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// This file says how to replace a credential, for each source of a credential.

// replaceToken adds how to request a new token of the same ServiceAccount and where to put it. why is a sentence about
// the old token; it may be empty.
func replaceToken(c *Case, f finding.Finding, why finding.Text) finding.Finding {
	sa := c.Token().ServiceAccount()
	if sa == nil {
		return logIn(c, f)
	}
	account := T("ServiceAccount %s/%s", finding.Namespace.Of(sa.Namespace), finding.ServiceAccount.Of(sa.Name))
	create := requestToken(sa.Namespace, sa.Name, wantedAudiences(c)...)
	if create.IsZero() {
		return f.FixBy(sentences(why, T("Request a new token from the issuer and replace the old token.")), create)
	}
	cred := c.Subject().Credential
	m, sent := cred.SentBy()
	file, inFile := tokenFile(c)
	may, known := c.CallerMay(diagnose.RequestTokens)
	if sent && m.Type == credential.MethodTokenFile {
		file, inFile = m.Name, true
	}
	switch {
	case sent && m.Type == credential.MethodExec:
		return logIn(c, f)
	case cred.Projected != nil, cred.KubeletFile != "":
		return restart(c, f, why)
	case known && !may:
		return askForToken(c, f, why, account, create)
	// A Secret of another type may hold more than the token, and no controller fills it.
	case cred.Secret.Name != "" && c.IsLegacyToken() && cred.Secret.Type == credential.SecretTypeServiceAccountToken:
		return recreateSecret(f, why, cred.Secret.Namespace, cred.Secret.Name, sa.Name)
	case cred.Secret.Name != "":
		name, namespace := finding.Secret.Of(cred.Secret.Name), finding.Namespace.Of(cred.Secret.Namespace)
		return f.FixBy(sentences(why, T("Request a new token and store it in Secret %s/%s. %s", namespace, name, oneHour)),
			finding.Assign("token", create).And(patchSecret(name, namespace).Raw(`"{\"stringData\":{\"token\":\"$token\"}}"`)))
	case cred.KubeconfigUser != "" && !inFile:
		return f.FixBy(sentences(why, T("Request a new token and store it in the kubeconfig for user %q. %s", finding.User.Of(cred.KubeconfigUser), oneHour)),
			put(create, setCredentials(c).Raw(`--token="$token"`)))
	case inFile:
		return f.FixBy(sentences(why, T("Request a new token and write it to the file %s. %s", file, oneHour)), put(create, writeToken(file)))
	}
	return f.FixBy(sentences(why, T("Request a new token and store it where the client reads the old token. %s", oneHour)), create)
}

// wantedAudiences are those of a new token: the requested ones, or else those of an old token that is for another party than
// the API server. What the kubeconfig sends is for the API server.
func wantedAudiences(c *Case) []string {
	aud, _ := c.Token().Audience()
	if len(c.Audiences) > 0 || c.Subject().Credential.KubeconfigUser != "" || len(aud) == 0 || forAPIServer(c) ||
		slices.ContainsFunc(aud, func(a string) bool {
			return a == "" || len(a) > maxWord
		}) || len(aud) > mostAudiences {
		return c.Audiences
	}
	return aud
}

// mostAudiences is the maximum number of audiences of a claim in a command.
const mostAudiences = 3

// forAPIServer reports whether a ServiceAccount token looks like one for the API server, whose issuer is an audience unless
// configured otherwise. The audience of a wrong issuer differs from the issuer.
func forAPIServer(c *Case) bool {
	aud, present := c.Token().Audience()
	if !present {
		return true
	}
	own, _ := audienceFlag(c)
	return slices.ContainsFunc(aud, func(a string) bool {
		return a == c.Token().Issuer() || strings.HasPrefix(a, "https://kubernetes.default.svc") || slices.Contains(own.Values, a)
	})
}

// oneHour is the note on a token that is requested without --duration.
var oneHour = T("The new token is valid for one hour unless you add --duration.")

// requestToken is the command that prints a new token; empty if a claim has a name that no object can have.
func requestToken(namespace, name string, audiences ...string) finding.Command {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return finding.Command{}
	}
	command := run("kubectl create token").Arg(finding.ServiceAccount.Of(name)).Flag("--namespace", finding.Namespace.Of(namespace))
	for _, a := range audiences {
		command = command.Flag("--audience", finding.Audience.Of(a))
	}
	return command
}

// put requests a token and stores it with a second command, or only requests it if that command is empty.
func put(create, place finding.Command) finding.Command {
	if place.IsZero() {
		return create
	}
	return finding.Assign("token", create).And(place)
}

// patchSecret begins the command that changes a Secret.
func patchSecret(name, namespace finding.Value) finding.Command {
	return run("kubectl patch secret").Arg(name).Flag("--namespace", namespace).Add("--patch")
}

// writeToken writes the shell variable token to a file, which keeps its mode.
func writeToken(file finding.Text) finding.Command {
	return run("printf").Word(`%s\n`).Raw(`"$token"`).To(file)
}

// setCredentials begins the command that changes the entry of the kubeconfig that the credential comes from.
func setCredentials(c *Case) finding.Command {
	cred := c.Subject().Credential
	command := writeUser(cred.KubeconfigUser)
	if file, inFile := cred.Again.Value("-f"); inFile {
		command = command.Flag("--kubeconfig", file)
	}
	return command.Exact()
}

// askForToken says that an administrator requests the token, and where the reader puts it.
func askForToken(c *Case, f finding.Finding, why, account finding.Text, create finding.Command) finding.Finding {
	cred := c.Subject().Credential
	m, sent := cred.SentBy()
	place := T("Store the token where the client reads the old token.")
	switch file, inFile := tokenFile(c); {
	case sent && m.Type == credential.MethodTokenFile:
		place = T("Write the token to the file %s, the tokenFile of user %q.", m.Name, finding.User.Of(cred.KubeconfigUser))
	case inFile:
		place = T("Write the token to the file %s.", file)
	case cred.KubeconfigUser != "":
		f = f.FixBy(sentences(why, T("Request a new token of %s from an administrator. Save it as TOKEN-FILE, and store it for the kubeconfig user %q.", account, finding.User.Of(cred.KubeconfigUser))), saveToken(c))
		return f.AskBy(T("Ask an administrator for a new token of %s.", account), create)
	}
	return f.AskBy(sentences(T("Ask an administrator for a new token of %s. %s", account, place), why), create)
}

// saveToken stores the token in TOKEN-FILE for the user of the kubeconfig.
func saveToken(c *Case) finding.Command {
	return savedToken().And(setCredentials(c).Raw(`--token="$token"`))
}

// savedToken reads the token that the reader saved. It fails without such a token, so that no kubeconfig loses its
// token.
func savedToken() finding.Command { return finding.Assign("token", run("cat TOKEN-FILE")) }

// logIn adds how to get a new token from an identity provider.
func logIn(c *Case, f finding.Finding) finding.Finding {
	cred := c.Subject().Credential
	m, sent := cred.SentBy()
	switch file, inFile := tokenFile(c); {
	case sent && m.Type == credential.MethodExec:
		return f.FixBy(T("Log in again with the tool of the exec plugin %s, then repeat your command.", m.Name), finding.Command{})
	case sent && m.Type == credential.MethodTokenFile:
		return f.FixBy(T("Log in again and write the new token to the file %s.", m.Name), finding.Command{})
	case cred.KubeconfigUser != "":
		return f.FixBy(T("Log in again with the tool that wrote the kubeconfig. If that tool only prints a token, save the token as TOKEN-FILE and store it for user %q.", finding.User.Of(cred.KubeconfigUser)),
			saveToken(c))
	case inFile:
		return f.FixBy(T("Log in again and write the new token to the file %s.", file), finding.Command{})
	}
	return f.Fix("Log in again and give the new token to the client.", finding.Command{})
}

// replaceCertificate adds where a new client certificate goes.
func replaceCertificate(c *Case, f finding.Finding) finding.Finding {
	cred := c.Subject().Credential
	m, sent := cred.SentBy()
	switch {
	case sent && m.Type == credential.MethodExec:
		return f.FixBy(T("The exec plugin %s produces the certificate. Log in again with the tool of that plugin.", m.Name), finding.Command{})
	case cred.KubeconfigUser != "":
		return f.FixBy(T("Store the new certificate and its key in the kubeconfig for user %q.", finding.User.Of(cred.KubeconfigUser)),
			setCredentials(c).Add("--client-certificate=CERTIFICATE-FILE --client-key=KEY-FILE --embed-certs"))
	}
	if file, inFile := cred.Again.Value("-f"); inFile && !cred.Document {
		return f.FixBy(T("Replace the certificate and the key in %s.", file), finding.Command{})
	}
	return f
}

// recreateSecret adds how to get a token written into a Secret of type kubernetes.io/service-account-token.
func recreateSecret(f finding.Finding, why finding.Text, namespace, name, serviceAccount string) finding.Finding {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) || !finding.ObjectName(serviceAccount) {
		return f
	}
	secret, in := finding.Secret.Of(name), finding.Namespace.Of(namespace)
	manifest := run("kubectl create secret generic").Arg(secret).Flag("--namespace", in).Add("--type kubernetes.io/service-account-token --dry-run=client -o yaml").
		Pipe(run("kubectl annotate --local -f - -o yaml").Argf("kubernetes.io/service-account.name=%s", finding.ServiceAccount.Of(serviceAccount)))
	return f.FixBy(sentences(why, T("Delete Secret %s/%s and create it again. The control plane then stores a token in it.", in, secret)),
		run("kubectl delete secret").Arg(secret).Flag("--namespace", in).Add("--ignore-not-found").And(manifest.Pipe(run("kubectl create -f -"))))
}

// restarted are the kinds whose Pods kubectl can restart.
var restarted = map[string]string{"Deployment": "deployment", "StatefulSet": "statefulset", "DaemonSet": "daemonset"}

// restart adds that a restart of the workload gives the token's Pod a new token. It needs claims that a signature
// proves, or a Pod that the reader named, because anyone can write a Pod's name into a token.
func restart(c *Case, f finding.Finding, why finding.Text) finding.Finding {
	namespace, name := "", ""
	if sa := c.Token().ServiceAccount(); sa != nil && sa.Pod != nil && c.TrustLevel() == diagnose.Vouched {
		namespace, name = sa.Namespace, sa.Pod.Name
	}
	if p := c.Subject().Credential.Projected; p != nil {
		namespace, name = p.Namespace, p.Pod
	}
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return f.FixBy(sentences(why, T("Restart the workload that controls the Pod. The new Pods get new tokens.")), finding.Command{})
	}
	pod, in := T("Pod %s/%s", finding.Namespace.Of(namespace), finding.Pod.Of(name)), finding.Namespace.Of(namespace)
	seen, w := c.Subject().Pod, c.Subject().Workload
	of := w.Value
	if !w.Known() && seen.Known() {
		of = seen.Value.Controller
	}
	object := T("%s %s", finding.Standard(of.Kind), finding.Object.Of(of.Name))
	kind, restartable := restarted[of.Kind]
	switch {
	case seen.Known() && !seen.Value.Exists, !seen.Known():
		return f.FixBy(sentences(why, T("Restart the workload that controlled %s. The new Pods get new tokens.", pod)), finding.Command{})
	case of == evidence.Controller{}:
		return f.FixBy(sentences(why, T("Delete %s and create it again from its manifest, because no controller replaces it. The new Pod gets a new token.", pod)), finding.Command{})
	case restartable && strings.HasPrefix(of.APIVersion, "apps/"):
		return f.FixBy(sentences(why, T("Restart %s, which controls %s. The new Pods get new tokens.", object, pod)),
			run("kubectl rollout restart").Argf("%s/%s", finding.Standard(kind), finding.Object.Of(of.Name)).Flag("--namespace", in))
	case of.Kind == "ReplicaSet", of.Kind == "ReplicationController":
		return f.FixBy(sentences(why, T("Delete %s. %s then creates another Pod, which gets a new token.", pod, object)),
			run("kubectl delete pod").Arg(finding.Pod.Of(name)).Flag("--namespace", in))
	}
	return f.FixBy(sentences(why, T("Restart %s, which controls %s. The new Pods get new tokens.", object, pod)), finding.Command{})
}

// revoke adds how to revoke a token that is still valid.
func revoke(c *Case, f finding.Finding) finding.Finding {
	sa := c.Token().ServiceAccount()
	if sa == nil || c.TrustLevel() == diagnose.Foreign || !finding.NamespaceName(sa.Namespace) {
		return f
	}
	in := finding.Namespace.Of(sa.Namespace)
	if sa.Secret != nil && finding.ObjectName(sa.Secret.Name) {
		return f.FixBy(T("To revoke the token, delete Secret %s/%s. Every client that uses the token then stops working. Do not create a Secret of the same name for the ServiceAccount: the token can then work again.", in, finding.Secret.Of(sa.Secret.Name)),
			run("kubectl delete secret").Arg(finding.Secret.Of(sa.Secret.Name)).Flag("--namespace", in))
	}
	if sa.Pod != nil || !finding.ObjectName(sa.Name) {
		return f
	}
	return f.FixBy(T("To revoke the token, delete ServiceAccount %s/%s and create it again. All other tokens of the ServiceAccount stop working too.", in, finding.ServiceAccount.Of(sa.Name)),
		run("kubectl delete serviceaccount").Arg(finding.ServiceAccount.Of(sa.Name)).Flag("--namespace", in))
}

// sentences joins the sentences that are not empty.
func sentences(all ...finding.Text) finding.Text {
	var some []finding.Value
	for _, s := range all {
		if !s.IsZero() {
			some = append(some, s)
		}
	}
	return finding.Join(" ", some...)
}
