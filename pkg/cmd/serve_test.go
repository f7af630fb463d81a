package cmd

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// serving runs serve until the test ends with the variables of vars, and returns what it prints and its exit status.
func serving(t *testing.T, ctx context.Context, vars map[string]string, args ...string) (int, string) {
	t.Helper()
	env, _, _ := world(t, strings.NewReader(""))
	getenv := env.Getenv
	env.Getenv = func(name string) string {
		if value, ok := vars[name]; ok {
			return value
		}
		return getenv(name)
	}
	errs := &served{}
	env.Err = errs
	status := Main(ctx, append([]string{"kubectl-authn", "serve"}, args...), env)
	return status, errs.String()
}

// served is a stream that a test reads while it is written.
type served struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *served) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *served) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func TestServeRejectsFlags(t *testing.T) {
	nowhere(t)
	keys := file(t, "keys.json", `{"keys": []}`)
	for _, c := range []struct {
		args []string
		vars map[string]string
		want string
	}{
		{nil, nil, "error: no audience was given, and any token would pass\nhint: name the audience of your service with --audience"},
		{[]string{"--audience", ""}, nil, "error: --audience is empty"},
		{[]string{"--audience", "a", "--mode", "key"}, nil, `error: --mode "key" is not review, keys, discovery or review+keys`},
		{[]string{"--audience", "a", "--mode", "keys"}, nil, "error: --mode keys needs keys\nhint: name them with --jwks or --public-key"},
		{[]string{"--audience", "a", "--mode", "keys", "--jwks", keys}, nil, "has no key"},
		{[]string{"--audience", "a", "--mode", "keys", "--jwks", "missing.json"}, nil, "missing.json"},
		{[]string{"--audience", "a", "--mode", "discovery"}, nil, "error: --mode discovery needs --issuer-url"},
		{[]string{"--audience", "a", "--mode", "discovery", "--issuer-url", "http://issuer.example"}, nil, "error: --issuer-url is a plain http URL"},
		{[]string{"--audience", "a", "--jwks", keys}, nil, "error: --jwks and --public-key need --mode keys or review+keys"},
		{[]string{"--audience", "a", "--issuer-url", "https://issuer.example"}, nil, "error: --issuer-url has no effect with --mode review"},
		{[]string{"--audience", "a", "--api-server-audience"}, nil, "error: --audience has no effect beside --api-server-audience or --any-audience"},
		{[]string{"--any-audience"}, nil, "error: --any-audience needs --mode keys or discovery"},
		{[]string{"--mode", "keys", "--jwks", keys, "--api-server-audience"}, nil, "error: --api-server-audience needs --mode review or review+keys"},
		{[]string{"--audience", "a", "--success-status", "201"}, nil, "error: --success-status 201 is not 200, 202 or 204"},
		{[]string{"--audience", "a", "--reason", "all"}, nil, `error: --reason "all" is not code, text or none`},
		{[]string{"--audience", "a", "--allow", "shop"}, nil, `error: --allow "shop" is not NAMESPACE/SERVICEACCOUNT`},
		{[]string{"--audience", "a", "--user-rewrite", "("}, nil, `error: --user-rewrite "(" is not REGEXP=REPLACEMENT`},
		{[]string{"--audience", "a", "--user-rewrite", "(=a"}, nil, `error: --user-rewrite "(=a" is not REGEXP=REPLACEMENT`},
		{[]string{"--audience", "a", "--skip-path", "public"}, nil, `error: --skip-path "public" is not a path such as /public`},
		{[]string{"--audience", "a", "--skip-path", "/a/../b"}, nil, `is not a path such as /public`},
		{[]string{"--audience", "a", "--cache-ttl", "-1s"}, nil, "error: --cache-ttl -1s is too short"},
		{[]string{"--audience", "a", "--review-timeout", "0s"}, nil, "error: --review-timeout 0s is too short"},
		{[]string{"--audience", "a", "--max-reviews", "0"}, nil, "error: --max-reviews 0 is not a positive number"},
		{[]string{"--audience", "a", "--tls-cert", keys}, nil, "error: --tls-cert and --tls-key belong together"},
		{[]string{"--audience", "a", "--client-ca", keys}, nil, "error: --tls-cert and --tls-key belong together"},
		{[]string{"--audience", "a", "--from-env", "oauth2-proxy"}, nil, `error: --from-env "oauth2-proxy" is not authservice`},
		{[]string{"--any-audience", "--mode", "discovery", "--issuer-url", "https://issuer.example", "--listen", "8080"}, nil, `error: --listen "8080" is not an address such as 127.0.0.1:8080 or :8080`},
		{[]string{"--audience", "a", "web"}, nil, "error: "},
		{[]string{"--from-env", "authservice"}, map[string]string{"GROUPS_ALLOWLIST": "admins"}, "error: the environment variable GROUPS_ALLOWLIST restricts who may pass, and serve cannot apply it"},
		{[]string{"--from-env", "authservice"}, map[string]string{"EXTERNAL_AUTHZ_URL": "http://a"}, "error: the environment variable EXTERNAL_AUTHZ_URL restricts"},
		{[]string{"--from-env", "authservice"}, map[string]string{"KUBERNETES_AUTHN_ENABLED": "false"}, "error: the environment variable KUBERNETES_AUTHN_ENABLED restricts"},
		{[]string{"--from-env", "authservice"}, map[string]string{"AUTH_HEADER": "X-Token"}, "error: the environment variable AUTH_HEADER restricts"},
		{[]string{"--from-env", "authservice"}, map[string]string{"USERID_TRANSFORMERS": "x"}, "error: the environment variable USERID_TRANSFORMERS: it is not a JSON list"},
		{[]string{"--from-env", "authservice"}, map[string]string{"CACHE_ENABLED": "true", "CACHE_EXPIRATION_MINUTES": "x"}, "error: the environment variable CACHE_EXPIRATION_MINUTES has no value that --cache-ttl takes"},
	} {
		status, errs := serving(t, t.Context(), c.vars, c.args...)
		if status != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%q: status %d\n%s\nwant %s", c.args, status, errs, c.want)
		}
	}
}

