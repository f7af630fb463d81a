package resolve

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// settings returns the settings of a trace, one per line, without the folder.
func settings(t *credential.Trace, dir string) string {
	var out []string
	for _, s := range t.Settings {
		out = append(out, strings.ReplaceAll(fmt.Sprintf("%s=%s (%s %s)", s.Name, s.Value, s.Key, s.File), dir+string(filepath.Separator), ""))
	}
	return strings.Join(out, "\n")
}

// In a KUBECONFIG list, the first file with an entry provides the whole entry, and the first with a current-context
// selects it. A missing file is ignored.
func TestTraceOfAList(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, config object) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(asJSON(config)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := write("first", object{"apiVersion": "v1", "kind": "Config", "users": []object{{"name": "u", "user": object{"token": "of-the-first"}}}})
	second := write("second", kubeconfig(object{"token": "of-the-second", "as": "root"}))
	gone := filepath.Join(dir, "gone")
	for name, c := range map[string]struct {
		list     []string
		flags    func(*genericclioptions.ConfigFlags)
		sent     string
		settings string
		files    string
	}{
		"the first wins": {[]string{first, gone, second}, nil, `token "of-the-first"`,
			"context=c (current-context second)\nuser=u (user of the context second)\ncluster=k (cluster of the context second)\nserver=https://api.example:6443 (server of the cluster second)",
			"[{first false []} {gone true []} {second false [user u]}]"},
		"the other way round": {[]string{second, first}, nil, `token "of-the-second"`,
			"context=c (current-context second)\nuser=u (user of the context second)\ncluster=k (cluster of the context second)\nserver=https://api.example:6443 (server of the cluster second)\nacts as=root (as of the user second)",
			"[{second false []} {first false [user u]}]"},
		"flags before all": {[]string{second}, func(f *genericclioptions.ConfigFlags) {
			*f.BearerToken, *f.Impersonate, *f.AuthInfoName = "of-the-flag", "joe", "u"
		}, `token "of-the-flag"`,
			"context=c (current-context second)\nuser=u (--user )\ncluster=k (cluster of the context second)\nserver=https://api.example:6443 (server of the cluster second)\nacts as=joe (--as )",
			"[{second false []}]"},
		"a proxy of the command line": {[]string{second}, func(f *genericclioptions.ConfigFlags) {
			*f.ProxyURL = "http://jane:hunter2@proxy.example:3128"
		}, `token "of-the-second"`,
			"context=c (current-context second)\nuser=u (user of the context second)\ncluster=k (cluster of the context second)\nserver=https://api.example:6443 (server of the cluster second)\nproxy=http://jane:REDACTED@proxy.example:3128 (--proxy-url )\nacts as=root (as of the user second)",
			"[{second false []}]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := resolver(t, nil, nil)
			t.Setenv("KUBECONFIG", strings.Join(c.list, string(filepath.ListSeparator)))
			flags := genericclioptions.NewConfigFlags(true)
			if c.flags != nil {
				c.flags(flags)
			}
			r.Kubeconfig, r.RESTConfig = flags.ToRawKubeConfigLoader(), flags.ToRESTConfig
			r.Flags = Flags{Token: *flags.BearerToken, Impersonate: *flags.Impersonate, User: *flags.AuthInfoName, ProxyURL: *flags.ProxyURL}
			all, err := r.Resolve(t.Context(), nil, "")
			if err != nil {
				t.Fatal(err)
			}
			got := all[0].Trace
			if sent(all[0]) != c.sent || settings(got, dir) != c.settings {
				t.Errorf("%s is sent, by\n%s", sent(all[0]), settings(got, dir))
			}
			if files := strings.ReplaceAll(fmt.Sprint(got.Files), dir+string(filepath.Separator), ""); files != c.files {
				t.Errorf("the files are %s", files)
			}
		})
	}
}

// Invalid base64 is reported with its field, entry and file, and never quoted.
func TestIllegalBase64(t *testing.T) {
	for value, want := range map[string]string{
		"-----BEGIN CERTIFICATE-----\nhunter2": "the value is PEM text",
		"/etc/kubernetes/pki/hunter2.crt":      "the value looks like a file path, which belongs in client-certificate",
		"aHVudGVyMg":                           "cut off or has no padding",
		"hunter2!":                             `character 8 is "!", which base64 does not have`,
		"<hunter2>":                            "looks like a placeholder",
	} {
		all, err := resolver(t, kubeconfig(object{"client-certificate-data": value}), nil).Resolve(t.Context(), nil, "")
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		f := told(all[0], all[0].Faults[0])
		if f.ID != finding.KubeconfigInvalid || all[0].Faults[0].Effect != credential.Unavailable || !strings.Contains(f.Detail.String(), want) || !strings.Contains(f.Detail.String(), `client-certificate-data of the user "u"`) {
			t.Errorf("%q: %+v", value, f)
		}
		if strings.Contains(fmt.Sprint(all[0].Faults, f), "hunter2") {
			t.Errorf("%q is quoted", value)
		}
	}
}

