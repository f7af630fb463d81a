package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const (
	serveNamespace = "serve-real"
	serveAccount   = "system:serviceaccount:" + serveNamespace + ":orders"
)

// TestServeReview runs serve as a Pod would, with the token of its own ServiceAccount, which gets its permission from the
// manifest that /readyz prints.
func TestServeReview(t *testing.T) {
	serveObjects(t)
	link := newLink(t)
	own := ownKubeconfig(t, link.url())
	s := runServe(t, "--kubeconfig", own, "--audience", "billing", "--cache-ttl", "1s", "--negative-ttl", "100ms", "--reason", "text")
	right, wrong := serveToken(t, "orders", "--audience", "billing"), serveToken(t, "orders", "--audience", "vault")

	// Without the permission, nobody is accepted or rejected.
	s.want(t, right, 503, "")
	s.logged(t, "review-not-permitted")
	_, notReady, _ := get(t, s.health+"/readyz", "")
	_, manifest, found := strings.Cut(notReady, "\n\n")
	if !found || !strings.Contains(notReady, "may not create TokenReviews") || !strings.Contains(notReady, "authn-serve") {
		t.Fatalf("/readyz: %s", notReady)
	}
	file := filepath.Join(t.TempDir(), "rbac.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	labCommand(t, "kubectl", "apply", "-f", file)
	t.Cleanup(func() {
		_ = exec.Command(runner.Lab.Program, "kubectl", "--kubeconfig", runner.Lab.Path("kubeconfig"), "delete", "-f", file).Run()
	})
	eventually(t, 15*time.Second, "ready", func() bool { status, _, _ := get(t, s.health+"/readyz", ""); return status == 200 })

	header := s.want(t, right, 200, "")
	if user, groups := header.Get("Kubeflow-Userid"), header.Get("Kubeflow-Groups"); user != serveAccount || !strings.Contains(groups, "system:serviceaccounts:"+serveNamespace) {
		t.Errorf("user %q, groups %q", user, groups)
	}
	labCommand(t, "kubectl", "--namespace", serveNamespace, "run", "web", "--image", "registry.example/web", "--overrides", `{"spec": {"serviceAccountName": "orders"}}`)
	bound := serveToken(t, "orders", "--audience", "billing", "--bound-object-kind", "Pod", "--bound-object-name", "web")
	s.want(t, bound, 200, "")
	doomed := serveToken(t, "doomed", "--audience", "billing")
	s.want(t, doomed, 200, "")
	expired := labCommand(t, "sign", "token", "--dir", runner.Lab.Dir, "--key", "sa", "--claims",
		`{"iss": "https://kubernetes.default.svc.cluster.local", "aud": ["billing"], "sub": "`+serveAccount+`", "iat": "$now-2h", "nbf": "$now-2h", "exp": "$now-1h", "kubernetes.io": {"namespace": "`+serveNamespace+`", "serviceaccount": {"name": "orders", "uid": "u"}}}`)
	dot := strings.LastIndexByte(right, '.')
	damaged := right[:dot+1] + strings.Repeat("A", len(right)-dot-1)
	for _, c := range []string{wrong, expired, damaged} {
		s.want(t, c, 401, reviewFinds(t, c))
	}
	s.want(t, wrong, 401, "audience-mismatch")
	s.want(t, expired, 401, "token-expired")

	// The API server keeps an accepted token for ten seconds, and serve for one.
	labCommand(t, "kubectl", "--namespace", serveNamespace, "delete", "pod", "web", "--force", "--grace-period", "0")
	labCommand(t, "kubectl", "--namespace", serveNamespace, "delete", "serviceaccount", "doomed")
	for _, c := range []string{bound, doomed} {
		eventually(t, 13*time.Second, "the token is rejected", func() bool { status, _, _ := get(t, s.decide, c); return status == 401 })
		s.want(t, c, 401, reviewFinds(t, c))
	}

	// Under load, an API server that cannot be reached is a 503, and a token is never rejected for it.
	seen := s.load(t, right, func() {
		// The load meets an API server that answers, before and after.
		time.Sleep(time.Second)
		link.cut()
		time.Sleep(2500 * time.Millisecond)
		link.mend(t)
		eventually(t, 10*time.Second, "answers again", func() bool { status, _, _ := get(t, s.decide, right); return status == 200 })
		time.Sleep(time.Second)
	})
	if seen[200] == 0 || seen[503] == 0 || len(seen) != 2 {
		t.Errorf("statuses under load: %v, want 200 and 503", seen)
	}
	s.quiet(t, right, wrong, expired, damaged, bound, doomed, strings.TrimSpace(readFile(t, filepath.Join(filepath.Dir(own), "token"))))
}

// TestServeModes compares the offline modes, and review with legacy tokens.
func TestServeModes(t *testing.T) {
	serveObjects(t)
	admin := tokenKubeconfig()
	keys := filepath.Join(t.TempDir(), "keys.json")
	jwks, err := exec.Command(runner.Plugin, "discover", "-o", "jwks", "--kubeconfig", admin).Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keys, jwks, 0o600); err != nil {
		t.Fatal(err)
	}
	right, wrong := serveToken(t, "orders", "--audience", "billing"), serveToken(t, "orders", "--audience", "vault")
	idp, err := runner.Lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	sign := func(claims string) string {
		return labCommand(t, "sign", "token", "--dir", runner.Lab.Dir, "--key", "oidc", "--claims", claims)
	}
	jane := sign(`{"iss": "` + idp + `", "aud": "billing", "sub": "jane", "iat": "$now", "exp": "$now+1h"}`)
	pretender := sign(`{"iss": "` + idp + `", "aud": "billing", "sub": "system:serviceaccount:kube-system:admin", "iat": "$now", "exp": "$now+1h"}`)
	manifest := filepath.Join(t.TempDir(), "legacy.yaml")
	if err := os.WriteFile(manifest, []byte("apiVersion: v1\nkind: Secret\nmetadata:\n  name: legacy\n  annotations: {kubernetes.io/service-account.name: orders}\ntype: kubernetes.io/service-account-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	labCommand(t, "kubectl", "--namespace", serveNamespace, "apply", "-f", manifest)
	var legacy string
	eventually(t, 10*time.Second, "the Secret has a token", func() bool {
		legacy = labCommand(t, "kubectl", "--namespace", serveNamespace, "get", "secret", "legacy", "-o", "go-template={{if .data.token}}{{.data.token | base64decode}}{{end}}")
		return legacy != ""
	})
	for _, c := range []struct {
		name string
		args []string
		// statuses by token
		right, wrong, jane, pretender, legacy int
		user                                  string
	}{
		{"keys", []string{"--mode", "keys", "--jwks", keys, "--audience", "billing"}, 200, 401, 401, 401, 401, ""},
		{"review+keys", []string{"--mode", "review+keys", "--jwks", keys, "--audience", "billing", "--kubeconfig", admin}, 200, 401, 401, 401, 401, ""},
		{"discovery", []string{"--mode", "discovery", "--issuer-url", idp, "--ca-file", runner.Lab.Path("oidc", "ca.crt"), "--audience", "billing", "--username-claim", "sub", "--username-prefix", ""}, 401, 401, 200, 401, 401, "jane"},
		{"the API server's audience", []string{"--api-server-audience", "--kubeconfig", admin}, 401, 401, 401, 401, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := runServe(t, c.args...)
			for token, want := range map[string]int{right: c.right, wrong: c.wrong, jane: c.jane, legacy: c.legacy} {
				header := s.want(t, token, want, "")
				if user := header.Get("Kubeflow-Userid"); want == 200 && user != map[bool]string{true: c.user, false: serveAccount}[c.user != ""] {
					t.Errorf("user %q", user)
				}
			}
			if status, _, header := get(t, s.decide, pretender); status != 401 && status != 403 {
				t.Errorf("a pretender: %d %v", status, header)
			}
			s.quiet(t, right, wrong, jane, pretender, legacy)
		})
	}
}

// TestServeStops sends SIGTERM under load: each request that serve read gets its answer. The kernel resets connections that
// serve had not accepted when it closed its listener, as for any server; docs/serve/deployment.yaml has a preStop for them.
func TestServeStops(t *testing.T) {
	serveObjects(t)
	s := runServe(t, "--kubeconfig", tokenKubeconfig(), "--audience", "billing", "--cache-ttl", "0s")
	seen := s.load(t, serveToken(t, "orders", "--audience", "billing"), func() {
		time.Sleep(300 * time.Millisecond)
		if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.ended:
		case <-time.After(15 * time.Second):
			t.Error("serve does not stop")
		}
	})
	if decided := strings.Count(readFile(t, s.log), `"decision":"allowed"`); seen[200] == 0 || seen[200] != decided || seen[200]+seen[lost] != total(seen) {
		t.Errorf("statuses: %v, and %d decisions", seen, decided)
	}
	if code := s.command.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d", code)
	}
}

