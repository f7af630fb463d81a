// Package parties_test tries the built program with those that it works beside: proxies that ask `serve`, and
// programs that are handed a token. They come as packages or as modules of their own, and none is a dependency of the product.
package parties_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	issuer   = "https://kubernetes.default.svc.cluster.local"
	audience = "reports"
)

// program is the path of a program that `make test-parties` names in the environment. A test without it fails: none skips itself.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set: run `make test-parties`", variable)
	}
	return path
}

// signer issues tokens as a control plane would, and writes its key set.
type signer struct {
	sign jose.Signer
	jwks string
}

func newSigner(t *testing.T) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "ES256", Use: "sig"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, set, 0o600); err != nil {
		t.Fatal(err)
	}
	return &signer{sign, path}
}

// token is a ServiceAccount token for apps/web that is valid for an hour. Members of change replace its claims.
func (s *signer) token(t *testing.T, change map[string]any) string {
	t.Helper()
	now := time.Now()
	claims := map[string]any{
		"iss": issuer, "aud": []string{audience}, "sub": "system:serviceaccount:apps:web", "jti": "6c1fd8a5-3c5d-4a84-8df6-2a1e5a9f5f1d",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{"namespace": "apps", "serviceaccount": map[string]any{"name": "web", "uid": "2d0b1a0c-5f0a-44b5-9f0f-7f4e3f0d9a51"}},
	}
	for name, value := range change {
		claims[name] = value
	}
	token, err := jwt.Signed(s.sign).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// freePort is a port of loopback on which nothing listened a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// log is what a program printed, for a test that failed.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start runs a program until the test ends, and waits until something listens on address.
func start(t *testing.T, address string, cmd *exec.Cmd) *log {
	t.Helper()
	out := &log{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			cmd.Process.Kill()
			t.Errorf("%s did not end after SIGTERM", filepath.Base(cmd.Path))
		}
		if t.Failed() {
			t.Logf("%s printed:\n%s", filepath.Base(cmd.Path), out)
		}
	})
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended at once: %v\n%s", filepath.Base(cmd.Path), err, out)
		default:
		}
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			conn.Close()
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen on %s\n%s", filepath.Base(cmd.Path), address, out)
		}
	}
}

// decisions is a running `serve`.
type decisions struct {
	address string
	log     *log
}

// serve starts `serve` with the keys of s. It reads nothing of the user who runs the tests.
func serve(t *testing.T, s *signer, args ...string) decisions {
	t.Helper()
	address := freePort(t)
	all := append([]string{"serve", "--mode", "keys", "--jwks", s.jwks, "--audience", audience,
		"--listen", address, "--health-listen", freePort(t)}, args...)
	cmd := exec.Command(program(t, "AUTHN_BIN"), all...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	return decisions{address, start(t, address, cmd)}
}

// backend is the application behind a proxy. It answers with the headers that reached it.
func backend(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Test-Path", r.URL.Path)
		json.NewEncoder(w).Encode(r.Header)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// answer is what a client of a proxy was told, and the headers that reached the backend, nil if none did.
type answer struct {
	status  int
	header  http.Header
	body    string
	reached http.Header
}

// get asks a proxy for path, which is sent as it is written, with headers given as name, value, name, value.
func get(t *testing.T, address, path string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+address, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = "//" + address + path
	for i := 0; i < len(headers); i += 2 {
		req.Header[headers[i]] = append(req.Header[headers[i]], headers[i+1])
	}
	client := http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(body)}
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &a.reached); err != nil {
			t.Fatalf("the backend did not answer: %v: %.200s", err, body)
		}
	}
	return a
}
