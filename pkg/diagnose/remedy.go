package diagnose

import (
	"fmt"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// maxWord is the length up to which a value from a claim is put into a command, in bytes.
const maxWord = 253

// word quotes a name for a POSIX shell.
func word(name string) string { return finding.Word(name) }

// again is the command that asks about the credential under test once more.
func again(e *evidence.Evidence, command string) string {
	if a := e.Subject().Credential.Again; a != "" {
		return "kubectl authn " + command + " " + a
	}
	return "kubectl authn " + command
}

// mint is the command that gets another token; none where no object can have the name
// that a claim gives.
func mint(namespace, name string, flags ...string) string {
	if !finding.ObjectName(namespace) || !finding.ObjectName(name) {
		return ""
	}
	command := fmt.Sprintf("kubectl authn mint %s --namespace %s", word(name), word(namespace))
	for _, f := range flags {
		command += " " + f
	}
	return command
}

// inNamespace is a kubectl command in a namespace that a claim names; none where no
// object can have that name.
func inNamespace(namespace, command string) string {
	if !finding.ObjectName(namespace) {
		return ""
	}
	return "kubectl --namespace " + namespace + " " + command
}

// controller is the command that shows what controls the token's Pod, and can restart
// it: a Pod that nothing controls would not come back. It is offered only where somebody
// vouches for the claims: anybody can write a Pod's name into a token.
func controller(e *evidence.Evidence) string {
	sa := e.Token().ServiceAccount()
	if standingOf(e) != vouched || !finding.ObjectName(sa.Pod.Name) {
		return ""
	}
	return inNamespace(sa.Namespace, "get pod "+sa.Pod.Name+" -o jsonpath='{.metadata.ownerReferences[*].kind}/{.metadata.ownerReferences[*].name}'")
}

// span is a duration as people say it: the two largest units that matter.
func span(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	type unit struct {
		name string
		size time.Duration
	}
	units := []unit{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.size && u.name != "s" {
			continue
		}
		text := fmt.Sprintf("%d%s", d/u.size, u.name)
		if rest := d % u.size; i+1 < len(units) && rest >= units[i+1].size {
			text += fmt.Sprintf(" %d%s", rest/units[i+1].size, units[i+1].name)
		}
		return text
	}
	return "0s"
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// delegate is the command by which an administrator lets the caller create TokenReviews.
func delegate(e *evidence.Evidence) string {
	if !e.Caller.Known() || e.Caller.Value.Username == anonymousUser {
		return ""
	}
	return "kubectl create clusterrole token-reviewer --verb=create --resource=tokenreviews.authentication.k8s.io && " +
		"kubectl create clusterrolebinding token-reviewer --clusterrole=token-reviewer --user=" + word(e.Caller.Value.Username)
}
