package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
)

// explanation has the fields of the object of `explain -o json` that scenarios check.
type explanation struct {
	APIVersion string
	Kind       string
	Verdict    string
	DecidedBy  string
	Cause      string
	User       *struct{ Username string }
	Findings   []struct {
		ID, Severity, Certainty, Title, Detail string
		Evidence                               []struct{ Source, Value string }
		Remedy                                 []struct{ Description, Command string }
	}
	Subjects []struct{ Description string }
	Servers  struct{ Items []struct{ URL string } }
	Checks   []struct{ ID, Status, Detail string }
}

// exitStatus is the exit status of each verdict.
var exitStatus = map[string]int{"Accepted": 0, "Rejected": 1, "Anonymous": 1, "Undecided": 2}

func (r *Runner) explain(ts *testscript.TestScript, args []string) {
	if len(args) < 4 {
		ts.Fatalf("usage: explain WHO VERDICT CAUSE CERTAINTY ARGS…")
	}
	who, verdict, cause, certainty, args := args[0], args[1], args[2], args[3], args[4:]
	asker := who
	if _, known := exitStatus[verdict]; !known {
		ts.Fatalf("unknown verdict %q", verdict)
	}
	run := r.run
	if pod, inside := strings.CutPrefix(who, insidePod); inside {
		run = func(ts *testscript.TestScript, args []string) (string, int) { return r.enter(ts, pod, args) }
		who = Admin // whose kubeconfig is not seen in there
	}
	kubeconfig := filepath.Join(remember(ts).work, kubeconfigFile(who, remember(ts).at.name))
	if !exists(kubeconfig) {
		kubeconfig = ts.MkAbs(who)
	}
	if !exists(kubeconfig) {
		ts.Fatalf("there is no kubeconfig %s", who)
	}
	defer func(before string) { ts.Setenv("KUBECONFIG", before) }(ts.Getenv("KUBECONFIG"))
	ts.Setenv("KUBECONFIG", kubeconfig)

	object, status := run(ts, append([]string{"explain", "-o", "json"}, args...))
	var x explanation
	if err := json.Unmarshal([]byte(object), &x); err != nil {
		ts.Fatalf("explain ended with %d and printed no Explanation: %v", status, err)
	}
	report := []string{"explain"}
	if r.Details {
		report = append(report, "--details")
	}
	text, textStatus := run(ts, append(report, args...))
	if r.Explained != nil {
		answer := Answer{Args: append([]string{asker}, args...), Text: text, Verdict: x.Verdict, Cause: x.Cause}
		for _, f := range x.Findings {
			if f.Severity == "warning" {
				answer.Warnings = append(answer.Warnings, f.ID)
			}
		}
		r.Explained(remember(ts).name, answer)
	}
	remember(ts).answers[asker] = &x

	errs := x.hold(verdict, cause, certainty)
	if want := exitStatus[verdict]; status != want || textStatus != want {
		errs = append(errs, fmt.Errorf("exit status %d (json) and %d (text), want %d", status, textStatus, want))
	}
	errs = append(errs, readsWell(text, verdict, strings.Trim(cause, "-"))...)
	if !r.Details && !slices.Contains(args, "--details") {
		errs = append(errs, x.firstScreen(text)...)
	}
	for i, arg := range args {
		if arg != "-f" || i+1 >= len(args) {
			continue
		}
		for _, secret := range secrets(ts.ReadFile(args[i+1])) {
			if strings.Contains(object, secret) || strings.Contains(text, secret) {
				errs = append(errs, fmt.Errorf("the output contains the secret part of %s: %.6s…", args[i+1], secret))
			}
		}
	}
	if len(errs) > 0 {
		ts.Fatalf("%s", lines(errs))
	}
}

// insidePod is the prefix of a WHO that names a Pod: the plugin runs in its container.
const insidePod = "pod/"

// enter runs kubectl-authn in the container of a Pod.
func (r *Runner) enter(ts *testscript.TestScript, pod string, args []string) (stdout string, status int) {
	err := ts.Exec(r.Lab.Program, append([]string{"enter", pod, "--dir", r.Lab.Dir, "--namespace", ts.Getenv("NS"), "--program", r.Plugin, "--"}, args...)...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("cannot enter %s: %v", pod, err)
	}
	return ts.ReadFile("stdout"), status
}

