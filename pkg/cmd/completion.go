package cmd

import (
	_ "embed"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The programs that kubectl runs to complete `kubectl authn <TAB>`: for a POSIX shell and for Windows. The
// archives of a release contain them as well.
var (
	//go:embed kubectl_complete-authn
	askedByKubectl string
	//go:embed kubectl_complete-authn.cmd
	askedByKubectlOnWindows string
)

// shells are the shells with a completion script, and their descriptions.
var shells = []string{
	"bash\tkubectl-authn in bash, with the package bash-completion",
	"fish\tkubectl-authn in fish",
	"kubectl\tkubectl authn in every shell, through kubectl's own completion",
	"powershell\tkubectl-authn in PowerShell",
	"zsh\tkubectl-authn in zsh",
}

func newCompletion() *cobra.Command {
	plain := false
	c := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Generate shell completion",
		Long: `Generate shell completion for commands, flags and names.

SHELL is kubectl, bash, fish, powershell or zsh. For kubectl, the output is a
program that completes 'kubectl authn <TAB>' in every shell. Save it on your
PATH as an executable named kubectl_complete-authn, on Windows as
kubectl_complete-authn.cmd. Release archives include it; krew does not install
it.

kubectl runs this program since v1.26. Set up kubectl's own completion first:
see 'kubectl completion --help'. The other outputs are scripts that complete
'kubectl-authn <TAB>', the plugin called directly. In bash, both need the
package bash-completion.

Names in the cluster are read as your kubeconfig's user, within a second. Of
Secrets, only name, type and age are read. Only exec plugins that never ask for
input run: aws, aws-iam-authenticator, doctl and gke-gcloud-auth-plugin. On
Windows, none runs.`,
		Example: `  # Complete kubectl authn <TAB>, where krew keeps its plugins
  kubectl authn completion kubectl > ~/.krew/bin/kubectl_complete-authn
  chmod +x ~/.krew/bin/kubectl_complete-authn

  # Do the same in PowerShell on Windows
  kubectl authn completion kubectl |
    Set-Content -Encoding ascii ~\.krew\bin\kubectl_complete-authn.cmd

  # Complete kubectl-authn <TAB> in this bash session, or likewise in zsh
  source <(kubectl authn completion bash)

  # Do the same in fish
  kubectl authn completion fish | source

  # Do the same in PowerShell
  kubectl authn completion powershell | Out-String | Invoke-Expression`,
		Annotations: map[string]string{exitStatuses: `0 done
3 wrong usage`},
		Args:      exactly("SHELL"),
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			root, w := c.Root(), c.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, !plain)
			case "zsh":
				if plain {
					return root.GenZshCompletionNoDesc(w)
				}
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, !plain)
			case "powershell", "pwsh":
				if plain {
					return root.GenPowerShellCompletion(w)
				}
				return root.GenPowerShellCompletionWithDesc(w)
			case "kubectl":
				_, err := io.WriteString(w, forKubectl(runtime.GOOS))
				return err
			}
			var names []string
			for _, s := range shells {
				name, _, _ := strings.Cut(s, "\t")
				names = append(names, name)
			}
			return usage(finding.Errorf("no completion is available for %q", finding.Quoted(args[0]))).hint(finding.T("choose one of %s", finding.Syntax(strings.Join(names, ", "))))
		},
	}
	section(c, headOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&plain, "no-descriptions", false, "Leave out the description of each word.")
	})
	return c
}

// forKubectl returns the program that kubectl runs for completions on an operating system.
func forKubectl(os string) string {
	if os == "windows" {
		return askedByKubectlOnWindows
	}
	return askedByKubectl
}
