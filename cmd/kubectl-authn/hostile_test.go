package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/cmd"
	attacker "github.com/kubectl-authn/kubectl-authn/pkg/transport/hostile"
)

// What a command may take, whatever the server does.
const (
	// mostTime is far beyond what it needs, and far below what a hang takes.
	mostTime   = 20 * time.Second
	mostOutput = 64 << 10
	// mostData is for what prints a server's answer as it came, which has at most 1 MiB, a key
	// set 4 MiB.
	mostData = 8 << 20
	// mostMemory is what the program takes from the system, in bytes; good answers make it 25 MiB.
	mostMemory = 128 << 20
)

// attacked is a command line that asks a server.
type attacked struct {
	args string
	// only confines bad answers to paths with this in them.
	only string
	// learns: what the server answers well suffices for a yes.
	learns bool
	// issuer: no API server is asked but an issuer.
	issuer bool
	// data: it prints what a server answers as it came.
	data bool
}

// attackedCommands are command lines in which DIR is a folder with what they need, and URL is
// the server. The last one has a log, which stays on.
var attackedCommands = []attacked{
	{args: "inspect secret/x"},
	{args: "review -f DIR/token"},
	{args: "verify -f DIR/token --from-cluster"},
	{args: "verify -f DIR/token --issuer-url URL --ca-file DIR/ca", issuer: true},
	{args: "verify -f DIR/token --jwks URL/openid/v1/jwks --ca-file DIR/ca", issuer: true},
	{args: "mint web"},
	{args: "discover"},
	{args: "discover -o jwks", data: true},
	{args: "discover --issuer-url URL --ca-file DIR/ca", issuer: true},
	{args: "explain"},
	{args: "explain -f DIR/token"},
	{args: "explain -f DIR/token --issuer-url URL --ca-file DIR/ca --repeat 2 -o json", data: true},
	{args: "explain -f DIR/token --each-server --endpoint URL"},
	{args: "explain -f DIR/token", only: "tokenreviews", learns: true},
	{args: "explain pod/x --exec", only: "/exec"},
	{args: "simulate -f DIR/token --authentication-config DIR/authentication.yaml", issuer: true},
	{args: "simulate -f DIR/bound --live --service-account-issuer https://cluster.example --service-account-key-file DIR/key"},
	{args: "simulate -f DIR/opaque --call-webhook --authentication-token-webhook-config-file DIR/webhook --authentication-token-webhook-version v1"},
	{args: "call URL/api -f DIR/token --ca-file DIR/ca --send-api-token", issuer: true, learns: true},
	{args: completes + " explain pod/"},
	{args: "explain -f DIR/token -o markdown -v=9"},
}

const completes = "__complete"

// spent is what a run of a command said and took.
type spent struct {
	Status   int
	Out, Err []byte
	Took     time.Duration
	// Memory is what the process has taken from the system by then, in bytes.
	Memory uint64
}

// attack runs the command lines that standard input lists, and writes a spent for each.
func attack() {
	var lines [][]string
	if err := json.NewDecoder(os.Stdin).Decode(&lines); err != nil {
		panic(err)
	}
	for _, args := range lines {
		var out, errs bytes.Buffer
		env := cmd.OS()
		env.In, env.Out, env.Err = strings.NewReader(""), &out, &errs
		// The real one takes what was spent.
		env.CloseOut = nil
		began := time.Now()
		s := spent{Status: cmd.Main(context.Background(), append([]string{"kubectl-authn"}, args...), env)}
		s.Took, s.Out, s.Err = time.Since(began), out.Bytes(), errs.Bytes()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		s.Memory = m.Sys
		if err := json.NewEncoder(os.Stdout).Encode(s); err != nil {
			panic(err)
		}
	}
}