// inside runs a command of kubectl-authn in the container of a Pod.
func (r *Runner) inside(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: inside STATUS POD ARGS…")
	}
	if _, status := r.enter(ts, args[1], args[2:]); strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s", status, args[0])
	}
}

// run runs kubectl-authn and returns its standard output. The script's log has both streams.
func (r *Runner) run(ts *testscript.TestScript, args []string) (stdout string, status int) {
	err := ts.Exec(r.Plugin, args...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("cannot run kubectl-authn: %v", err)
	}
	stdout = ts.ReadFile("stdout")
	if r.Printed != nil {
		ts.Check(r.Printed(stdout))
	}
	return stdout, status
}

// hold compares an explanation with the expected one, and checks the rules for all explanations.
func (x *explanation) hold(verdict, cause, certainty string) (errs []error) {
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if x.APIVersion != "authn.kubectl/v1alpha1" || x.Kind != "Explanation" {
		fail("it printed a %s %s", x.APIVersion, x.Kind)
	}
	if x.Verdict != verdict {
		fail("verdict %s, want %s", x.Verdict, verdict)
	}
	if want := strings.Trim(cause, "-"); x.Cause != want {
		fail("cause %q, want %q", x.Cause, want)
	}
	switch {
	case x.Verdict == "Accepted":
		if x.User == nil || x.User.Username == "" || x.User.Username == "system:anonymous" {
			fail("accepted, and the user is %v", x.User)
		}
		for _, f := range x.Findings {
			if f.Severity == "error" {
				fail("accepted, and %s is an error", f.ID)
			}
		}
	case x.Cause == "":
		fail("not accepted, and no cause")
	case len(x.Findings) == 0 || x.Findings[0].ID != x.Cause:
		fail("the cause does not stand first in the findings")
	case x.Findings[0].Certainty == "possible":
		fail("the cause is merely possible")
	case x.Cause == cause && x.Findings[0].Certainty != certainty:
		fail("the cause is %s, want %s", x.Findings[0].Certainty, certainty)
	}
	if len(errs) > 0 {
		fail("found: %s", strings.Join(x.ids(), ", "))
	}
	return errs
}

func (x *explanation) ids() []string {
	var out []string
	for _, f := range x.Findings {
		out = append(out, fmt.Sprintf("%s (%s, %s)", f.ID, f.Severity, f.Certainty))
	}
	return out
}

// certainty returns the certainty of a finding; empty if the finding is not reported.
func (x *explanation) certainty(id string) string {
	for _, f := range x.Findings {
		if f.ID == id {
			return f.Certainty
		}
	}
	return ""
}

// readsWell checks the rules for all text output: the verdict comes first, 80 columns suffice, and nothing is unescaped.
func readsWell(text, verdict, cause string) (errs []error) {
	if strings.TrimSpace(text) == "" {
		return []error{errors.New("the text output is empty")}
	}
	first, _, _ := strings.Cut(text, "\n\n")
	if !strings.Contains(first, verdict) || cause != "" && !strings.Contains(first, "["+cause+"]") {
		errs = append(errs, fmt.Errorf("the text does not begin with %s and [%s]:\n%s", verdict, cause, first))
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		// Only a URL or a name, which cannot be broken, may be wider.
		if utf8.RuneCountInString(line) > 80 && strings.ContainsRune(strings.TrimSpace(line), ' ') && !isCommand(line) {
			errs = append(errs, fmt.Errorf("a line is longer than 80 columns: %s", line))
		}
		if i := strings.IndexFunc(line, func(c rune) bool { return unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) }); i >= 0 {
			errs = append(errs, fmt.Errorf("a line has a raw control character: %q", line))
		}
	}
	return errs
}

// mostScreen is the number of rows of a 24-row terminal without the prompt.
const mostScreen = 22

