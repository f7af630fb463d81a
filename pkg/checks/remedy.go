package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxWord is the length up to which a value from a claim is put into a command, in bytes.
const maxWord = 253

// tokenFile is the file that the credential under test is in, as a word of a command.
func tokenFile(e *Case) (string, bool) {
	file, ok := strings.CutPrefix(e.Subject().Credential.Again.String(), "-f ")
	return file, ok && file != "TOKEN-FILE" && !e.Subject().Credential.Document
}

// mint is the command that gets another token, for these audiences; none where no object can
// have the name that a claim gives.
func mint(namespace, name string, audiences ...string) string {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(name) {
		return ""
	}
	command := fmt.Sprintf("kubectl authn mint %s --namespace %s", word(name), word(namespace))
	for _, a := range audiences {
		command += " --audience " + word(a)
	}
	return command
}

// mintAnew is the command that gets another token of the same ServiceAccount, for the
// audiences that are asked about.
func mintAnew(e *Case) string {
	sa := e.Token().ServiceAccount()
	return mint(sa.Namespace, sa.Name, e.Audiences...)
}

// inNamespace is a kubectl command in a namespace that a claim names; none where no
// object can have that name.
func inNamespace(namespace, command string) string {
	if !finding.NamespaceName(namespace) {
		return ""
	}
	return "kubectl --namespace " + namespace + " " + command
}

// controller is the command that shows what controls the token's Pod, and can restart
// it: a Pod that nothing controls would not come back. It is offered only where somebody
// vouches for the claims: anybody can write a Pod's name into a token.
func controller(e *Case) string {
	sa := e.Token().ServiceAccount()
	if e.TrustLevel() != diagnose.Vouched || !finding.ObjectName(sa.Pod.Name) {
		return ""
	}
	return inNamespace(sa.Namespace, "get pod "+sa.Pod.Name+" -o jsonpath='{.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name}'")
}

// delegate adds the commands with which an administrator lets the caller create
// TokenReviews, and nothing else.
func delegate(e *Case, f finding.Finding) finding.Finding {
	// What is there already is no error.
	const apply = " --dry-run=client -o yaml | kubectl apply -f -"
	const grant = "Have an administrator ask, or grant just this right"
	user := e.Caller.Value.Username
	if !e.Caller.Known() || user == anonymousUser || user == "" || word(user) == "NAME" && user != "NAME" {
		return f.Do(grant+" to whoever diagnoses.", "")
	}
	name := "token-reviewer:" + user
	if !bindingName().MatchString(user) {
		sum := sha256.Sum256([]byte(user))
		name = "token-reviewer-" + hex.EncodeToString(sum[:6])
	}
	binding, ok := diagnose.BindTo(user, "create clusterrolebinding ", " --clusterrole=token-reviewer")
	if !ok {
		binding = "kubectl create clusterrolebinding " + word(name) + " --clusterrole=token-reviewer --user=" + word(user)
	}
	return f.Have(grant+", which takes a ClusterRole, once in a cluster.",
		"kubectl create clusterrole token-reviewer --verb=create --resource=tokenreviews.authentication.k8s.io"+apply).
		Have("Give it to the caller.", binding+apply)
}

var bindingName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9@:._-]{1,200}$`) })

// projected is the manifest of a Pod with a token for that audience: the server checks
// it, and nothing is created.
func projected(namespace, serviceAccount, audience string) string {
	if !finding.NamespaceName(namespace) || !finding.ObjectName(serviceAccount) {
		return ""
	}
	return apply("kubectl apply --dry-run=server -o yaml -f -", `apiVersion: v1
kind: Pod
metadata: {name: token-for-audience, namespace: `+namespace+`}
spec:
  serviceAccountName: `+serviceAccount+`
  containers:
  - name: app
    image: registry.k8s.io/pause:3.10
    volumeMounts:
    - {name: token, mountPath: /var/run/secrets/tokens, readOnly: true}
  volumes:
  - name: token
    projected:
      sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3600, audience: `+yaml(audience)+`}
`)
}

// apply hands a manifest to a command. It is no here-document, whose end has to stand at
// the start of a line: reports indent commands, and YAML takes that. Nor is it echo, which
// reads backslashes in some shells.
func apply(command, manifest string) string {
	return "printf %s '\n" + strings.ReplaceAll(manifest, "'", `'\''`) + "' | " + command
}

// yaml quotes text for YAML.
func yaml(s string) string { return strconv.QuoteToASCII(s) }
