package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// idp is the issuer of docs/simulate.md. In the test it is the lab's issuer, whose address has the same length.
const idp = "https://idp.example.com"

var (
	// written is a file that the page tells its reader to write.
	written = regexp.MustCompile("(?s)<!-- file: (\\S+) -->\n```yaml\n(.*?)```\n")
	// session is commands with their output, up to a heading if the page shows only a part.
	session = regexp.MustCompile("(?s)(<!-- until: ([^\n]+) -->\n)?```console\n(.*?)```\n")
	// anyBlock is any code block, which must be a file or a session.
	anyBlock = regexp.MustCompile("(?m)^```[a-z]+$")
)

// TestTutorial does what docs/simulate.md says, in its order, and compares what is printed with what the page shows. With
// AUTHN_UPDATE_PAGES=1 (make pictures) it writes the page instead.
func TestTutorial(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("simulate runs the authenticators of the lab's own release")
	}
	newReader(t).follow("simulate.md")
}

// TestServiceTutorial does the same for docs/tutorial.md.
func TestServiceTutorial(t *testing.T) {
	if otherKubernetes != "" {
		t.Skip("the page shows the lab's own release")
	}
	kubeconfig, err := runner.Lab.Read("kubeconfig")
	if err != nil {
		t.Fatal(err)
	}
	// The page has no issuer but the cluster's.
	r := &reader{t: t, dir: t.TempDir(), issuer: idp}
	r.write(".kube/config", kubeconfig+"\n")
	r.env = append(withPrograms(t), "HOME="+r.dir, "KUBECONFIG=.kube/config")
	if err := os.Symlink(runner.Lab.Dir, filepath.Join(r.dir, ".authn-lab")); err != nil {
		t.Fatal(err)
	}
	before := made(t)
	r.follow("tutorial.md")
	// The page deletes what it creates, in the cluster and in the folder.
	if diff := cmp.Diff(before, made(t)); diff != "" {
		t.Errorf("the page does not clean up (-before +after):\n%s", diff)
	}
	left, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if name := file.Name(); name != ".kube" && name != ".authn-lab" {
			t.Errorf("the page leaves %s behind", name)
		}
	}
}

// made lists what docs/tutorial.md makes in the cluster.
func made(t *testing.T) []string {
	out, err := exec.Command(runner.Lab.Program, "kubectl", "--kubeconfig", runner.Lab.Path("kubeconfig"), "get", "namespaces,clusterroles,clusterrolebindings", "-o", "name").Output()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Fields(string(out)), func(name string) bool { return !strings.Contains(name, "/market") })
}