// firstScreen checks what the text shows without --details: who decided, the API server's error message, the other errors and
// warnings, a fix, and what was folded. They fit one screen unless there are too many.
func (x *explanation) firstScreen(text string) (errs []error) {
	words := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "|", " ", "`", "").Replace(text)), " ")
	want := func(what, part string) {
		// The middle of a long text may be left out.
		fields := strings.Fields(strings.NewReplacer("|", " ", "`", "").Replace(part))
		if part = strings.Join(fields[:min(len(fields), 3)], " "); !strings.Contains(strings.ToLower(words), strings.ToLower(part)) {
			errs = append(errs, fmt.Errorf("the first screen does not show %s, %q:\n%s", what, part, text))
		}
	}
	want("who decided", "decided")
	demanded, further := len(x.Subjects), len(x.Servers.Items)
	for i, f := range x.Findings {
		switch {
		case f.ID == x.Cause && i == 0:
			want("the cause", "["+f.ID)
			for _, e := range f.Evidence {
				if e.Source == "TokenReview status.error" {
					want("the words of the API server", e.Value)
				}
			}
			for _, r := range f.Remedy[:min(len(f.Remedy), 1)] {
				want("the fix", r.Description)
				demanded += strings.Count(r.Command, "\n")
			}
		case f.Severity != "info" && f.Certainty != "possible":
			want("a finding", "["+f.ID)
			further += 1 + len(f.Title+f.ID)/60
		}
	}
	// One further finding or server has room.
	demanded += max(further-1, 0)
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if !strings.HasSuffix(lines[len(lines)-1], " --details") {
		errs = append(errs, fmt.Errorf("the last line does not say what was folded:\n%s", text))
	}
	if len(lines) > mostScreen+demanded {
		errs = append(errs, fmt.Errorf("the first screen has %d rows:\n%s", len(lines), text))
	}
	return errs
}

// isCommand reports whether a line is a command to paste, which may be wider.
func isCommand(line string) bool { return strings.HasPrefix(line, "      ") }

func (r *Runner) finds(ts *testscript.TestScript, args []string) {
	x, ids := answerTo(ts, args)
	for _, id := range ids {
		if x.certainty(id) == "" {
			ts.Fatalf("%s is not found; what is: %s", id, strings.Join(x.ids(), ", "))
		}
	}
}

func (r *Runner) lacks(ts *testscript.TestScript, args []string) {
	x, ids := answerTo(ts, args)
	for _, id := range ids {
		if x.certainty(id) != "" {
			ts.Fatalf("%s is found, and is not true; all: %s", id, strings.Join(x.ids(), ", "))
		}
	}
}

func (r *Runner) unproved(ts *testscript.TestScript, args []string) {
	x, ids := answerTo(ts, args)
	for _, id := range ids {
		if c := x.certainty(id); c != "" && c != "possible" {
			ts.Fatalf("%s is %s, and cannot be known; all: %s", id, c, strings.Join(x.ids(), ", "))
		}
	}
}

func shows(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: shows WHO ID TEXT…")
	}
	x, _ := answerTo(ts, args)
	var seen []string
	for _, f := range x.Findings {
		if f.ID != args[1] {
			continue
		}
		seen = append(seen, f.Detail)
		for _, e := range f.Evidence {
			seen = append(seen, e.Source+": "+e.Value)
		}
	}
	for _, text := range args[2:] {
		if !slices.ContainsFunc(seen, func(line string) bool { return matches("*"+text+"*", line) }) {
			ts.Fatalf("%s does not show %q, but\n\t%s", args[1], text, strings.Join(seen, "\n\t"))
		}
	}
}

// signed waits until the controller has signed cluster-info.
func (r *Runner) signed(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] signed ID")
	}
	ts.Check(eventually(func() error {
		out, err := exec.Command(r.Lab.Program, "kubectl", "--kubeconfig", r.Lab.Path("kubeconfig"), "--namespace", "kube-public",
			"get", "configmap", "cluster-info", "-o", "jsonpath={.data.jws-kubeconfig-"+args[0]+"}").Output()
		if err == nil && (len(out) > 0) == neg {
			err = errors.New("cluster-info is not as it has to be")
		}
		return err
	}))
}

func answerTo(ts *testscript.TestScript, args []string) (*explanation, []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: finds|lacks WHO ID…")
	}
	x := remember(ts).answers[args[0]]
	if x == nil {
		ts.Fatalf("there is no `explain %s` before", args[0])
	}
	return x, args[1:]
}

func lines(errs []error) string {
	var out bytes.Buffer
	for i, err := range errs {
		if i > 0 {
			out.WriteString("\n\t")
		}
		out.WriteString(err.Error())
	}
	return out.String()
}

// Title and Story are the comment at the top of a scenario: its first line, and the rest.
func Title(file string) (title string, story []string, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	for line := range strings.Lines(string(data)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		comment = strings.TrimSpace(comment)
		if title == "" {
			title = comment
		} else if comment != "" || len(story) > 0 {
			story = append(story, comment)
		}
	}
	if title == "" {
		return "", nil, fmt.Errorf("%s does not begin with a comment that says what it is about", file)
	}
	return title, story, nil
}