// Whatever a server does, each command ends in time, says little, takes little memory, prints
// no secret and nothing that a terminal acts on, and never says yes where nothing was learnt.
func TestHostileServers(t *testing.T) {
	kinds := attacker.Kinds()
	if len(kinds) < 50 || len(attackedCommands) < 15 {
		t.Fatalf("%d kinds of bad answers and %d commands", len(kinds), len(attackedCommands))
	}
	var mu sync.Mutex
	var most spent
	output := 0
	began := time.Now()
	work := make(chan attacker.Kind)
	var workers sync.WaitGroup
	// Most of them wait most of the time.
	for range 8 * runtime.NumCPU() {
		workers.Go(func() {
			for kind := range work {
				for _, s := range under(t, kind) {
					mu.Lock()
					most.Took, most.Memory, output = max(most.Took, s.Took), max(most.Memory, s.Memory), max(output, len(s.Out)+len(s.Err))
					mu.Unlock()
				}
			}
		})
	}
	for _, kind := range kinds {
		work <- kind
	}
	close(work)
	workers.Wait()
	t.Logf("%d kinds of bad answers, %d commands in %s; at most %s, %d bytes of output, %d MiB of memory",
		len(kinds), len(attackedCommands), time.Since(began).Round(time.Millisecond), most.Took.Round(time.Millisecond), output, most.Memory>>20)
}

// under runs all commands, in a process of their own, against servers of a kind.
func under(t *testing.T, kind attacker.Kind) []spent {
	folder, err := os.MkdirTemp("", "hostile")
	if err != nil {
		t.Error(err)
		return nil
	}
	defer os.RemoveAll(folder)
	executable, err := os.Executable()
	if err != nil {
		t.Error(err)
		return nil
	}
	environment := append(os.Environ(), "HOME="+folder, "USERPROFILE="+folder, "KUBECONFIG=", "KUBERNETES_SERVICE_HOST=", "NO_PROXY=")
	var lines [][]string
	var servers []*attacker.Server
	var tokens []string
	for i, c := range attackedCommands {
		server, err := attacker.New(kind, c.only)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer server.Close()
		url := server.URL()
		if kind.Proxy != "" && c.issuer {
			// Nobody asks a proxy of the environment for an address of this machine.
			url = "https://" + attacker.Host
			environment = append(environment, "HTTPS_PROXY="+server.ProxyURL())
		}
		dir := filepath.Join(folder, fmt.Sprint(i))
		token, err := prepare(dir, c.args, url, server)
		if err != nil {
			t.Error(err)
			return nil
		}
		args := strings.Fields(strings.NewReplacer("URL", url, "DIR", dir).Replace(c.args))
		args = slices.Insert(args, 1, "--request-timeout=200ms", "--kubeconfig="+filepath.Join(dir, "kubeconfig"))
		lines, servers, tokens = append(lines, args), append(servers, server), append(tokens, token)
	}
	input, err := json.Marshal(lines)
	if err != nil {
		t.Error(err)
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*mostTime)
	defer cancel()
	process := exec.CommandContext(ctx, executable)
	process.Args = []string{"attack"}
	process.Env, process.WaitDelay = environment, time.Second
	process.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	process.Stdout, process.Stderr = &stdout, &stderr
	failure := process.Run()
	var results []spent
	for decoder := json.NewDecoder(&stdout); ; {
		var s spent
		if err := decoder.Decode(&s); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Errorf("%s: %v", kind.Name, err)
			break
		}
		results = append(results, s)
	}
	if failure != nil || len(results) != len(lines) {
		after := attackedCommands[min(len(results), len(lines)-1)]
		t.Errorf("%s: %s: %v, %v\n%.4000s", kind.Name, after.args, failure, ctx.Err(), stderr.String())
	}
	for i, s := range results {
		hold(t, kind, attackedCommands[i], s, tokens[i])
		if leaks := servers[i].Leaks(); len(leaks) > 0 {
			t.Errorf("%s: %s: %q", kind.Name, attackedCommands[i].args, leaks)
		}
		// What is written past the command's own streams, such as Go's own log, is in no order.
		noSecret(t, kind.Name+": standard error", stderr.String(), tokens[i])
	}
	return results
}

