package cmd

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/language"
)

const (
	// cleanHelp reports that the help follows the rules of the language.
	cleanHelp = true
	// cleanCommands reports that every command of a remedy parses.
	cleanCommands = true
)

// The help follows the rules that a test can check.
func TestHelpLanguage(t *testing.T) {
	rules, err := language.Load()
	if err != nil {
		t.Fatal(err)
	}
	say := t.Logf
	if cleanHelp {
		say = t.Errorf
	}
	seen := map[string]bool{}
	read := func(where, text string) {
		if seen[text] {
			return
		}
		seen[text] = true
		for paragraph := range strings.SplitSeq(text, "\n\n") {
			for _, v := range rules.String(strings.Join(strings.Fields(paragraph), " ")) {
				say("help %s: %s", where, v)
			}
		}
	}
	root, all := commands(t)
	for _, g := range root.Groups() {
		read("group", g.Title)
	}
	for _, row := range credentialHelp {
		read("CREDENTIAL "+row[0], row[1])
	}
	for _, row := range formatHelp {
		read("FORMAT "+row[0], row[1])
	}
	for _, c := range append(all, root) {
		read(c.Name(), c.Short)
		read(c.Name(), c.Long)
		for _, row := range statusRows(c) {
			read(c.Name()+" exit status "+row[0], row[1])
		}
		// The shared flags have kubectl's usage texts.
		ownFlags(c).VisitAll(func(f *pflag.Flag) {
			read(c.Name()+" --"+f.Name, f.Usage)
			read(c.Name()+" --"+f.Name, briefMeaning(f))
		})
	}
	if len(seen) < 130 {
		t.Errorf("only %d texts were read", len(seen))
	}
}

// A shell accepts every command of a remedy, and every `kubectl authn` in it exists.
func TestCommandsOfRemedies(t *testing.T) {
	say := t.Logf
	if cleanCommands {
		say = t.Errorf
	}
	text, err := os.ReadFile("../checks/testdata/diagnoses.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	open := false
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(line, "      $ "); ok {
			all = append(all, strings.TrimSpace(command))
		} else if open {
			// A command with several lines, in quotes.
			all[len(all)-1] += "\n" + strings.TrimRight(line, "\n")
		}
		open = len(all) > 0 && strings.Count(all[len(all)-1], "'")%2 != 0
	}
	diagnoses := len(all)
	for _, e := range finding.Catalogue {
		for i, span := range strings.Split(e.Fix, "`") {
			if i%2 == 1 && strings.HasPrefix(span, "kubectl ") {
				all = append(all, span)
			}
		}
	}
	seen := map[string]bool{}
	ours := 0
	for _, command := range all {
		if seen[command] {
			continue
		}
		seen[command] = true
		for _, v := range misread(command) {
			say("remedy: %s", v)
		}
		ours += strings.Count(command, "kubectl authn ")
	}
	if diagnoses < 300 || len(all)-diagnoses < 30 || ours < 20 {
		t.Errorf("%d commands in diagnoses.txt, %d in the catalogue, %d of this plugin", diagnoses, len(all)-diagnoses, ours)
	}
}

// misread is what is wrong with a command line.
func misread(command string) []string {
	var out []string
	if said, err := exec.Command("sh", "-n", "-c", command).CombinedOutput(); err != nil {
		out = append(out, "no shell reads "+command+": "+string(said))
	}
	for _, line := range commandLines("```\n" + command + "\n```\n") {
		// The level of the log would hold for every other test of this package.
		line = slices.DeleteFunc(line, func(word string) bool { return strings.HasPrefix(word, "--v=") || strings.HasPrefix(word, "-v=") })
		if err := parses(line); err != nil {
			out = append(out, command+": "+err.Error())
		}
	}
	return out
}

func TestCommandsAreMisread(t *testing.T) {
	for _, command := range []string{"kubectl get 'pod", "kubectl authn explan", "kubectl authn explain --nothing", "kubectl get pod | kubectl authn verify --jwks"} {
		if len(misread(command)) == 0 {
			t.Errorf("%s is not found to be wrong", command)
		}
	}
	for _, command := range []string{"kubectl get pod", "kubectl authn explain -f FILE --anonymize", `kubectl authn mint robot | kubectl authn explain -`} {
		if v := misread(command); len(v) > 0 {
			t.Errorf("%s: %q", command, v)
		}
	}
}
