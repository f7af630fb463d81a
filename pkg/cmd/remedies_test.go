package cmd

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Commands have the flags of the asked cluster; commands for administrators have no flags.
func TestClusterFlags(t *testing.T) {
	c := &connector{flags: genericclioptions.NewConfigFlags(true)}
	*c.flags.Context, *c.flags.KubeConfig, *c.flags.ProxyURL = "my own", "-k", "http://p:1"
	discover := finding.Run("kubectl authn discover")
	f := finding.Found(finding.DiscoveryForbidden, finding.Proved, "").
		Fix("", discover).Fix("", discover.ByOthers()).Fix("", finding.Command{})
	c.addClusterFlags([]finding.Finding{f})
	const want = "kubectl authn discover --kubeconfig '-k' --context 'my own' --proxy-url http://p:1"
	for i, want := range []string{want, discover.String(), ""} {
		if got := f.Remedy[i].Command.String(); got != want {
			t.Errorf("remedy %d: %q, want %q", i, got, want)
		}
	}
}

// Flags are not inserted into quotes, whose content may be a claim of a hostile token.
func TestFlagsStayOutsideQuotes(t *testing.T) {
	flags := finding.Run("").Flag("--context", finding.Context.Of("it's mine"))
	for _, claim := range []string{"x | kubectl authn ; touch pwned ; #", "$(kubectl ; touch pwned)", "' | kubectl x; touch pwned; '", `\' | kubectl x; touch pwned; \'`} {
		command := finding.Run("kubectl authn mint x").Flag("--audience", finding.Audience.Of(claim)).
			Pipe(finding.Run("kubectl authn explain -").Flag("--audience", finding.Audience.Of(claim))).With(flags, flags).String()
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
