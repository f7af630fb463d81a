package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/terminal"
)

func commands(t *testing.T) (*cobra.Command, []*cobra.Command) {
	t.Helper()
	env, _, _ := world(t, strings.NewReader(""))
	root := newRoot(newSession(env))
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
		t.Run(c.Name(), func(t *testing.T) {
			first, paragraph, _ := strings.Cut(c.Long, "\n\n")
			switch {
			case c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n"):
				t.Errorf("the one line about it is %q", c.Short)
			case !strings.HasSuffix(first, "."):
				t.Errorf("the first sentence is %q", first)
			case strings.TrimSpace(paragraph) == "":
				t.Error("there is no paragraph behind the first sentence")
			}
			if c.HasParent() && !root.ContainsGroup(c.GroupID) {
				t.Errorf("it is in no group: %q", c.GroupID)
			}
			if c.HasParent() && !isTopic(c) && c.Annotations[exitStatuses] == "" {
				t.Error("it does not say what its exit statuses mean")
			}
			var page strings.Builder
			if err := (&terminal.Printer{W: &page, Width: helpWidth}).Print(helpOf(c)); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(page.String()) {
				line = strings.TrimSuffix(line, "\n")
				if len([]rune(line)) > helpWidth || strings.HasSuffix(line, " ") || strings.Contains(line, "\t") {
					t.Errorf("a line of the help is too long, has a tab or ends in a space: %q", line)
				}
			}
			// A pipe and a line continuation belong to one command.
			lines := strings.NewReplacer("\\\n", " ", "|\n", "| ").Replace(c.Example)
			examples, commented := 0, false
			for line := range strings.Lines(lines) {
				line = strings.TrimSpace(line)
				commented = strings.HasPrefix(line, "# ") || commented && line != ""
				if !commented && line != "" {
					t.Errorf("no comment says what this is for: %s", line)
				}
				for _, words := range shellWords(line) {
					if len(words) < 2 || words[0] != "kubectl" || words[1] != "authn" {
						continue
					}
					examples++
					if err := parses(words[2:]); err != nil {
						t.Errorf("%s: %v", line, err)
					}
				}
			}
			if examples == 0 {
				t.Error("there is no example")
			}
		})
	}
}

