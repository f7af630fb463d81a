package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxWord is the length up to which a value from a claim is put into a command, in bytes.
const maxWord = 253

// tokenFile is the file that the credential under test is in.
func tokenFile(c *Case) (finding.Text, bool) {
	if c.Subject().Credential.Document {
		return finding.Text{}, false
	}
	return c.Subject().Credential.Again.Value("-f")
}

// mint is the command that gets another token, for these audiences; none where no object can
// have the name that a claim gives.
func mint(namespace, name string, audiences ...string) finding.Command {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return finding.Command{}
	}
	command := run("kubectl authn mint").Arg(finding.ServiceAccount.Of(name)).Flag("--namespace", finding.Namespace.Of(namespace))
	for _, a := range audiences {
		command = command.Flag("--audience", finding.Audience.Of(a))
	}
	return command
}

// mintAnew is the command that gets another token of the same ServiceAccount, for the
// audiences that are asked about.
func mintAnew(c *Case) finding.Command {
	sa := c.Token().ServiceAccount()
	return mint(sa.Namespace, sa.Name, c.Audiences...)
}

// inNamespace begins a kubectl command in a namespace that a claim names; none where no
// object can have that name.
func inNamespace(namespace string) finding.Command {
	if !finding.NamespaceName(namespace) {
		return finding.Command{}
	}
	return run("kubectl").Flag("--namespace", finding.Namespace.Of(namespace))
}

// controller is the command that shows what controls the token's Pod, and can restart
// it: a Pod that nothing controls would not come back. It is offered only where somebody
// vouches for the claims: anybody can write a Pod's name into a token.
func controller(c *Case) finding.Command {
	sa := c.Token().ServiceAccount()
	if c.TrustLevel() != diagnose.Vouched || !finding.ObjectName(sa.Pod.Name) {
		return finding.Command{}
	}
	return ownerOf(sa.Namespace, sa.Pod.Name)
}

// ownerOf is the command that shows what controls a Pod.
func ownerOf(namespace, pod string) finding.Command {
	return inNamespace(namespace).Add("get pod").Arg(finding.Pod.Of(pod)).
		Add("-o").Word("jsonpath={.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name}")
}

// delegate adds the commands with which an administrator lets the caller create
// TokenReviews, and nothing else.
func delegate(c *Case, f finding.Finding) finding.Finding {
	user := c.Caller.Value.Username
	if !c.Caller.Known() || user == anonymousUser || user == "" || finding.Word(user) == "NAME" && user != "NAME" {
		return f.Fix("Have an administrator ask, or grant just this right to whoever diagnoses.", finding.Command{})
	}
	bind := run("kubectl create clusterrolebinding")
	switch namespace, name, ok := diagnose.ServiceAccountOf(user); {
	case ok:
		bind = bind.Arg(finding.ServiceAccount.Of(name)).Add("--clusterrole=token-reviewer").
			Argf("--serviceaccount=%s:%s", finding.Namespace.Of(namespace), finding.ServiceAccount.Of(name))
	case bindingName().MatchString(user):
		bind = bind.Argf("token-reviewer:%s", finding.User.Of(user)).Add("--clusterrole=token-reviewer").Argf("--user=%s", finding.User.Of(user))
	default:
		sum := sha256.Sum256([]byte(user))
		bind = bind.Argf("token-reviewer-%s", finding.Fingerprint.Of(hex.EncodeToString(sum[:6]))).
			Add("--clusterrole=token-reviewer").Argf("--user=%s", finding.User.Of(user))
	}
	return f.Fix("Have an administrator ask, or grant just this right, which takes a ClusterRole, once in a cluster.",
		applied(run("kubectl create clusterrole token-reviewer --verb=create --resource=tokenreviews.authentication.k8s.io"))).
		Fix("Give it to the caller.", applied(bind))
}

// applied has an administrator create what is not there yet: what is there is no error.
func applied(create finding.Command) finding.Command {
	return create.Add("--dry-run=client -o yaml").Pipe(run("kubectl apply -f -")).ByOthers()
}

var bindingName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9@:._-]{1,200}$`) })

// projected is the manifest of a Pod with a token for that audience: the server checks
// it, and nothing is created. It is no here-document, whose end has to stand at the start of
// a line: reports indent commands, and YAML takes that. Nor is it echo, which reads
// backslashes in some shells.
func projected(namespace, serviceAccount, audience string) finding.Command {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(serviceAccount) {
		return finding.Command{}
	}
	return run("printf %s").Argf(`
apiVersion: v1
kind: Pod
metadata: {name: token-for-audience, namespace: %s}
spec:
  serviceAccountName: %s
  containers:
  - name: app
    image: registry.k8s.io/pause:3.10
    volumeMounts:
    - {name: token, mountPath: /var/run/secrets/tokens, readOnly: true}
  volumes:
  - name: token
    projected:
      sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3600, audience: %q}
`, finding.Namespace.Of(namespace), finding.ServiceAccount.Of(serviceAccount), finding.Audience.Of(audience)).
		Pipe(run("kubectl apply --dry-run=server -o yaml -f -"))
}