// kubectl's preferences, as kubectl reads them.
func TestPluginPolicy(t *testing.T) {
	list := "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: aws\n- name: /opt/older\n"
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.Mkdir(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ kuberc, home, want string }{
		"none":              {"", "", "{ []}"},
		"off":               {"off", list, "{ []}"},
		"in the home":       {"", list, "{Allowlist [{aws} {/opt/older}]}"},
		"named":             {file(t, "kuberc", "kind: Preference\ncredentialPluginPolicy: DenyAll\n"), list, "{DenyAll []}"},
		"named and missing": {"/nowhere/kuberc", list, "error"},
		"named and no YAML": {file(t, "kuberc", "{"), "", "error"},
		"no YAML":           {"", "{", "{ []}"},
	} {
		path := filepath.Join(home, ".kube", "kuberc")
		_ = os.Remove(path)
		if c.home != "" {
			if err := os.WriteFile(path, []byte(c.home), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		policy, err := PluginPolicy(func(string) string { return c.kuberc }, input.OS())
		got := fmt.Sprint(policy)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// guarded is a buffer for concurrent writes.
type guarded struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.Write(p)
}

func (g *guarded) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.b.String()
}

// A plugin's standard error is redacted and escaped, is shown while the plugin waits for input, and is the evidence
// of its failure.
func TestPluginStderr(t *testing.T) {
	out := &guarded{}
	p := &PluginStderr{Go: start, Out: out, Clean: func(s string) string { return strings.ReplaceAll(s, "hunter2", "[REDACTED]") }}
	if err := p.Attach(); err != nil {
		t.Fatal(err)
	}
	defer p.Detach()
	r := resolver(t, exec(t, "echo 'the session of hunter2 is over' >&2; printf 'go to https://login.example ' >&2; sleep 0.3; echo now >&2; exit 3"), nil)
	r.PluginStderr = p
	var all []*credential.Credential
	done := make(chan struct{})
	go func() {
		defer close(done)
		all, _ = r.Resolve(t.Context(), nil, "")
	}()
	for deadline := time.Now().Add(5 * time.Second); !strings.Contains(out.String(), "go to https://login.example "); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("a question is not shown: %q", out.String())
		}
	}
	<-done
	if strings.Contains(out.String(), "now") && strings.Contains(out.String(), "hunter2") {
		t.Errorf("the terminal shows %q", out.String())
	}
	fault, broken := all[0].Fault(credential.Unavailable)
	f := told(all[0], fault)
	if !broken || f.ID != finding.ExecPluginFailed || !strings.Contains(f.Detail.String(), "exit status 3") {
		t.Fatalf("%+v", f)
	}
	var said []string
	for _, e := range f.Evidence {
		if e.Source.String() == "standard error of the plugin" {
			said = append(said, e.Value.String())
		}
	}
	if got := strings.Join(said, "|"); got != "the session of [REDACTED] is over|go to https://login.example|now" {
		t.Errorf("the evidence is %q", got)
	}
}

func start(f func()) { go f() }

// A secret that is written in parts is recognized by its first part, and the rest is redacted too.
func TestPluginStderrInParts(t *testing.T) {
	const secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl-hunter2"
	out := &guarded{}
	p := &PluginStderr{Go: start, Out: out, Clean: token.Redact}
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.read(r)
	}()
	for _, part := range []string{strings.Repeat("x", 2*keptLine-50) + " " + secret + " is it\n", "got " + secret[:45], "hunter2", "-hunter2", " now\n", "go on\n"} {
		_, _ = io.WriteString(w, part)
		time.Sleep(3 * pause / 2)
	}
	_ = w.Close()
	<-done
	got := strings.TrimLeft(out.String(), "x")
	if want := " REDACTED is it\ngot REDACTED now\ngo on\n"; got != want {
		t.Errorf("%q", got)
	}
}

// Text that may be the plugin's secret is shown only after the secret is known, or after a while. An address that the
// user has to open is shown at once.
func TestPluginStderrWaitsForTheSecret(t *testing.T) {
	const secret = "opaque0123456789abcdef"
	var known token.Secrets
	out := &guarded{}
	p := &PluginStderr{Out: out, Clean: known.Redact, marks: map[string]chan struct{}{}, Go: start}
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.read(r)
	}()
	_, _ = io.WriteString(w, "open https://login.example/device?user_code=ABCD-0123456789abcdef\ngot "+secret[:18])
	time.Sleep(3 * pause / 2)
	_, _ = io.WriteString(w, secret[18:]+" now\ngo on\n")
	if got := out.String(); got != "open https://login.example/device?user_code=ABCD-0123456789abcdef\n" {
		t.Errorf("at first it shows %q", got)
	}
	known.Add(secret)
	_, _ = io.WriteString(w, mark+"1\n")
	_, _ = io.WriteString(w, "request 0123456789-abcdef failed\n")
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(out.String(), "failed") && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
	}
	if got := out.String(); !strings.HasSuffix(got, "\ngot REDACTED now\ngo on\nrequest 0123456789-abcdef failed\n") {
		t.Errorf("it shows %q", got)
	}
	_ = w.Close()
	<-done
}

// No line of a private key is shown, although only the first line identifies it.
func TestPluginStderrOfAKey(t *testing.T) {
	out := &guarded{}
	p := &PluginStderr{Out: out, Clean: token.Redact, Go: start}
	p.read(strings.NewReader("using\n" + key + "and\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIBszCCAVmgAwIBAgIUQy\nhunter2=\nwhich is cut\n"))
	if got, want := out.String(), "using\nREDACTED\nand\nREDACTED\nwhich is cut\n"; got != want {
		t.Errorf("%q", got)
	}
}
