package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// user is a user with kubectl and the plugin on the PATH, as krew installs them.
type user struct {
	path, home, kubeconfig string
}

func newUser(t *testing.T) *user {
	t.Helper()
	u := &user{path: t.TempDir(), home: t.TempDir(), kubeconfig: runner.Lab.Path("kubeconfig")}
	for name, program := range map[string]string{"kubectl-authn": runner.Plugin, "kubectl": runner.Lab.Program} {
		program, err := filepath.Abs(program)
		if err == nil {
			err = os.Symlink(program, filepath.Join(u.path, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	script, err := exec.Command(runner.Plugin, "completion", "kubectl").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(u.path, "kubectl_complete-authn"), script, 0o755); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *user) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	if !strings.Contains(name, "/") {
		if own := filepath.Join(u.path, name); fileExists(own) {
			c.Path, c.Err = own, nil
		}
	}
	c.Dir = u.home
	c.Env = append(os.Environ(), "PATH="+u.path+":"+os.Getenv("PATH"), "HOME="+u.home, "KUBECONFIG="+u.kubeconfig, "KUBERC=off")
	return c
}

func fileExists(path string) bool { _, err := os.Stat(path); return err == nil }

func (u *user) kubectl(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	c := u.command("kubectl", args...)
	c.Stdin = strings.NewReader(stdin)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// answer is words with their descriptions, followed by the directive for the shell, and nothing else.
var answer = regexp.MustCompile(`^([-A-Za-z0-9@%+=:,./_]+(\t[^\t\n]+)?\n)*:[0-9]+\n$`)

// offers returns the completions of the last word, which the plugin gives kubectl and kubectl gives the shell.
func (u *user) offers(t *testing.T, line ...string) []string {
	t.Helper()
	// kubectl may write to standard error, so the plugin alone is checked for that.
	out, err := u.command("kubectl", append([]string{"__complete", "authn"}, line...)...).Output()
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	alone := u.command(filepath.Join(u.path, "kubectl_complete-authn"), line...)
	if text, err := alone.CombinedOutput(); err != nil || !answer.Match(text) || !answer.Match(out) {
		t.Errorf("%q: kubectl is told\n%s and tells\n%s(%v)", line, text, out, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if !strings.HasPrefix(lines[len(lines)-1], ":") {
		t.Fatalf("%q: %s", line, out)
	}
	return lines[:len(lines)-1]
}

// shop creates a namespace with objects to complete.
func (u *user) shop(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("completion-%d", time.Now().UnixNano())
	u.kubectl(t, "", "create", "namespace", name)
	u.kubectl(t, `
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: v1
kind: Secret
metadata: {name: robot-token, annotations: {kubernetes.io/service-account.name: robot}}
type: kubernetes.io/service-account-token
---
apiVersion: v1
kind: Secret
metadata: {name: password}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: registry.example/app}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  serviceAccountName: robot
  automountServiceAccountToken: false
  containers:
  - {name: app, image: registry.example/app, volumeMounts: [{name: vault, mountPath: /vault}]}
  - {name: side, image: registry.example/side}
  volumes:
  - {name: vault, projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}}
`, "create", "--namespace", name, "-f", "-")
	return name
}

// kubectl completes `kubectl authn <TAB>` with objects of the cluster.
func TestCompletionThroughKubectl(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	ns := u.shop(t)
	for line, want := range map[string]string{
		"insp":                                        "inspect",
		"-n completion-":                              ns,
		"-n NS inspect secret/":                       "secret/robot-token",
		"explain -n NS sa/ro":                         "sa/robot",
		"-n NS review pod/":                           "pod/web",
		"-n NS review pod _":                          "web",
		"-n NS explain deploy _":                      "web",
		"-n NS explain deploy/":                       "deploy/web",
		"explain context/":                            "context/authn-lab",
		"-n NS mint sa ro":                            "robot",
		"-n NS review pod/web -c _":                   "app side",
		"-n NS review pod/web --path=":                "/vault/token",
		"-n NS review pod/web --audience https://kub": "https://kubernetes.default.svc.cluster.local",
		"-n NS mint ":                                 "default robot",
		"-n NS mint robot --bound-object-kind Secret --bound-object-name pass": "password",
		"-n NS --as system:serviceaccount:NS:ro":                               "system:serviceaccount:NS:robot",
		"-n kube-system inspect secret/":                                       "",
		"--context _":                                                          "authn-lab",
		"findings audience-mism":                                               "audience-mismatch",
	} {
		words := strings.Fields(strings.ReplaceAll(line, "NS", ns) + " ")
		if strings.HasSuffix(line, " ") {
			words = append(words, "_")
		}
		last := len(words) - 1
		words[last] = strings.TrimSuffix(words[last], "_")
		wanted := strings.Fields(strings.ReplaceAll(want, "NS", ns))
		var got []string
		// A busy machine may miss the time limit.
		for range 5 {
			got = []string{}
			for _, w := range u.offers(t, words...) {
				text, _, _ := strings.Cut(w, "\t")
				// Other tests have namespaces and bootstrap tokens as well.
				other := strings.HasPrefix(text, "completion-") && text != ns || strings.HasPrefix(text, "secret/bootstrap-token-")
				if !other && (strings.HasPrefix(text, words[last]) || strings.HasPrefix(words[last], "--")) {
					got = append(got, text)
				}
			}
			if slices.Equal(got, wanted) {
				break
			}
		}
		if !slices.Equal(got, wanted) {
			t.Errorf("%q: %q and not %q", words, got, wanted)
		}
	}
	// A user without permissions gets no completions and no error message.
	u.kubeconfig = runner.Lab.Path("nobody.kubeconfig")
	for _, line := range [][]string{{"-n", ""}, {"-n", ns, "inspect", "secret/"}, {"-n", ns, "inspect", "pod/web", "-c", ""}, {"-n", ns, "mint", ""}} {
		if got := u.offers(t, line...); len(got) > 0 {
			t.Errorf("nobody, %q: %q", line, got)
		}
	}
}

// A server that never answers does not block completion for ten seconds.
func TestCompletionWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	u := newUser(t)
	u.kubeconfig = filepath.Join(u.home, "kubeconfig")
	config := `{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"k","cluster":{"server":"https://` + silent.Addr().String() + `"}}],
		"contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],"users":[{"name":"u","user":{"token":"t"}}]}`
	if err := os.WriteFile(u.kubeconfig, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	out, err := u.command("kubectl", "__complete", "authn", "inspect", "secret/").Output()
	took := time.Since(started)
	t.Logf("kubectl and the plugin took %s", took)
	if string(out) != ":4\n" || err != nil || took > 5*time.Second {
		t.Errorf("%s: %q, %v", took, out, err)
	}
}

// An exec plugin of a completion has no terminal to ask at, and ends with the completion.
func TestCompletionWithAnExecPlugin(t *testing.T) {
	t.Parallel()
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("there is no program script, which gives a terminal")
	}
	u := newUser(t)
	admin := u.kubectl(t, "", "config", "view", "--raw", "--flatten", "--minify", "-o", "json")
	plugin := filepath.Join(u.path, "aws")
	u.kubeconfig = filepath.Join(u.home, "kubeconfig")
	if err := os.WriteFile(u.kubeconfig, []byte(admin), 0o600); err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(runner.Lab.Path("tokens/static-admin"))
	if err != nil {
		t.Fatal(err)
	}
	u.kubectl(t, "", "config", "set-credentials", "aws", "--exec-command", "aws", "--exec-api-version", "client.authentication.k8s.io/v1", "--exec-interactive-mode", "IfAvailable")
	u.kubectl(t, "", "config", "set-context", "--current", "--user", "aws")
	write := func(before string) {
		t.Helper()
		text := "#!/bin/sh\n" + before + "\n" + `echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"` + string(token) + `"}}'` + "\n"
		if err := os.WriteFile(plugin, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// The plugin asks at the terminal if there is one; otherwise the test would prove nothing.
	write(`echo "$KUBERNETES_EXEC_INFO" > info; if (echo 'Password:' > /dev/tty) 2> /dev/null; then echo asked > asked; fi; echo 'a warning' >&2`)
	atTerminal := func(line string) string {
		t.Helper()
		c := u.command(script, "-qec", line+"; true", "/dev/null")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		return strings.ReplaceAll(string(out), "\r", "")
	}
	if out := atTerminal("kubectl-authn review --request-timeout 10s -- something"); !strings.Contains(out, "Password:") || !fileExists(filepath.Join(u.home, "asked")) {
		t.Fatalf("the plugin does not ask at the terminal by itself:\n%s", out)
	}
	if err := os.Remove(filepath.Join(u.home, "asked")); err != nil {
		t.Fatal(err)
	}
	out := atTerminal("kubectl_complete-authn -n kube-sys")
	for i := 0; i < 4 && out == ":4\n"; i++ {
		out = atTerminal("kubectl_complete-authn -n kube-sys")
	}
	if !strings.HasPrefix(out, "kube-system\tActive") || strings.Contains(out, "Password") || strings.Contains(out, "warning") || fileExists(filepath.Join(u.home, "asked")) {
		t.Errorf("it says\n%s", out)
	}
	if info, err := os.ReadFile(filepath.Join(u.home, "info")); err != nil || !strings.Contains(string(info), `"interactive":false`) {
		t.Errorf("the plugin is told %s, %v", info, err)
	}
	// A plugin that hangs is stopped.
	write("echo $$ > pid; sleep 60")
	for i := 0; i < 5 && !fileExists(filepath.Join(u.home, "pid")); i++ {
		if out := atTerminal("kubectl_complete-authn -n kube-sys"); out != ":4\n" {
			t.Errorf("it says\n%s", out)
		}
	}
	data, err := os.ReadFile(filepath.Join(u.home, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if err := syscall.Kill(pid, 0); err == syscall.ESRCH || zombie(pid) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Error("the plugin runs on")
}

// zombie reports whether a process has ended and was not waited for.
func zombie(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(data), ") Z ")
}

// The scripts of the shells, in those shells that are installed.
func TestCompletionInShells(t *testing.T) {
	t.Parallel()
	u := newUser(t)
	ns := u.shop(t)
	// A busy machine may miss the time limit.
	shell := func(t *testing.T, name string, args ...string) {
		t.Helper()
		var out []byte
		var err error
		for range 3 {
			c := u.command(name, args...)
			c.Env = append(c.Env, "NS="+ns, "TERM=dumb")
			if out, err = c.CombinedOutput(); err == nil && strings.Contains(string(out), "robot-token") && strings.Contains(string(out), "sa/robot") {
				break
			}
		}
		const secret, names, kinds = "secret/robot-token", "sa/robot", "serviceaccount/"
		if text := string(out); err != nil || !strings.Contains(text, secret) || !strings.Contains(text, names) || !strings.Contains(text, kinds) || strings.Contains(text, "password") || strings.Contains(text, "rror") {
			t.Errorf("%v\n%s", err, text)
		}
	}
	t.Run("bash", func(t *testing.T) {
		if _, err := exec.LookPath("bash"); err != nil {
			t.Skip("there is no bash")
		}
		// The steps of bash and the package bash-completion before a completion, for words without special
		// characters.
		script := `
set -eu
_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cword=$COMP_CWORD; words=("${COMP_WORDS[@]}"); }
compopt() { :; }
source <(kubectl completion bash)
source <(kubectl-authn completion bash)
try() {
	local function=$1; shift
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=$((${#COMP_LINE} + 1)) COMP_TYPE=63 COLUMNS=100 COMPREPLY=()
	$function
	printf '%s\n' "${COMPREPLY[@]}"
}
try __start_kubectl-authn kubectl-authn -n $NS inspect secret/
try __start_kubectl kubectl authn -n $NS explain sa/ro
try __start_kubectl kubectl authn explain ''
`
		shell(t, "bash", "--norc", "--noprofile", "-c", script)
	})
	t.Run("fish", func(t *testing.T) {
		if _, err := exec.LookPath("fish"); err != nil {
			t.Skip("there is no fish")
		}
		shell(t, "fish", "--no-config", "-c", `kubectl completion fish | source; kubectl-authn completion fish | source
complete -C "kubectl-authn -n $NS inspect secret/"; complete -C "kubectl authn -n $NS explain sa/ro"; complete -C "kubectl authn explain "`)
	})
	t.Run("zsh", func(t *testing.T) {
		if _, err := exec.LookPath("zsh"); err != nil {
			t.Skip("there is no zsh")
		}
		// Completion needs a pseudo-terminal.
		shell(t, "zsh", "-f", "-c", `
zmodload zsh/zpty
read_all() { local o i; for i in {1..$1}; do sleep 0.2; while zpty -r -t z o; do print -rn -- "$o"; done; done }
zpty z zsh -f -i
zpty -w z 'PROMPT="> "; autoload -U compinit; compinit -D -u; source <(kubectl completion zsh); source <(kubectl-authn completion zsh); stty cols 100'
read_all 15
for line in "kubectl-authn -n $NS inspect secret/" "kubectl authn -n $NS explain sa/ro" "kubectl authn explain "; do
	zpty -w -n z "$line"$'\t\t'; read_all 10; zpty -w -n z $'\C-c'; read_all 2
done
zpty -d z`)
	})
	t.Run("PowerShell", func(t *testing.T) {
		if _, err := exec.LookPath("pwsh"); err != nil {
			t.Skip("there is no pwsh")
		}
		shell(t, "pwsh", "-NoProfile", "-Command", `kubectl completion powershell | Out-String | Invoke-Expression
kubectl-authn completion powershell | Out-String | Invoke-Expression
foreach ($line in "kubectl-authn -n $env:NS inspect secret/", "kubectl authn -n $env:NS explain sa/ro", "kubectl authn explain ") {
	(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }
}`)
	})
}
