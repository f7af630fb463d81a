package pasted

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
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

// Each fault has a title or a finding's, a detail, and a fix that does no harm.
func TestFaultsOfClientsHaveFixes(t *testing.T) {
	n := 0
	for _, table := range []map[errortext.Fault]clientFault{noConfiguration(), badFile(errortext.Reason{}), badEntry(errortext.Reason{}), badPair(errortext.Reason{}), onTheWay(errortext.Reason{}), inOtherWords()} {
		for fault, how := range table {
			n++
			if how.detail.IsZero() || len(how.fixes) == 0 {
				t.Errorf("%s: no detail or no fix", fault)
			}
			var all strings.Builder
			for _, fix := range how.fixes {
				all.WriteString(fix.todo.String() + " " + fix.run.String() + "\n")
			}
			for _, never := range []string{"--insecure", "insecure-skip-tls-verify=true", "-k ", "verify=False", "NODE_TLS_REJECT_UNAUTHORIZED", "chmod 644", "system:anonymous", "rejectUnauthorized"} {
				if strings.Contains(strings.ReplaceAll(all.String(), "was given --insecure-skip-tls-verify", ""), never) {
					t.Errorf("%s: the fix has %q:\n%s", fault, never, &all)
				}
			}
		}
	}
	if n < 45 {
		t.Errorf("only %d faults", n)
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
