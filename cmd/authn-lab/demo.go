package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// demonstrated are the scenarios of the demo in order, with a short description for the summary.
var demonstrated = []struct{ scenario, broken string }{
	{"service-account-recreated", "a recreated ServiceAccount"},
	{"token-expired", "an expired token"},
	{"audience-hides-expiry", "wrong audience, and expired"},
	{"bound-pod-deleted", "the token's Pod was deleted"},
	{"token-base64-wrapped", "base64 that was not decoded"},
	{"empty-bearer-token", "an empty $TOKEN"},
	{"signing-key-unknown", "a token of another cluster"},
	{"issuer-not-trusted", "an extra slash in the issuer"},
	{"legacy-token-marked-invalid", "an unused token in a Secret"},
	{"bootstrap-token-expired", "an expired bootstrap token"},
	{"client-ca-rebuilt", "the old cluster's kubeconfig"},
	{"token-shadowed-by-client-certificate", "a token beside a certificate"},
}

// demoWidth is the width of the page, in columns.
const demoWidth = 80

type demoOptions struct {
	scenarios string
	plugin    string
	details   bool
}

func newDemoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo [SCENARIO...]",
		Short: "Run kubectl authn on a dozen broken credentials",
		Long: `Start a lab, break a dozen credentials in it, and print the report of 'kubectl authn explain' on each. The demo removes the lab
and all its files at the end. The last lines are a summary: what was broken, the verdict, and the cause.

Each scenario is a file in the repository's testdata/scenarios. You can name other scenarios than the default ones.`,
		Example: `  authn-lab demo

  # Print everything that each report holds
  authn-lab demo --details

  # Run another scenario
  authn-lab demo token-with-ellipsis`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				for _, d := range demonstrated {
					args = append(args, d.scenario)
				}
			}
			return o.demo(cmd.Context(), args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&o.scenarios, "scenarios", "", "The folder of the scenarios (default testdata/scenarios)")
	cmd.Flags().StringVar(&o.plugin, "plugin", "", "The kubectl-authn program (default: next to authn-lab, or on PATH)")
	cmd.Flags().BoolVar(&o.details, "details", false, "Print complete reports, as explain --details does")
	return cmd
}

func (o *demoOptions) demo(ctx context.Context, names []string, stdout, stderr io.Writer) error {
	files, err := o.files(names)
	if err != nil {
		return err
	}
	plugin, err := o.findPlugin()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "authn-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	began := time.Now()
	fmt.Fprintln(stderr, "Starting a Kubernetes control plane on loopback. The demo takes less than a minute.")
	lab, err := scenario.Start(ctx, self, filepath.Join(dir, "lab"), io.Discard)
	if err != nil {
		return err
	}
	defer lab.Stop()

	page := bufio.NewWriter(stdout)
	runs := runScenarios(&scenario.Runner{Lab: lab, Plugin: plugin, Details: o.details}, filepath.Join(dir, "work"), files)
	surprises := 0
	for i, run := range runs {
		select {
		case <-run.ended:
		case <-ctx.Done():
			return errors.New("interrupted, the lab was stopped")
		}
		if err := run.show(page, i+1, len(runs)); err != nil {
			return err
		}
		if run.failed {
			surprises++
		}
		if err := page.Flush(); err != nil {
			return err
		}
	}
	fmt.Fprintf(page, "%s\n\n%d credentials in %.0f seconds, on a real Kubernetes %s. To try your own:\n\n", strings.Repeat("━", demoWidth), len(runs), time.Since(began).Seconds(), kubernetesVersion)
	fmt.Fprintf(page, "  export PATH=%s:\"$PATH\"\n", shellQuote(filepath.Dir(plugin)))
	fmt.Fprintln(page, "  kubectl authn explain     # explains what your kubeconfig sends")
	fmt.Fprintf(page, "  eval \"$(authn-lab up)\"    # starts a lab; stop it with authn-lab down\n\n")
	if err := summarize(page, runs); err != nil {
		return err
	}
	if err := page.Flush(); err != nil {
		return err
	}
	if surprises > 0 {
		return fmt.Errorf("%d of them did not go as their scenario says", surprises)
	}
	return nil
}