// hold holds a run against what is true of all.
func hold(t *testing.T, kind attacker.Kind, c attacked, s spent, token string) {
	name, shown := kind.Name+": "+c.args, string(s.Out)+string(s.Err)
	completion := strings.HasPrefix(c.args, completes)
	switch {
	case s.Status < 0 || s.Status > 3:
		t.Errorf("%s: exit status %d\n%.2000s", name, s.Status, shown)
	case s.Status == 0 && !kind.Learns && !c.learns && !completion:
		t.Errorf("%s: a yes\n%.2000s", name, shown)
	case s.Status != 0 && shown == "":
		t.Errorf("%s: exit status %d, and no word of why", name, s.Status)
	case strings.Contains(shown, "this is a bug"):
		t.Errorf("%s: %.4000s", name, shown)
	}
	if s.Took > mostTime {
		t.Errorf("%s: it took %s", name, s.Took)
	}
	if len(shown) > mostData || !c.data && len(shown) > mostOutput {
		t.Errorf("%s: %d bytes of output\n%.1000s", name, len(shown), shown)
	}
	if s.Memory > mostMemory {
		t.Errorf("%s: %d MiB of memory", name, s.Memory>>20)
	}
	if !utf8.ValidString(shown) {
		t.Errorf("%s: what it prints is no UTF-8", name)
	}
	// What is no UTF-8 may be shown as the character that stands for it.
	harmful := func(r rune) bool {
		return r != '\n' && r != utf8.RuneError && !(completion && r == '\t') && dangerous(r)
	}
	if i := strings.IndexFunc(shown, harmful); i >= 0 {
		t.Errorf("%s: it prints %q", name, shown[max(0, i-100):min(len(shown), i+100)])
	}
	noSecret(t, name, shown, token)
}

func noSecret(t *testing.T, name, shown, token string) {
	for _, secret := range []string{attacker.CallerToken, token[strings.LastIndex(token, ".")+1:], base64.StdEncoding.EncodeToString([]byte(attacker.CallerToken))} {
		if i := strings.Index(shown, secret); i >= 0 {
			t.Errorf("%s: a secret is printed: %q", name, shown[max(0, i-200):min(len(shown), i+200)])
		}
	}
}

// prepare writes what a command line needs into a folder, and returns the token under test.
func prepare(dir, args, url string, server *attacker.Server) (string, error) {
	now := time.Now().Unix()
	token := attacker.Token(map[string]any{"iss": url, "sub": "jane", "aud": []string{"authn"}, "iat": now, "exp": now + 600})
	bound := attacker.Token(map[string]any{"iss": "https://cluster.example", "sub": "system:serviceaccount:default:web", "aud": []string{"https://cluster.example"}, "iat": now, "nbf": now, "exp": now + 600,
		"kubernetes.io": map[string]any{"namespace": "default", "serviceaccount": map[string]any{"name": "web", "uid": "u"}, "pod": map[string]any{"name": "x", "uid": "u"}}})
	ca, proxy := server.CA(), ""
	if server.Proxy != "" {
		proxy = fmt.Sprintf(", proxy-url: %q", server.ProxyURL())
	}
	config := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: k, cluster: {server: %q, certificate-authority-data: %s%s}}]\nusers: [{name: u, user: {token: %s}}]\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n",
		server.URL(), base64.StdEncoding.EncodeToString(ca), proxy, attacker.CallerToken)
	authentication := fmt.Sprintf("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: %q, audiences: [authn], certificateAuthority: %q}\n  claimMappings: {username: {claim: sub, prefix: 'x:'}}\n", url, ca)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for name, content := range map[string]string{
		"kubeconfig": config, "webhook": config, "token": token, "bound": bound, "opaque": "canary-opaque-0123456789", "ca": string(ca), "key": string(attacker.Key()), "authentication.yaml": authentication,
	} {
		if name != "kubeconfig" && !strings.Contains(args, "DIR/"+name) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return token, nil
}

// Among the kinds are those in which a program without bounds would hang.
func TestHostileKinds(t *testing.T) {
	var names []string
	for _, k := range attacker.Kinds() {
		if k.Name == "" || slices.Contains(names, k.Name) {
			t.Errorf("the name %q is there twice, or none", k.Name)
		}
		names = append(names, k.Name)
	}
	for _, name := range []string{"101 and silence", "silent before TLS", "a header that drips", "a body that drips", "a proxy that is silent", "a SOCKS proxy that stops", "HTTP/2 with PING alone"} {
		if !slices.Contains(names, name) {
			t.Errorf("%q is not among the kinds", name)
		}
	}
}