// An AuthService is replaced with its own variables.
func TestServeFromEnvironment(t *testing.T) {
	nowhere(t)
	whole := signed(object{"iss": "https://kubernetes.default.svc", "aud": []string{"a"}, "sub": "system:serviceaccount:shop:web", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "web", "uid": "1"}}})
	keys := file(t, "keys.json", asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k", Algorithm: "ES256"}}}))
	free := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		return port
	}
	port, ready := free(), free()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		status, errs := serving(t, ctx, map[string]string{
			"SERVER_HOSTNAME": "127.0.0.1", "SERVER_PORT": port, "READINESS_PROBE_PORT": ready, "AUDIENCES": "a, https://kubernetes.default.svc", "USERID_HEADER": "x-user", "USERID_PREFIX": "k8s/",
			"USERID_TRANSFORMERS": `[{"matches": "^system:serviceaccount:", "replaces": ""}]`, "SKIP_AUTH_URLS": "/public,/health", "CLIENT_SECRET": "secret-of-the-client",
		}, "--from-env", "authservice", "--mode", "keys", "--jwks", keys)
		if status != exitYes {
			t.Errorf("status %d", status)
		}
		ended <- errs
	}()
	get := func(path, bearer string) *http.Response {
		r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			answer, err := http.DefaultClient.Do(r)
			if err == nil {
				answer.Body.Close()
				return answer
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
		}
	}
	if r := get("/public/a", ""); r.StatusCode != 200 || r.Header.Get("X-User") != "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r := get("/healthz", ""); r.StatusCode != 401 {
		t.Errorf("%d", r.StatusCode)
	}
	if r := get("/", whole); r.StatusCode != 200 || !regexp.MustCompile(`^k8s/[a-z-]+:[a-z-]+$`).MatchString(r.Header.Get("X-User")) {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	stop()
	errs := <-ended
	if !strings.Contains(errs, "note: the environment variable CLIENT_SECRET has no effect") || strings.Contains(errs, "secret-of-the-client") {
		t.Error(errs)
	}
	if signature := whole[strings.LastIndex(whole, ".")+1:]; strings.Contains(errs, signature) {
		t.Error("the log has the token's signature")
	}
}
