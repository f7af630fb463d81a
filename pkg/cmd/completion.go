package cmd

import (
	_ "embed"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The programs that kubectl asks what `kubectl authn <TAB>` may become: one for a POSIX
// shell, one for Windows. The archives of a release have them as well.
var (
	//go:embed kubectl_complete-authn
	askedByKubectl string
	//go:embed kubectl_complete-authn.cmd
	askedByKubectlOnWindows string
)

// shells are those that completion is printed for, with what each is.
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
		Short: "Have the TAB key complete commands, flags and names",
		Long: `Print what has the TAB key complete commands, flags and names.

SHELL is kubectl, bash, fish, powershell or zsh. What it prints for kubectl is a
program, which kubectl's own completion runs for 'kubectl authn <TAB>' in any
shell (since v1.26), if it is an executable kubectl_complete-authn on the PATH;
on Windows kubectl_complete-authn.cmd. The archives of a release have it, krew
does not install it. kubectl's own completion has to be set up first: 'kubectl
completion --help'. The others are scripts for 'kubectl-authn <TAB>', the plugin
called by itself. In bash both take the package bash-completion.

Names in the cluster are asked for as the kubeconfig's user, for less than a
second; of Secrets only name, type and age are read. Of exec plugins only those
are run for it that ask the user nothing: aws, aws-iam-authenticator, doctl and
gke-gcloud-auth-plugin, and none on Windows.`,
		Example: `  # For kubectl authn <TAB>, where krew keeps its plugins
  kubectl authn completion kubectl > ~/.krew/bin/kubectl_complete-authn
  chmod +x ~/.krew/bin/kubectl_complete-authn

  # The same in PowerShell on Windows
  kubectl authn completion kubectl |
    Set-Content -Encoding ascii ~\.krew\bin\kubectl_complete-authn.cmd

  # For kubectl-authn <TAB>, in this bash; likewise in zsh
  source <(kubectl authn completion bash)

  # The same in fish
  kubectl authn completion fish | source

  # The same in PowerShell
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
			return usage("there is no completion for %q", args[0]).hint("there is for %s", strings.Join(names, ", "))
		},
	}
	section(c, headOutput, func(f *pflag.FlagSet) {
		f.BoolVar(&plain, "no-descriptions", false, "Complete without saying beside each word what it is.")
	})
	return c
}

// forKubectl is the program that kubectl runs on an operating system.
func forKubectl(os string) string {
	if os == "windows" {
		return askedByKubectlOnWindows
	}
	return askedByKubectl
}