// The first screen of the help has the command's purpose, its usage and an example. The help of a command with
// many flags stays short: a help topic lists the rare flags.
func TestHelpIsShort(t *testing.T) {
	const screen, long = 24, 70
	shorter := map[string]int{"explain": 60, "simulate": 50}
	root, all := commands(t)
	page := func(c *cobra.Command) string {
		var out strings.Builder
		if err := (&terminal.Printer{W: &out, Width: helpWidth}).Print(helpOf(c)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	topics := map[string]*cobra.Command{}
	for _, c := range all {
		if isTopic(c) {
			topics[c.Name()] = c
		}
	}
	for _, c := range append(all, root) {
		text := page(c)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		most := long
		if n, ok := shorter[c.Name()]; ok {
			most = n
		}
		if len(lines) >= most && !isTopic(c) {
			t.Errorf("the help of %s has %d rows:\n%s", c.Name(), len(lines), text)
		}
		first := strings.Join(lines[:min(len(lines), screen)], "\n")
		if !strings.Contains(first, "\nUsage\n") || !strings.Contains(first, "\nExamples\n  # ") {
			t.Errorf("the first screen of %s has no usage or no example:\n%s", c.Name(), first)
		}
		ownFlags(c).VisitAll(func(f *pflag.Flag) {
			where := text
			if topic := f.Annotations[flagTopic]; len(topic) > 0 {
				if topics[topic[0]] == nil || !strings.Contains(text, topic[0]) {
					t.Fatalf("%s does not name the topic %q, which lists --%s", c.Name(), topic[0], f.Name)
				}
				where = page(topics[topic[0]])
			}
			if !strings.Contains(where, "--"+f.Name) {
				t.Errorf("neither the help of %s nor a topic lists --%s", c.Name(), f.Name)
			}
		})
	}
}

// parses checks that a command line has only existing flags and arguments.
func parses(args []string) error {
	root := newRoot(newSession(Env{Getenv: func(string) string { return "" }}))
	c, rest, err := root.Find(args)
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	return err
}

// Each flag has a sentence as its usage, and the same meaning in all commands.
func TestFlags(t *testing.T) {
	root, all := commands(t)
	usages := map[string]string{}
	flags := 0
	for _, c := range append(all, root) {
		ownFlags(c).VisitAll(func(f *pflag.Flag) {
			flags++
			if !strings.HasSuffix(f.Usage, ".") {
				t.Errorf("%s --%s: %q is no sentence", c.Name(), f.Name, f.Usage)
			}
			if len(f.Annotations[flagHeading]) == 0 {
				t.Errorf("%s --%s is under no heading", c.Name(), f.Name)
			}
			if value := f.Annotations[flagValue]; (f.Value.Type() == "bool") == (len(value) == 1) || len(value) == 1 && strings.ToUpper(value[0]) != value[0] {
				t.Errorf("%s --%s: what stands for its value is %q", c.Name(), f.Name, value)
			}
			if f.Name == "filename" || f.Name == "ca-file" && c.Name() != "call" {
				if seen, ok := usages[f.Name]; ok && seen != f.Usage {
					t.Errorf("--%s is %q and %q", f.Name, seen, f.Usage)
				}
				usages[f.Name] = f.Usage
			}
		})
		headings := map[string]bool{}
		for _, s := range sections(ownFlags(c)) {
			if headings[s.heading] || s.heading == "" {
				t.Errorf("%s: the heading %q is empty, or there twice", c.Name(), s.heading)
			}
			headings[s.heading] = true
		}
		if c.HasParent() && !isTopic(c) && c.Name() != "help" && !headings[headOutput] {
			t.Errorf("%s has no heading %s", c.Name(), headOutput)
		}
	}
	if flags < 30 {
		t.Errorf("only %d flags were seen", flags)
	}
	// Each shared flag has a heading, and each flag under a heading exists.
	listed := map[string]bool{}
	for _, s := range sharedFlags {
		for _, named := range s.flags {
			f := root.PersistentFlags().Lookup(named[0])
			if f == nil || listed[named[0]] {
				t.Errorf("--%s is listed under %q, and is no flag, or listed twice", named[0], s.heading)
				continue
			}
			listed[named[0]] = true
			if (f.Value.Type() == "bool") != (named[1] == "") {
				t.Errorf("--%s: what stands for its value is %q", named[0], named[1])
			}
		}
	}
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !listed[f.Name] && !f.Hidden {
			t.Errorf("--%s goes with every command, and is under no heading", f.Name)
		}
	})
	// kubectl's own flags exist, and no flag of ours has the same name.
	for _, name := range []string{"kubeconfig", "context", "cluster", "user", "namespace", "token", "as", "as-group", "server", "request-timeout", "certificate-authority", "v", "color"} {
		if root.PersistentFlags().Lookup(name) == nil {
			t.Errorf("there is no --%s", name)
		}
	}
	if f := root.PersistentFlags().Lookup("request-timeout"); f.DefValue != "10s" {
		t.Errorf("--request-timeout is %q by default", f.DefValue)
	}
}

// Help sends no request and is no error.
func TestHelpOfEach(t *testing.T) {
	nowhere(t)
	_, all := commands(t)
	for _, c := range all {
		got := run(t, "", c.Name(), "--help")
		if got.status != 0 || got.err != "" || !strings.Contains(got.out, "kubectl authn "+c.Name()) || strings.Contains(got.out, "kubectl-authn ") && c.Name() != "completion" {
			t.Errorf("%s: %d\n%s%s", c.Name(), got.status, got.out, got.err)
		}
	}
}
