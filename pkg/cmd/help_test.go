package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericclioptions"
)

func commands(t *testing.T) (*cobra.Command, []*cobra.Command) {
	t.Helper()
	o := &options{config: genericclioptions.NewConfigFlags(true)}
	o.env, _, _ = world(t, strings.NewReader(""))
	root := newRoot(o)
	root.InitDefaultCompletionCmd()
	return root, root.Commands()
}

// Every command has help with a first sentence, a paragraph, and examples that parse.
func TestHelp(t *testing.T) {
	root, all := commands(t)
	names := map[string]bool{}
	for _, c := range all {
		names[c.Name()] = true
	}
	for _, name := range []string{"inspect", "review", "verify", "mint", "discover", "explain", "findings", "completion", "version"} {
		if !names[name] {
			t.Errorf("there is no command %s", name)
		}
	}
	for _, c := range append(all, root) {
		if c.Name() == "completion" || c.Name() == "help" {
			continue // cobra's own
		}
		t.Run(c.Name(), func(t *testing.T) {
			first, paragraph, _ := strings.Cut(c.Long, "\n\n")
			short := c.Name() == "findings"
			switch {
			case c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n"):
				t.Errorf("the one line about it is %q", c.Short)
			case !strings.HasSuffix(strings.TrimSpace(first), ".") && !strings.Contains(first, ". "):
				t.Errorf("the first sentence is %q", first)
			case strings.TrimSpace(paragraph) == "" && !short:
				t.Error("there is no paragraph behind the first sentence")
			}
			for line := range strings.Lines(c.Long + "\n" + c.Example) {
				if len([]rune(strings.TrimSuffix(line, "\n"))) > 90 {
					t.Errorf("a line of the help is too long: %s", line)
				}
			}
			examples := 0
			for line := range strings.Lines(c.Example) {
				for _, part := range strings.Split(strings.TrimSpace(line), " | ") {
					args, ours := strings.CutPrefix(part, "kubectl authn")
					if !ours || args != "" && args[0] != ' ' {
						continue
					}
					examples++
					args, _, _ = strings.Cut(args, " > ")
					parses(t, strings.TrimSpace(args))
				}
			}
			if examples == 0 {
				t.Error("there is no example")
			}
		})
	}
}

// parses holds a command line against the flags and arguments that there are.
func parses(t *testing.T, line string) {
	t.Helper()
	root, _ := commands(t)
	var args []string
	for _, word := range strings.Fields(line) {
		args = append(args, strings.Trim(word, "'"))
	}
	found, rest, err := root.Find(args)
	if err != nil || found == root && len(args) > 0 {
		t.Errorf("%q names no command: %v", line, err)
		return
	}
	if err := found.ParseFlags(rest); err != nil {
		t.Errorf("%q: %v", line, err)
		return
	}
	if err := found.ValidateArgs(found.Flags().Args()); err != nil {
		t.Errorf("%q: %v", line, err)
	}
}

// Each flag says what it does in a sentence, and means the same everywhere.
func TestFlags(t *testing.T) {
	root, all := commands(t)
	usages := map[string]string{}
	flags := 0
	for _, c := range append(all, root) {
		if c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			flags++
			if f.Usage == "" || f.Name != "help" && !strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: %q is no sentence", c.Name(), f.Name, f.Usage)
			}
			if f.Name == "filename" || f.Name == "ca-file" {
				if seen, ok := usages[f.Name]; ok && seen != f.Usage {
					t.Errorf("--%s is %q and %q", f.Name, seen, f.Usage)
				}
				usages[f.Name] = f.Usage
			}
		})
	}
	if flags < 30 {
		t.Errorf("only %d flags were seen", flags)
	}
	// kubectl's own are there, and do not take the names of ours.
	for _, name := range []string{"kubeconfig", "context", "cluster", "user", "namespace", "token", "as", "as-group", "server", "request-timeout", "certificate-authority", "v", "color"} {
		if root.PersistentFlags().Lookup(name) == nil {
			t.Errorf("there is no --%s", name)
		}
	}
	if f := root.PersistentFlags().Lookup("request-timeout"); f.DefValue != "10s" {
		t.Errorf("--request-timeout is %q by default", f.DefValue)
	}
}

// Help asks nobody, and is no error.
func TestHelpOfEach(t *testing.T) {
	nowhere(t)
	_, all := commands(t)
	for _, c := range all {
		got := run(t, "", c.Name(), "--help")
		if c.Name() == "completion" {
			continue // cobra's own
		}
		if got.status != 0 || got.err != "" || !strings.Contains(got.out, "kubectl authn "+c.Name()) && c.Name() != "help" || strings.Contains(got.out, "kubectl-authn ") {
			t.Errorf("%s: %d\n%s%s", c.Name(), got.status, got.out, got.err)
		}
	}
}
