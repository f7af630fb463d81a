package pasted

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Of several faults of a client, the one that explains the others leads, in whatever order they stand.
func TestFaultOfAClientThatLeads(t *testing.T) {
	for _, c := range []struct {
		lines []string
		title string
	}{
		{[]string{"* context was not found for specified context: shop", "* cluster has no server defined"}, "the kubeconfig has no such context"},
		{[]string{"unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined", "error: stat /srv/shop.kubeconfig: no such file or directory"}, "the kubeconfig does not exist"},
		{[]string{`error: error loading config file "/x/config": yaml: line 3: did not find expected key`, "The connection to the server localhost:8080 was refused - did you specify the right host or port?"}, "the kubeconfig is not valid YAML"},
		{[]string{"kube: failed to read an incluster environment variable: environment variable not found", "kube: failed to determine current context"}, "the kubeconfig has no current context"},
	} {
		for range 2 {
			d, ok := FromText(strings.Join(c.lines, "\n"))
			if !ok || d.Findings[0].Title.String() != c.title {
				t.Errorf("%q: %+v, want %q", c.lines, d, c.title)
			}
			slices.Reverse(c.lines)
		}
	}
}

// Each fault of a client has a clause before its message, and no fix does harm.
func TestFixesDoNoHarm(t *testing.T) {
	n := 0
	for key, e := range fixes() {
		if !e.before.IsZero() {
			n++
		}
		var all strings.Builder
		for _, fix := range e.fix {
			// The CA of K3s is public, and the command sends no credential.
			all.WriteString(fix.todo.String() + " " + strings.ReplaceAll(fix.run.String(), "--insecure --silent --show-error https://SERVER:6443/cacerts", "") + "\n")
		}
		for _, never := range []string{"--insecure", "insecure-skip-tls-verify=true", "-k ", "verify=False", "NODE_TLS_REJECT_UNAUTHORIZED", "chmod 644", "system:anonymous", "rejectUnauthorized"} {
			if strings.Contains(strings.ReplaceAll(all.String(), "was given --insecure-skip-tls-verify", ""), never) {
				t.Errorf("%s: the fix has %q:\n%s", key, never, &all)
			}
		}
	}
	if n < 45 {
		t.Errorf("only %d faults", n)
	}
}

// Names in a message replace the placeholders of its explanation.
func TestNamesInExplanations(t *testing.T) {
	for _, c := range []struct{ text, detail, command string }{
		{`error: error loading config file "/srv/k c": open /srv/k c: permission denied`, "no permission to read /srv/k c:", `ls -l '/srv/k c'`},
		{`error loading config file "C:\\k\\config": open C:\k\config: Access is denied.`, "", "ls -l KUBECONFIG-FILE"},
		{`error: context "shop" does not exist`, `the context "shop" does not exist in the kubeconfig`, "kubectl config get-contexts"},
	} {
		d, ok := FromText(c.text)
		if !ok || !strings.Contains(d.Findings[0].Detail.String(), c.detail) || d.Findings[0].Remedy[0].Command.String() != c.command {
			t.Errorf("%s: %+v", c.text, d)
		}
	}
}

// No fault before the API server is a rejection.
func TestFaultsOfClientsAreUndecided(t *testing.T) {
	for text, cause := range map[string]finding.ID{
		"Unable to connect to the server: Forbidden":                                      finding.AnswerNotFromAPIServer,
		"error: You must be logged in to the server (<html><title>Sign in</title></html>": finding.AnswerNotFromAPIServer,
		"curl: (56) CONNECT tunnel failed, response 407":                                  finding.AnswerNotFromAPIServer,
		"Unable to connect to the server: something that nobody has seen":                 finding.APIServerUnreachable,
		"error loading config file: something that nobody has seen":                       finding.KubeconfigInvalid,
	} {
		if d, ok := FromText(text); !ok || d.Verdict != diagnose.Undecided || d.Cause != cause {
			t.Errorf("%s: %+v, want %s", text, d, cause)
		}
	}
}
