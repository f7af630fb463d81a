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

// inNamespace begins a kubectl command in a namespace that a claim names; none where no
// object can have that name.
func inNamespace(namespace string) finding.Command {
	if !finding.NamespaceName(namespace) {
		return finding.Command{}
	}
	return run("kubectl").Flag("--namespace", finding.Namespace.Of(namespace))
}

// delegate adds the commands with which an administrator lets the caller create
// TokenReviews, and nothing else.
func delegate(c *Case, f finding.Finding) finding.Finding {
	user := c.Caller.Value.Username
	if !c.Caller.Known() || user == anonymousUser || user == "" || finding.Word(user) == "NAME" && user != "NAME" {
		return f.Ask("Ask an administrator for permission to create TokenReviews, or to run this diagnosis.", finding.Command{})
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
	return f.Ask("Ask an administrator for permission to create TokenReviews. The permission needs a ClusterRole once in the cluster.",
		applied(run("kubectl create clusterrole token-reviewer --verb=create --resource=tokenreviews.authentication.k8s.io"))).
		Ask("Ask an administrator to bind the ClusterRole to you.", applied(bind))
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