// files returns the scenarios in the working directory, or next to the program's folder.
func (o *demoOptions) files(names []string) ([]string, error) {
	dir := o.scenarios
	if dir == "" {
		dir = filepath.Join("testdata", "scenarios")
		if _, err := os.Stat(dir); err != nil {
			if self, err := os.Executable(); err == nil {
				dir = filepath.Join(filepath.Dir(filepath.Dir(self)), dir)
			}
		}
		if _, err := os.Stat(dir); err != nil {
			return nil, errors.New("the scenarios are not here: run it in the repository, or name their folder with --scenarios")
		}
	}
	var files []string
	for _, name := range names {
		file := filepath.Join(dir, name+".txt")
		if _, err := os.Stat(file); err != nil {
			return nil, usagef("there is no scenario %q in %s", name, dir)
		}
		files = append(files, file)
	}
	return files, nil
}

func (o *demoOptions) findPlugin() (string, error) {
	if o.plugin != "" {
		return filepath.Abs(o.plugin)
	}
	if self, err := os.Executable(); err == nil {
		if beside := filepath.Join(filepath.Dir(self), "kubectl-authn"); isExecutable(beside) {
			return beside, nil
		}
	}
	path, err := exec.LookPath("kubectl-authn")
	if err != nil {
		return "", errors.New("kubectl-authn is neither next to authn-lab nor on PATH: build it, or name it with --plugin")
	}
	return filepath.Abs(path)
}

func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// demoRun is a running scenario.
type demoRun struct {
	file   string
	said   []scenario.Answer // the answers to each `explain admin`, in order
	failed bool
	log    string
	ended  chan struct{}
}

// runScenarios runs two scenarios at a time, because each mostly waits; the page shows them in order.
func runScenarios(runner *scenario.Runner, work string, files []string) []*demoRun {
	var runs []*demoRun
	byName := map[string]*demoRun{}
	for _, file := range files {
		run := &demoRun{file: file, ended: make(chan struct{})}
		runs = append(runs, run)
		byName[scenario.Name(file)] = run
	}
	runner.Explained = func(name string, answer scenario.Answer) {
		if answer.Args[0] == scenario.Admin {
			byName[name].said = append(byName[name].said, answer)
		}
	}
	params := runner.Params(files...)
	params.WorkdirRoot = work // removed with the lab, also when the demo is interrupted
	go func() {
		if err := os.MkdirAll(work, 0o700); err != nil {
			return
		}
		testscript.RunT(&demoT{byName: byName, slots: make(chan struct{}, 2)}, params)
	}()
	return runs
}

// demoT runs testscript outside of a test.
type demoT struct {
	byName map[string]*demoRun
	slots  chan struct{}
	run    *demoRun // nil for the outermost test
}

func (t *demoT) Run(name string, f func(testscript.T)) {
	run := t.byName[name]
	t.slots <- struct{}{}
	go func() {
		defer func() {
			close(run.ended)
			<-t.slots
		}()
		f(&demoT{run: run})
	}()
}

func (t *demoT) Log(args ...any) {
	if t.run != nil {
		t.run.log += fmt.Sprintln(args...)
	}
}

func (t *demoT) Fatal(args ...any) {
	t.Log(args...)
	t.FailNow()
}

func (t *demoT) FailNow() {
	if t.run != nil {
		t.run.failed = true
	}
	runtime.Goexit()
}

func (t *demoT) Skip(...any)   { runtime.Goexit() }
func (t *demoT) Parallel()     {}
func (t *demoT) Verbose() bool { return false }

