package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What a plugin writes to standard error explains it as the same text does when it is pasted.
func TestFromPluginSaysWhatFromTextSays(t *testing.T) {
	for _, c := range ruling {
		last := c.lines[len(c.lines)-1]
		_, said, isExit := strings.Cut(last, "exec: executable ")
		if !isExit || c.cause != finding.ExecPluginFailed {
			continue
		}
		command, _, _ := strings.Cut(said, " failed")
		d, _ := FromText(strings.Join(c.lines, "\n"))
		f, ok := FromPlugin(finding.Prove(finding.ExecPluginFailed, "the exec plugin failed"), Output{Command: command, ExitCode: 1, Lines: c.lines[:len(c.lines)-1]})
		if want := d.Findings[0]; !ok || !strings.HasSuffix(f.Title.String(), want.Title.String()) || len(f.Remedy) != len(want.Remedy) || f.Remedy[0].Description.String() != want.Remedy[0].Description.String() {
			t.Errorf("%s: %t, %s\nwant: %s", c.name, ok, textOf(f), textOf(want))
		}
	}
}

func TestFromPlugin(t *testing.T) {
	live := finding.Prove(finding.ExecPluginFailed, "the exec plugin failed").Seen("stderr", finding.Message("first")).Seen("stderr", finding.Message("Your session has expired. Use 'ibmcloud login' to log in."))
	for name, c := range map[string]struct {
		out  Output
		says []string // none: the output explains nothing
	}{
		"a message that explains":      {Output{"/opt/bin/ibmcloud", 1, []string{"first", "Your session has expired. Use 'ibmcloud login' to log in."}}, []string{"exec plugin ibmcloud: the IBM Cloud session has expired", "The plugin's output: Your session has expired"}},
		"an exit code of the shell":    {Output{"my-login", 127, nil}, []string{"a program that is not found"}},
		"an exit code of AWS":          {Output{"aws", 253, []string{"odd"}}, []string{"the exec plugin aws failed", "has no credentials", "aws sso login", "run it in a terminal"}},
		"a plugin without its code":    {Output{"aws", 0, []string{"odd"}}, nil},
		"a plugin that nobody knows":   {Output{"my-login", 3, []string{"odd"}}, nil},
		"words of the API server":      {Output{"my-login", 3, []string{"service account token has been invalidated"}}, nil},
		"a server's certificate":       {Output{"my-login", 1, []string{"x509: certificate signed by unknown authority"}}, []string{"could not connect to its provider"}},
		"a token that Entra ID denies": {Output{"kubelogin", 1, []string{"AADSTS700211: No matching federated identity record found for presented assertion issuer 'https://idp.example'."}}, []string{"does not trust the token's issuer"}},
	} {
		f, ok := FromPlugin(live, c.out)
		if ok != (len(c.says) > 0) {
			t.Errorf("%s: %t, %s", name, ok, textOf(f))
		}
		for _, want := range c.says {
			if !strings.Contains(textOf(f), want) {
				t.Errorf("%s: does not say %q:\n%s", name, want, textOf(f))
			}
		}
	}
	// The line that explains is the first of its source.
	f, _ := FromPlugin(live, Output{"ibmcloud", 1, []string{"first", "Your session has expired. Use 'ibmcloud login' to log in."}})
	if len(f.Evidence) != 2 || !strings.Contains(f.Evidence[0].Value.String(), "session") || f.ID != finding.ExecPluginFailed {
		t.Errorf("%+v", f.Evidence)
	}
}
