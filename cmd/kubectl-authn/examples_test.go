package main

import (
	"bufio"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// example is one of testdata/examples.txt.
type example struct{ command, where, status, prints string }

func readExamples(t *testing.T) (out []example) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/examples.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		rest, indented := strings.CutPrefix(line, "\t")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case !indented:
			out = append(out, example{command: line})
		default:
			words := strings.SplitN(rest, " ", 3)
			if len(words) != 3 || len(out) == 0 || out[len(out)-1].where != "" {
				t.Fatalf("this is no place, status and text of a command: %q", line)
			}
			e := &out[len(out)-1]
			e.where, e.status, e.prints = words[0], words[1], words[2]
		}
	}
	return out
}

var exampleBlock = regexp.MustCompile("(?s)\n## Examples\n\n```sh\n(.*?)```\n")

// helpExamples are the commands that the help shows. The pages of docs/commands are made of it, and a test of pkg/cmd holds that.
func helpExamples(t *testing.T) (out []string) {
	t.Helper()
	pages, err := filepath.Glob("../../docs/commands/*.md")
	if err != nil || len(pages) < 11 {
		t.Fatalf("there are %d pages: %v", len(pages), err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		block := exampleBlock.FindStringSubmatch(string(text))
		if block == nil {
			t.Errorf("%s has no examples", page)
			continue
		}
		// A command goes on behind a backslash, and behind the sign of a pipe.
		joined := regexp.MustCompile(`\s*\\\n\s*|\s*(\|)\n\s*`).ReplaceAllString(block[1], " $1 ")
		for line := range strings.Lines(joined) {
			line = strings.ReplaceAll(strings.TrimSpace(line), "  ", " ")
			if line != "" && !strings.HasPrefix(line, "#") && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

// TestExamplesAreKnown holds that each example of the help is one that a test runs.
func TestExamplesAreKnown(t *testing.T) {
	shown := helpExamples(t)
	var known []string
	for _, e := range readExamples(t) {
		known = append(known, e.command)
		if !slices.Contains([]string{"anywhere", "serves", "bash", "first", "lab", "issuer", "refused"}, e.where) {
			t.Errorf("%s: nobody runs what is to be run %q", e.command, e.where)
		}
		if !slices.Contains(shown, e.command) {
			t.Errorf("testdata/examples.txt has what no help shows: %s", e.command)
		}
	}
	for _, command := range shown {
		if !slices.Contains(known, command) {
			t.Errorf("testdata/examples.txt does not say what this example does: %s", command)
		}
	}
	if len(shown) < 45 {
		t.Errorf("only %d examples were found", len(shown))
	}
}

// TestExamples runs the examples that need no cluster, in a shell as they stand.
func TestExamples(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the examples are written for a POSIX shell")
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"RS256","kid":"a"}`)) + "." +
		encode([]byte(`{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:examples:build-robot","exp":2000000000,`+
			`"kubernetes.io":{"namespace":"examples","serviceaccount":{"name":"build-robot","uid":"7f0c3c1e-2f4e-4b3a-9d58-4a4a6f1a9b21"}}}`)) + "." +
		encode([]byte(strings.Repeat("signature", 29)[:256]))
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, ".krew", "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "token.txt"), []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	saved := `{"apiVersion":"authn.kubectl/v1alpha1","kind":"Explanation","verdict":"Rejected","cause":"token-expired","credential":{"type":"JWT","source":"argument"},` +
		`"findings":[{"id":"token-expired","severity":"error","certainty":"proved","title":"the token has expired"}]}`
	if err := os.WriteFile(filepath.Join(home, "report.json"), []byte(saved), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k"}]}`
	if err := os.WriteFile(filepath.Join(home, "keys.json"), []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, e := range readExamples(t) {
		shell, command := "sh", e.command
		switch e.where {
		case "anywhere":
		case "serves":
			// The shell is replaced, so that the signal reaches the program.
			command = "exec " + strings.TrimPrefix(command, "exec ")
		case "first":
			command, _, _ = strings.Cut(command, " | ")
		case "bash":
			if shell = "bash"; exec.Command(shell, "-c", "true").Run() != nil {
				continue
			}
		default:
			continue
		}
		ran++
		t.Run(e.command, func(t *testing.T) {
			cmd := exec.Command(shell, "-c", command)
			cmd.Dir = home
			cmd.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG="+filepath.Join(home, "none"), "COLUMNS=80", "LC_ALL=C.UTF-8")
			if e.where == "serves" {
				stopLater(t, cmd)
				return
			}
			e.hold(t, cmd)
		})
	}
	if ran < 12 {
		t.Errorf("only %d examples were run", ran)
	}
}

// stopLater stops a command that serves, as soon as it listens.
func stopLater(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	printed, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text := &strings.Builder{}
	for lines := bufio.NewScanner(printed); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "health and metrics: listening on ") {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(text.String(), "listening on") {
		t.Errorf("%v\n%s", err, text)
	}
}

// hold runs a command and compares what becomes of it with what the file says.
func (e example) hold(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	printed, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	status := cmd.ProcessState.ExitCode()
	if want := e.status; want != string(rune('0'+status)) {
		t.Errorf("exit status %d, want %s:\n%s", status, want, printed)
	}
	if e.prints == "-" && len(printed) > 0 || e.prints != "-" && !strings.Contains(string(printed), e.prints) {
		t.Errorf("want %q:\n%s", e.prints, printed)
	}
}