var serveOnce sync.Once

// serveObjects creates the namespace and the ServiceAccounts of these tests.
func serveObjects(t *testing.T) {
	serveOnce.Do(func() {
		labCommand(t, "kubectl", "create", "namespace", serveNamespace)
		for _, name := range []string{"orders", "doomed", "authn-serve"} {
			labCommand(t, "kubectl", "--namespace", serveNamespace, "create", "serviceaccount", name)
		}
	})
}

func serveToken(t *testing.T, account string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(labCommand(t, append([]string{"kubectl", "--namespace", serveNamespace, "create", "token", account}, args...)...))
}

// ownKubeconfig is what a Pod has: a CA, an address, and a token in a file.
func ownKubeconfig(t *testing.T, server string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(serveToken(t, "authn-serve")), 0o600); err != nil {
		t.Fatal(err)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["c"] = &clientcmdapi.Cluster{Server: server, CertificateAuthority: runner.Lab.Path("ca.crt")}
	config.AuthInfos["u"] = &clientcmdapi.AuthInfo{TokenFile: filepath.Join(dir, "token")}
	config.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	config.CurrentContext = "x"
	file := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// reviewFinds returns the finding of `kubectl authn review` about a token.
func reviewFinds(t *testing.T, token string) string {
	t.Helper()
	cmd := exec.Command(runner.Plugin, "review", "-f", "-", "--audience", "billing", "--kubeconfig", tokenKubeconfig())
	cmd.Stdin = strings.NewReader(token)
	out, _ := cmd.Output()
	m := firstFinding.FindSubmatch(out)
	if m == nil {
		t.Fatalf("review names no finding:\n%s", out)
	}
	return string(m[1])
}

var firstFinding = regexp.MustCompile(`\[([a-z]+(?:-[a-z]+)+)\]`)

// serving is a running serve.
type serving struct {
	command        *exec.Cmd
	ended          chan struct{}
	decide, health string
	log            string
}

func runServe(t *testing.T, args ...string) *serving {
	t.Helper()
	s := &serving{decide: "http://" + freeAddress(t), health: "http://" + freeAddress(t), log: filepath.Join(t.TempDir(), "log"), ended: make(chan struct{})}
	file, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s.command = exec.Command(runner.Plugin, append([]string{"serve", "--listen", s.decide[7:], "--health-listen", s.health[7:]}, args...)...)
	s.command.Stderr, s.command.Env = file, append(os.Environ(), "HOME="+t.TempDir())
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.command.Wait(); close(s.ended) }()
	t.Cleanup(func() { _ = s.command.Process.Signal(os.Interrupt); <-s.ended })
	for range 200 {
		if c, err := net.Dial("tcp", s.health[7:]); err == nil {
			_ = c.Close()
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("serve does not listen:\n%s", readFile(t, s.log))
	return nil
}

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get sends a request with a token, if there is one.
func get(t *testing.T, url, token string) (int, string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), answer.Header
}

// want compares the answer to a token, and the finding in its challenge.
func (s *serving) want(t *testing.T, token string, status int, finding string) http.Header {
	t.Helper()
	got, body, header := get(t, s.decide+"/api", token)
	if got != status || finding != "" && !strings.Contains(header.Get("WWW-Authenticate"), `"`+finding+": ") {
		t.Errorf("status %d, %s%v; want %d %s", got, body, header, status, finding)
	}
	return header
}

func (s *serving) logged(t *testing.T, text string) {
	t.Helper()
	eventually(t, 2*time.Second, text+" in the log", func() bool { return strings.Contains(readFile(t, s.log), text) })
}

// quiet checks that neither the log nor the metrics have a piece of a token's signature.
func (s *serving) quiet(t *testing.T, tokens ...string) {
	t.Helper()
	time.Sleep(200 * time.Millisecond)
	c := newCanary()
	for _, token := range tokens {
		c.learn(token)
	}
	_, metrics, _ := get(t, s.health+"/metrics", "")
	log := readFile(t, s.log)
	if !strings.Contains(metrics, "authn_serve_decisions_total") || !strings.Contains(log, `"decision"`) {
		t.Error("nothing was counted or logged")
	}
	for _, text := range []string{metrics, log} {
		// The forged signature of A's is no secret.
		if err := c.seen(strings.ReplaceAll(text, "AAAAAAAAAAAA", "")); err != nil {
			t.Error(err)
		}
	}
}

func total(seen map[int]int) (n int) {
	for _, count := range seen {
		n += count
	}
	return n
}

// lost is the status of a request that was sent and not answered.
const lost = -1

// load sends requests, each on a connection of its own, while do runs, and counts the statuses.
func (s *serving) load(t *testing.T, token string, do func()) map[int]int {
	t.Helper()
	var mu sync.Mutex
	seen := map[int]int{}
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for ctx.Err() == nil {
				status := once(s.decide[7:], token)
				if status != 0 {
					mu.Lock()
					seen[status]++
					mu.Unlock()
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	do()
	stop()
	all.Wait()
	return seen
}

// once sends a request; 0 if there was no connection.
func once(address, token string) (status int) {
	c, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return 0
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		return 0
	}
	answer, _ := io.ReadAll(c)
	if _, err := fmt.Fscanf(bytes.NewReader(answer), "HTTP/1.1 %d", &status); err != nil {
		return lost
	}
	return status
}

func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !holds(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// link is a connection to the lab's API server that can be cut.
type link struct {
	to, at   string
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func newLink(t *testing.T) *link {
	config, err := clientcmd.BuildConfigFromFlags("", runner.Lab.Path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	l := &link{to: strings.TrimPrefix(config.Host, "https://"), at: "127.0.0.1:0"}
	l.mend(t)
	t.Cleanup(l.cut)
	return l
}

func (l *link) url() string { return "https://" + l.at }

func (l *link) mend(t *testing.T) {
	listener, err := net.Listen("tcp", l.at)
	if err != nil {
		t.Fatal(err)
	}
	l.listener, l.at = listener, listener.Addr().String()
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", l.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.open = append(l.open, in, out)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
}

func (l *link) cut() {
	_ = l.listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.open {
		_ = c.Close()
	}
	l.open = nil
}