// follow does what a page of docs says, in its order, and compares, or writes the page where it shows something else than times.
func (r *reader) follow(name string) {
	t := r.t
	path := filepath.Join(root, "docs", name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	steps := anyBlock.FindAllStringIndex(page, -1)
	files, sessions := written.FindAllStringSubmatchIndex(page, -1), session.FindAllStringSubmatchIndex(page, -1)
	if len(files) == 0 || len(sessions) < 10 || len(files)+len(sessions) != len(steps) {
		t.Fatalf("%d files and %d sessions in %d blocks: each block is one or the other", len(files), len(sessions), len(steps))
	}
	var out strings.Builder
	last := 0
	for len(files)+len(sessions) > 0 {
		if len(sessions) == 0 || len(files) > 0 && files[0][0] < sessions[0][0] {
			m := files[0]
			files = files[1:]
			r.write(page[m[2]:m[3]], page[m[4]:m[5]])
			continue
		}
		m := sessions[0]
		sessions = sessions[1:]
		until := ""
		if m[4] >= 0 {
			until = page[m[4]:m[5]]
		}
		shown := page[m[6]:m[7]]
		printed := r.run(shown, until)
		diff := cmp.Diff(lasting(shown), lasting(printed))
		if diff == "" {
			printed = shown
		} else if !updatePages {
			t.Errorf("docs/%s does not show what is printed (-page +program; make pictures writes it anew):\n%s", name, diff)
		}
		out.WriteString(page[last:m[6]] + printed)
		last = m[7]
	}
	if text := out.String() + page[last:]; updatePages && text != page {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// reader follows the page, in a folder with the files that it needs.
type reader struct {
	t           *testing.T
	dir, issuer string
	env         []string
	status      int
}

func newReader(t *testing.T) *reader {
	issuer, err := runner.Lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, dir: t.TempDir(), issuer: issuer}
	r.env = append(withPrograms(t), "HOME="+r.dir, "KUBECONFIG="+runner.Lab.Path("kubeconfig"))
	manifest, err := os.ReadFile(filepath.Join(root, "testdata", "simulate", "kube-apiserver.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("node/etc/kubernetes/manifests/kube-apiserver.yaml", string(manifest))
	for name, of := range map[string][]string{
		"ca.crt": {"client-ca.crt"}, "front-proxy-ca.crt": {"pki", "front-proxy-ca.crt"}, "sa.pub": {"sa.pub"}, "idp-ca.crt": {"oidc", "ca.crt"},
	} {
		text, err := runner.Lab.Read(of...)
		if err != nil {
			t.Fatal(err)
		}
		r.write("node/etc/kubernetes/pki/"+name, text+"\n")
	}
	r.tokens(t)
	return r
}

// withPrograms is an environment with kubectl, the plugin and the lab's own program on its PATH.
func withPrograms(t *testing.T) []string {
	bin := t.TempDir()
	for name, program := range map[string]string{"kubectl": runner.Lab.Program, "authn-lab": runner.Lab.Program, "kubectl-authn": runner.Plugin} {
		if err := os.Symlink(program, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "COLUMNS=80", "LC_ALL=C.UTF-8")
}

// tokens are those that the issuer has given.
func (r *reader) tokens(t *testing.T) {
	var all strings.Builder
	for _, who := range []struct {
		file   string
		claims map[string]any
	}{
		{"jane.token", map[string]any{"sub": "u-1017", "email": "jane@example.org", "email_verified": true, "groups": []string{"developers", "ops"}}},
		{"joe.token", map[string]any{"sub": "u-2044", "email": "joe@contractor.example", "email_verified": true, "groups": []string{"developers"}}},
		{"eve.token", map[string]any{"sub": "u-3001", "email": "eve@example.org", "email_verified": true, "groups": []string{"system:masters"}}},
	} {
		who.claims["iss"], who.claims["aud"], who.claims["iat"], who.claims["exp"] = r.issuer, "kubernetes", "$now", "$now+12h"
		claims, err := json.Marshal(who.claims)
		if err != nil {
			t.Fatal(err)
		}
		token, err := exec.Command(runner.Lab.Program, "sign", "token", "--dir", runner.Lab.Dir, "--key", "oidc", "--claims", string(claims)).Output()
		if err != nil {
			t.Fatal(err)
		}
		r.write(who.file, strings.TrimSpace(string(token))+"\n")
		all.WriteString(strings.TrimSpace(string(token)) + "\n")
	}
	r.write("tokens.txt", all.String())
}

// write writes a file as the page has it: with the issuer's own address, and its CA where the page leaves it to the reader.
func (r *reader) write(name, text string) {
	if strings.Contains(text, "      …\n") {
		ca, err := runner.Lab.Read("oidc", "ca.crt")
		if err != nil {
			r.t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(ca), "\n")
		body := "      " + strings.Join(lines[1:len(lines)-1], "\n      ") + "\n"
		text = strings.ReplaceAll(text, "      …\n", body)
	}
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, idp, r.issuer)), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// run runs the commands of a block and returns it as it should be.
func (r *reader) run(block, until string) string {
	var out strings.Builder
	lines := strings.SplitAfter(block, "\n")
	commands := 0
	for i := 0; i < len(lines); i++ {
		command, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			continue
		}
		commands++
		for strings.HasSuffix(command, "\\\n") {
			i++
			command += lines[i]
		}
		// A command may ask for the status of the one before it.
		sh := exec.Command("sh", "-c", fmt.Sprintf("(exit %d)\n%s", r.status, strings.ReplaceAll(command, idp, r.issuer)))
		sh.Dir, sh.Env = r.dir, r.env
		printed, err := sh.CombinedOutput()
		r.status = 0
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			r.status = exit.ExitCode()
		} else if err != nil {
			r.t.Fatal(err)
		}
		text := strings.ReplaceAll(string(printed), r.issuer, idp)
		if until != "" && text != "" {
			before, _, found := strings.Cut(text, "\n"+until)
			if !found {
				r.t.Errorf("%s\nprints no %q:\n%s", command, until, text)
			}
			text = strings.TrimRight(before, "\n") + "\n…\n"
		}
		out.WriteString("$ " + command + text)
	}
	if commands == 0 {
		r.t.Errorf("no command in\n%s", block)
	}
	return out.String()
}

var moments = regexp.MustCompile(`\b1\d{9}\b|\bin (\d+[smhd] )*\d+[smhd]\b|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000|(, )?\b(\d+[smhd] )*\d+[smhd] (left|ago)\b|(, )?\bnow\b`)

// lasting returns the parts of a text that are the same in each run.
func lasting(s string) string { return timeless(moments.ReplaceAllString(s, "*")) }
