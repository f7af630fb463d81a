package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestRefusedConfigurations checks that simulate rejects each configuration that an API server does not start with, with the same messages.
func TestRefusedConfigurations(t *testing.T) {
	shared := t.TempDir()
	for name, text := range map[string]string{
		"empty": "", "narrow": "token,name\n", "other-kind": "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources: []\n",
	} {
		if err := os.WriteFile(filepath.Join(shared, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fill := filler(t, "CLIENTCA", runner.Lab.Path("client-ca.crt"),
		"EMPTY", filepath.Join(shared, "empty"), "NARROW", filepath.Join(shared, "narrow"), "OTHERKIND", filepath.Join(shared, "other-kind"))
	for _, c := range refusedConfigurations {
		t.Run(c.name, func(t *testing.T) {
			if strings.Contains(c.authentication, "egressSelectorType") && minorKubernetes() < 34 {
				t.Skip("the release has no such field, and stops there: TestReleaseStarts")
			}
			t.Parallel()
			dir := t.TempDir()
			name := "refused-" + c.name
			server, err := runner.Lab.StartServer(t.Context(), name, c.apiServerFlags(t, dir, authenticationHeader(), fill)...)
			started := err == nil
			if started {
				server.Stop()
			}
			log, err := os.ReadFile(runner.Lab.Path("servers", name, "kube-apiserver.log"))
			if err != nil {
				t.Fatal(err)
			}
			manifest := manifestOf(t, name, dir)
			command := exec.Command(runner.Plugin, append([]string{"simulate", "--manifest", manifest, "--offline", "a-token"}, askedRelease()...)...)
			output, err := command.CombinedOutput()
			if err == nil || command.ProcessState.ExitCode() != 3 {
				t.Errorf("exit status %d\n%s", command.ProcessState.ExitCode(), output)
			}
			if says := otherKubernetes != "" && strings.Contains(string(output), "does not refuse it for"); started || says {
				if !started || !says {
					t.Errorf("the API server started: %t\n%s", started, output)
				}
				return
			}
			want := gaveUp(t, string(log))
			if left := unsaid(want, string(output)); left != "" {
				t.Errorf("the API server: %s\nsimulate:       %s\nof the server's words is left: %s", want, output, left)
			}
		})
	}
}

var (
	oneLine   = regexp.MustCompile(`"command failed" err="((?:[^"\\]|\\.)*)"`)
	manyLines = regexp.MustCompile(`(?s)"command failed" err=<\n(.*?)\n >`)
	flagError = regexp.MustCompile(`(?m)^Error: (.*)$`)
)

// gaveUp returns the reason why a kube-apiserver did not start.
func gaveUp(t *testing.T, log string) string {
	t.Helper()
	if m := manyLines.FindStringSubmatch(log); m != nil {
		return strings.ReplaceAll(m[1], "\n\t", "\n")
	}
	if m := oneLine.FindStringSubmatch(log); m != nil {
		text, err := strconv.Unquote(`"` + m[1] + `"`)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if m := flagError.FindStringSubmatch(log); m != nil {
		return m[1]
	}
	t.Fatalf("it gave no reason:\n%s", log)
	return ""
}

// unsaid returns the parts of the server's message that the plugin did not print, except the words that join
// several errors.
func unsaid(want, output string) string {
	left := squeeze(want)
	if strings.Contains(squeeze(output), left) {
		return ""
	}
	// Each reason begins on a new line, and hints follow.
	output, _, _ = strings.Cut(output, "\nhint: ")
	reasons := strings.Split(output, "\n  ")
	for i := len(reasons) - 1; i > 0; i-- {
		if said := squeeze(reasons[i]); len(said) > 3 {
			left = strings.Replace(left, said, "", 1)
		}
	}
	for _, glue := range []string{"invalidauthenticationconfiguration:", "[", "]", ","} {
		left = strings.ReplaceAll(left, glue, "")
	}
	return left
}

// squeeze removes white space, which lays out errors of several lines.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }
