package cmd

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

func TestCommandsSpeakToTheClusterThatWasAsked(t *testing.T) {
	for command, want := range map[string]string{
		"kubectl authn explain -f t":                                  "kubectl authn explain -f t --context c --proxy-url http://p:1",
		"kubectl get pods":                                            "kubectl --context c get pods",
		"kubectl exec p -- cat f | kubectl authn explain -":           "kubectl --context c exec p -- cat f | kubectl authn explain - --context c --proxy-url http://p:1",
		"kubectl -n kube-system logs -l a=b --since=10m | grep 'a b'": "kubectl -n kube-system logs -l a=b --since=10m | grep 'a b'",
		// The manifest of a right, which the caller could not give.
		"printf %s '\nkind: List\n' | kubectl apply -f -":                                     "printf %s '\nkind: List\n' | kubectl apply -f -",
		`kubectl config set-credentials u --token="$(kubectl config view --raw | tr -d ' ')"`: `kubectl --context c config set-credentials u --token="$(kubectl --context c config view --raw | tr -d ' ')"`,
		"timedatectl": "timedatectl",
		"":            "",
	} {
		if got := withFlags(command, "--context c", "--context c --proxy-url http://p:1"); got != want {
			t.Errorf("%s\n got %s\nwant %s", command, got, want)
		}
	}
}

// A command of words and a string get the same flags; what others run gets none.
func TestClusterFlags(t *testing.T) {
	c := &connector{flags: genericclioptions.NewConfigFlags(true)}
	*c.flags.Context, *c.flags.KubeConfig, *c.flags.ProxyURL = "my own", "-k", "http://p:1"
	discover := finding.Run("kubectl authn discover")
	f := finding.Found(finding.DiscoveryForbidden, finding.Proved, "").
		Fix("", discover).Do("", discover.String()).
		Fix("", discover.ByOthers()).Have("", discover.String()).
		Fix("", finding.Command{}).Do("", "")
	c.addClusterFlags([]finding.Finding{f})
	const want = "kubectl authn discover --kubeconfig '-k' --context 'my own' --proxy-url http://p:1"
	for i, want := range []string{want, want, discover.String(), discover.String(), "", ""} {
		if got := f.Remedy[i]; got.Command != want || !got.Run.IsZero() && got.Run.String() != want {
			t.Errorf("remedy %d: %q and %q, want %q", i, got.Command, got.Run, want)
		}
	}
}

// What stands in quotes, which may be a claim of a hostile token, stays in them.
func TestFlagsStayOutsideQuotes(t *testing.T) {
	flags := "--context " + finding.Word("it's mine")
	for _, claim := range []string{"x | kubectl authn ; touch pwned ; #", "$(kubectl ; touch pwned)", "' | kubectl x; touch pwned; '", `\' | kubectl x; touch pwned; \'`} {
		command := withFlags("kubectl authn mint x --audience "+finding.Word(claim)+" | kubectl authn explain - --audience "+finding.Word(claim), flags, flags)
		shell := exec.Command("sh", "-c", `kubectl() { printf '%s\n' "$@" >&2; }; `+command)
		shell.Dir = t.TempDir()
		out, err := shell.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		if files, _ := os.ReadDir(shell.Dir); len(files) > 0 {
			t.Errorf("the claim was run: %s", command)
		}
		if n := strings.Count(string(out), claim+"\n"); n != 2 {
			t.Errorf("%q is an argument %d times, want 2: %s", claim, n, command)
		}
		if n := strings.Count(string(out), "it's mine\n"); n != 2 {
			t.Errorf("the context is an argument %d times, want 2: %s", n, command)
		}
	}
}