// show prints the scenario as a shell session, up to the last report.
func (r *demoRun) show(w io.Writer, number, of int) error {
	title, story, err := scenario.Title(r.file)
	if err != nil {
		return err
	}
	script, err := txtar.ParseFile(r.file)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s\n%d/%d  %s\n\n", strings.Repeat("━", demoWidth), number, of, title)
	if len(story) > 0 {
		for _, line := range wrap(strings.Join(story, " "), demoWidth) {
			fmt.Fprintln(w, line)
		}
		fmt.Fprintln(w)
	}
	said := r.said
	answered := false
	for line := range strings.Lines(string(script.Comment)) {
		if len(r.said) > 0 && len(said) == 0 {
			break // the rest is not for the administrator
		}
		line = strings.TrimSpace(line)
		command, rest, _ := strings.Cut(line, " ")
		switch command {
		case "apiserver", "proxy", "webhook", "issuer", "rotate", "tunnel", "use", "down", "up":
			// A command of the scenario runner, which a shell does not know.
			fmt.Fprintf(w, "# in the lab: %s\n", strings.Join(shellWords(line), " "))
		case "kubectl", "authn-lab", "read", "cat", "cut", "cp", "echo", "fold", "head", "paste", "sed":
			// The input files of a command are shown before it.
			for _, file := range script.Files {
				if strings.HasSuffix(line, " -f "+file.Name) {
					fmt.Fprintf(w, "$ cat %s\n%s", file.Name, file.Data)
				}
			}
			fmt.Fprintln(w, shellLine(line))
		case "wire":
			if !answered {
				fmt.Fprintf(w, "\n%s\n", answerInWords(rest))
			}
			answered = true
		case "explain":
			arguments, forAdmin := strings.CutPrefix(rest, scenario.Admin+" ")
			if !forAdmin || len(said) == 0 {
				continue
			}
			// The user's arguments follow verdict, cause and certainty.
			words := strings.SplitN(arguments, " ", 4)
			fmt.Fprintf(w, "\n%s\n%s\n", shellLine("kubectl authn explain "+words[len(words)-1]), strings.TrimRight(said[0].Text, "\n"))
			said = said[1:]
		}
	}
	if r.failed {
		fmt.Fprintf(w, "\nThis is not what the scenario says:\n%s", r.log)
	}
	fmt.Fprintln(w)
	return nil
}

// brokenWidth is the width of the first column of the summary.
const brokenWidth = 30

// summarize writes a line for each run: what was broken, the verdict, and the cause.
func summarize(w io.Writer, runs []*demoRun) error {
	fmt.Fprintf(w, "%-*s   %-9s  %s\n", brokenWidth, "What was broken", "Verdict", "Cause or warning")
	for _, run := range runs {
		broken, err := run.broken()
		if err != nil {
			return err
		}
		if len(broken) > brokenWidth {
			fmt.Fprintln(w, broken)
			broken = ""
		}
		mark, verdict, cause := "?", "none", "explain printed nothing"
		if len(run.said) > 0 {
			said := run.said[0]
			mark, _, _ = strings.Cut(said.Text, " ")
			verdict, cause = said.Verdict, said.Cause
			if cause == "" { // accepted, with a warning
				cause = strings.Join(said.Warnings, ", ")
			}
		}
		if run.failed {
			cause += " (not as expected)"
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s %s %-9s  %s", brokenWidth, broken, mark, verdict, cause), " "))
	}
	return nil
}

// broken returns a short description of what the scenario breaks, or its title.
func (r *demoRun) broken() (string, error) {
	for _, d := range demonstrated {
		if d.scenario == scenario.Name(r.file) {
			return d.broken, nil
		}
	}
	title, _, err := scenario.Title(r.file)
	return title, err
}

func answerInWords(arguments string) string {
	answer := strings.TrimRight(strings.Trim(shellWords(arguments)[0], "'"), " *")
	switch answer {
	case "401":
		return "The API server answers 401 Unauthorized, without a reason."
	case "anonymous":
		return "The API server treats the request as anonymous and answers 403 Forbidden."
	case "unsendable":
		return "No HTTP client can send it."
	}
	switch {
	case strings.HasPrefix(answer, "x509: "):
		return "The client does not trust the API server: " + answer + "."
	case answer[0] >= '0' && answer[0] <= '9':
		return "The API server answers: " + answer + "."
	default:
		return "The API server answers as to the user " + answer + "."
	}
}

// shellLine returns a command after a prompt, broken between words at the width of the page.
func shellLine(command string) string {
	var out strings.Builder
	column := 2
	out.WriteString("$ ")
	for i, word := range shellWords(command) {
		switch {
		case i == 0:
		case column+1+len(word)+2 > demoWidth:
			out.WriteString(" \\\n    ")
			column = 4
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += len(word)
	}
	return out.String()
}

// shellWords splits at spaces outside of quotes, and keeps the quotes.
func shellWords(command string) []string {
	var words []string
	var word strings.Builder
	quoted := false
	for _, c := range command {
		if c == '\'' {
			quoted = !quoted
		}
		if c == ' ' && !quoted {
			words = append(words, word.String())
			word.Reset()
			continue
		}
		word.WriteRune(c)
	}
	return append(words, word.String())
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
