package cmd

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/schema"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

type object = map[string]any

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func asJSON(v any) string { return string(must(json.Marshal(v))) }

// ran is the result of a command line.
type ran struct {
	status   int
	out, err string
}

// world is the environment of a command, with only the real file system.
func world(t *testing.T, stdin io.Reader) (Env, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	out, errs := &bytes.Buffer{}, &bytes.Buffer{}
	return Env{
		In: stdin, Out: out, Err: errs,
		Getenv: func(string) string { return "" }, Now: time.Now,
		Terminal:    func() (int, bool) { return 0, false },
		ErrTerminal: func() (int, bool) { return 0, false },
		Interactive: func() bool { return false },
		Open:        func(name string) (io.ReadCloser, error) { return os.Open(name) },
		Stat:        os.Stat,
	}, out, errs
}

func run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	env, out, errs := world(t, strings.NewReader(stdin))
	status := Main(t.Context(), append([]string{"kubectl-authn"}, args...), env)
	if _, err := must(schemas()).Output(out.String()); err != nil {
		t.Errorf("%q prints what its schema does not know: %v", args, err)
	}
	return ran{status, out.String(), errs.String()}
}

// schemas validate each object that a command prints.
var schemas = sync.OnceValues(func() (schema.Set, error) { return schema.Load("../../docs/schemas") })

// nowhere is an environment without a cluster.
func nowhere(t *testing.T) {
	t.Helper()
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
}

func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// jwt is a token with these claims and an invalid signature.
func jwt(claims object) string {
	encode := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	return encode(object{"alg": "ES256", "kid": "k"}) + "." + encode(claims) + "." + signature
}

var signature = base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte("sig!"), 16))

// api is an API server that accepts some tokens and rejects all others.
type api struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []string
	users map[string]string
	// reviews reports that the caller may create TokenReviews.
	reviews bool
	// before runs before an answer; if it returns true, the request is done.
	before func(w http.ResponseWriter, r *http.Request) bool
}

func newAPI(t *testing.T, users map[string]string) *api {
	t.Helper()
	a := &api{users: users, reviews: true}
	a.Server = httptest.NewUnstartedServer(a)
	a.Config.ErrorLog = log.New(io.Discard, "", 0)
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	a.seen = append(a.seen, r.Method+" "+r.URL.Path)
	a.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if a.before != nil && a.before(w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Audit-Id", "an-id")
	answer := func(code int, body any) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, asJSON(body))
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	user, known := a.users[bearer]
	var posted struct {
		Kind string
		Spec struct{ Token string }
	}
	_ = json.Unmarshal(body, &posted)
	switch {
	case bearer == "":
		answer(403, object{"kind": "Status", "reason": "Forbidden", "message": `x is forbidden: User "system:anonymous" cannot`})
	case !known:
		answer(401, object{"kind": "Status", "reason": "Unauthorized", "message": "Unauthorized"})
	case posted.Kind == "SelfSubjectReview":
		answer(201, object{"kind": "SelfSubjectReview", "status": object{"userInfo": object{"username": user, "groups": []string{"system:authenticated"}}}})
	case posted.Kind == "TokenReview" && !a.reviews:
		answer(403, object{"kind": "Status", "reason": "Forbidden", "message": `User "` + user + `" cannot create resource "tokenreviews"`})
	case posted.Kind == "TokenReview" && a.users[posted.Spec.Token] != "":
		answer(201, object{"kind": "TokenReview", "spec": object{"token": posted.Spec.Token}, "status": object{"authenticated": true, "user": object{"username": a.users[posted.Spec.Token], "groups": []string{"system:authenticated"}}}})
	case posted.Kind == "TokenReview":
		answer(201, object{"kind": "TokenReview", "spec": object{"token": posted.Spec.Token}, "status": object{"error": "invalid bearer token"}})
	case posted.Kind == "TokenRequest":
		answer(201, object{"kind": "TokenRequest", "status": object{"token": jwt(object{"aud": []string{"a"}, "iat": 1, "exp": 601})}})
	case r.URL.Path == "/version":
		answer(200, object{"gitVersion": "v1.36.3"})
	default:
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		answer(404, object{"kind": "Status", "reason": "NotFound", "message": name + " not found", "details": object{"name": name}})
	}
}

func (a *api) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.seen...)
}

// as writes a kubeconfig for a user of this server, and sets KUBECONFIG to it.
func (a *api) as(t *testing.T, user object) {
	t.Helper()
	nowhere(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	t.Setenv("KUBECONFIG", file(t, "kubeconfig", asJSON(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": []object{{"name": "k", "cluster": object{"server": a.URL, "certificate-authority-data": base64.StdEncoding.EncodeToString(ca)}}},
		"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
		"users":    []object{{"name": "u", "user": user}},
	})))
}

// The meaning of each status (contract, section 3), for each command.
func TestExitStatuses(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"})
	a.as(t, object{"token": "admin-token"})
	gone := newAPI(t, nil)
	gone.Close()
	unreachable := func(t *testing.T) { gone.as(t, object{"token": "admin-token"}) }
	forbidden := newAPI(t, map[string]string{"nobodys-token": "nobody", "janes-token": "jane"})
	forbidden.reviews = false
	asNobody := func(t *testing.T) { forbidden.as(t, object{"token": "nobodys-token"}) }
	whole := jwt(object{"iss": "a", "exp": 1})
	keys := file(t, "keys.json", `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k"}]}`)

	for name, c := range map[string]struct {
		before func(*testing.T)
		stdin  string
		args   []string
		want   int
	}{
		"help":                             {args: nil, want: 0},
		"inspect":                          {args: []string{"inspect", whole}, want: 0},
		"inspect of half a token":          {args: []string{"inspect", whole[:len(whole)-20]}, want: 0},
		"inspect of nothing":               {args: []string{"inspect", "-"}, want: 3},
		"inspect of a binary":              {stdin: "\x00\x01", args: []string{"inspect", "-"}, want: 3},
		"inspect of a deleted Secret":      {args: []string{"inspect", "secret/gone"}, want: 3},
		"inspect of a Secret, unreachable": {before: unreachable, args: []string{"inspect", "secret/x"}, want: 2},
		"review, yes":                      {args: []string{"review", "janes-token"}, want: 0},
		"review, no":                       {args: []string{"review", "other"}, want: 1},
		"review, forbidden":                {before: asNobody, args: []string{"review", "janes-token"}, want: 2},
		"review, unreachable":              {before: unreachable, args: []string{"review", "janes-token"}, want: 2},
		"review of nothing":                {args: []string{"review", ""}, want: 3},
		"explain, accepted":                {args: []string{"explain", "janes-token"}, want: 0},
		"explain, accepted, as nobody":     {before: asNobody, args: []string{"explain", "janes-token"}, want: 0},
		"explain, rejected":                {args: []string{"explain", "other"}, want: 1},
		"explain, anonymous":               {args: []string{"explain", " "}, want: 1},
		"explain, unsendable":              {args: []string{"explain", "a\nb"}, want: 2},
		"explain, unreachable":             {before: unreachable, args: []string{"explain", "janes-token"}, want: 2},
		"explain, an audience that the caller may not ask about": {before: asNobody, args: []string{"explain", "janes-token", "--audience", "vault"}, want: 2},
		"explain, no kubeconfig":                                 {before: nowhere, args: []string{"explain", "janes-token"}, want: 2},
		"verify, malformed":                                      {args: []string{"verify", "a.b", "--jwks", keys}, want: 1},
		"verify, another key":                                    {args: []string{"verify", whole, "--jwks", keys}, want: 1},
		"verify, no key":                                         {args: []string{"verify", whole}, want: 3},
		"verify, no key file":                                    {args: []string{"verify", whole, "--jwks", "/nowhere/keys"}, want: 3},
		"verify, the cluster has no keys":                        {args: []string{"verify", whole, "--from-cluster"}, want: 2},
		"discover, unreachable":                                  {before: unreachable, args: []string{"discover"}, want: 2},
		"discover, an issuer unreachable":                        {args: []string{"discover", "--issuer-url", gone.URL}, want: 2},
		"mint":                                                   {args: []string{"mint", "robot"}, want: 0},
		"mint, unreachable":                                      {before: unreachable, args: []string{"mint", "robot"}, want: 2},
		"mint, no argument":                                      {args: []string{"mint"}, want: 3},
		"mint, a minute":                                         {args: []string{"mint", "robot", "--duration", "-1m"}, want: 3},
		"findings":                                               {args: []string{"findings"}, want: 0},
		"findings, one":                                          {args: []string{"findings", "token-expired"}, want: 0},
		"findings, an unknown ID":                                {args: []string{"findings", "no-such-thing"}, want: 3},
		"version":                                                {args: []string{"version"}, want: 0},
		"an unknown command":                                     {args: []string{"inspct"}, want: 3},
		"an unknown flag":                                        {args: []string{"inspect", "--no-such-flag"}, want: 3},
		"an unknown format":                                      {args: []string{"inspect", "a", "-o", "xml"}, want: 3},
		"an unknown colour":                                      {args: []string{"inspect", "a", "--color", "green"}, want: 3},
		"two credentials":                                        {args: []string{"inspect", "a", "b"}, want: 3},
		"a file and a credential":                                {args: []string{"inspect", "a", "-f", "b"}, want: 3},
		"an invalid timeout":                                     {args: []string{"explain", "a", "--request-timeout", "soon"}, want: 3},
		"an audience that is empty":                              {args: []string{"review", "a", "--audience", ""}, want: 3},
		"a missing kubeconfig":                                   {args: []string{"explain", "a", "--kubeconfig", "/nowhere/kubeconfig"}, want: 3},
		"a missing context":                                      {args: []string{"explain", "--context", "gone"}, want: 3},
	} {
		t.Run(name, func(t *testing.T) {
			if c.before != nil {
				c.before(t)
			}
			got := run(t, c.stdin, c.args...)
			if got.status != c.want {
				t.Errorf("status %d, want %d\n%s%s", got.status, c.want, got.out, got.err)
			}
			if got.status == 3 && got.out != "" {
				t.Errorf("wrong usage, and standard output has %q", got.out)
			}
			holdErrors(t, got.err)
			for _, asked := range append(a.requests(), forbidden.requests()...) {
				if !strings.HasPrefix(asked, "GET ") && !strings.HasSuffix(asked, "reviews") && !strings.HasSuffix(asked, "/token") {
					t.Errorf("the server was asked %s", asked)
				}
			}
			if strings.Contains(got.out+got.err, "admin-token") || strings.Contains(got.out+got.err, signature) && c.args[0] != "mint" {
				t.Errorf("a secret is printed:\n%s%s", got.out, got.err)
			}
		})
	}
}

// holdErrors checks what holds for all errors: a fact in lower case on one line, hints on their own lines.
func holdErrors(t *testing.T, errs string) {
	t.Helper()
	n := 0
	for line := range strings.Lines(errs) {
		line = strings.TrimSuffix(line, "\n")
		text, isError := strings.CutPrefix(line, "error: ")
		if isError {
			n++
			word, _, _ := strings.Cut(text, " ")
			// The name of an argument is in capitals, as in the usage line.
			if text == "" || text[:1] != strings.ToLower(text[:1]) && word != strings.ToUpper(word) || strings.HasSuffix(text, ".") {
				t.Errorf("the error is %q", line)
			}
		}
		if hint, ok := strings.CutPrefix(line, "hint: "); ok && (hint == "" || strings.HasSuffix(hint, ".")) {
			t.Errorf("the hint is %q", line)
		}
	}
	if n > 1 {
		t.Errorf("%d errors:\n%s", n, errs)
	}
}

func TestFinish(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"nothing":       {nil, 0, ""},
		"a no":          {statusError(1), 1, ""},
		"no cluster":    {undecided(errors.New("dial tcp 127.0.0.1:8080: connect: connection refused")), 2, "error: dial tcp 127.0.0.1:8080: connect: connection refused\nhint: kubectl connects to localhost:8080 if no kubeconfig names a cluster: set --kubeconfig or KUBECONFIG\n"},
		"usage":         {usage(errors.New("it is wrong")).hint(finding.T("do it right")), 3, "error: it is wrong\nhint: do it right\n"},
		"undecided":     {undecided(errors.New("nobody answers")), 2, "error: nobody answers\n"},
		"two sentences": {usage(errors.New("one.\nsecret\ntwo.")), 3, "error: one\n"},
		"raw":           {usage(errors.New("a\x1b[31mb")), 3, "error: a\\u001b[31mb\n"},
		"a token":       {usage(errors.New("no file " + jwt(object{"a": 1}))), 3, "error: no file REDACTED\n"},
	} {
		var w bytes.Buffer
		if got := finish(&w, c.err); got != c.status || w.String() != c.want {
			t.Errorf("%s: %d, %q", name, got, w.String())
		}
	}
}

// On a busy machine, the time limit may expire before a handshake.
var slowly = regexp.MustCompile(`^error: the API server did not review the token: no (answer|TLS handshake|connection) in time\n$`)

// A file that a kubeconfig names is not read if it has no end or would fill the memory.
func TestFilesWithoutEnd(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	large := file(t, "large", "")
	if err := os.Truncate(large, 5<<20); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"/dev/zero": "the file is a device, not a file", large: "the file is larger than 4 MiB"} {
		for what, user := range map[string]object{
			"tokenFile":          {"tokenFile": name},
			"client-certificate": {"client-certificate": name, "client-key": file(t, "key", "")},
		} {
			a.as(t, user)
			for _, c := range []struct {
				args   []string
				status int
			}{{[]string{"explain"}, 2}, {[]string{"review"}, 2}, {[]string{"discover"}, 3}, {[]string{"mint", "robot"}, 3}, {[]string{"inspect", "pod/web"}, 3}} {
				got := run(t, "", c.args...)
				if got.status != c.status || !strings.Contains(unwrapped(got.out+got.err), want) {
					t.Errorf("%s %s: %q: %d\n%s%s", what, name, c.args, got.status, got.out, got.err)
				}
			}
		}
	}
}

// The timeout, or Ctrl-C immediately, stops the wait for a silent server.
func TestServerThatNeverAnswers(t *testing.T) {
	arrived := make(chan struct{}, 100)
	a := newAPI(t, nil)
	a.before = func(_ http.ResponseWriter, r *http.Request) bool {
		arrived <- struct{}{}
		<-r.Context().Done()
		return true
	}
	a.as(t, object{"token": "admin-token"})
	if got := run(t, "", "explain", "janes-token", "--request-timeout", "50ms"); got.status != 2 || !strings.Contains(got.out, "api-server-unreachable") {
		t.Errorf("explain: %d\n%s%s", got.status, got.out, got.err)
	}
	if got := run(t, "", "review", "janes-token", "--request-timeout", "50ms"); got.status != 2 || !slowly.MatchString(got.err) {
		t.Errorf("review: %d\n%s%s", got.status, got.out, got.err)
	}
	for len(arrived) > 0 {
		<-arrived
	}
	for _, args := range [][]string{{"explain", "janes-token"}, {"review", "janes-token"}, {"discover"}, {"mint", "robot"}, {"inspect", "secret/x"}, {"discover", "--issuer-url", a.URL}} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-arrived
			cancel()
		}()
		env, out, errs := world(t, strings.NewReader(""))
		if strings.Contains(strings.Join(args, " "), "--issuer-url") {
			args = append(args, "--ca-file", file(t, "ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}))))
		}
		if status := Main(ctx, append([]string{"kubectl-authn"}, args...), env); status != 2 || !strings.HasPrefix(errs.String(), "error: stopped") || out.Len() > 0 {
			t.Errorf("%q: %d\n%s%s", args, status, out, errs)
		}
		for len(arrived) > 0 {
			<-arrived
		}
	}
}

func TestRequestTimeout(t *testing.T) {
	for written, want := range map[string]time.Duration{
		"": 10 * time.Second, "3s": 3 * time.Second, "3": 3 * time.Second, "1m30s": 90 * time.Second, "0": 0, "500ms": 500 * time.Millisecond,
	} {
		env, _, _ := world(t, nil)
		s := newSession(env)
		root := newRoot(s)
		args := []string{"version"}
		if written != "" {
			args = append(args, "--request-timeout", written)
		}
		root.SetArgs(args)
		root.SetOut(io.Discard)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if got, err := s.connector.timeout(); err != nil || got != want {
			t.Errorf("%q is %s, %v", written, got, err)
		}
	}
	for _, bad := range []string{"soon", "-1s", "-5", "1h30"} {
		if got := run(t, "", "explain", "a", "--request-timeout", bad); got.status != 3 || !strings.HasPrefix(got.err, "error: --request-timeout ") {
			t.Errorf("%q: %d, %s", bad, got.status, got.err)
		}
	}
}

// A panic reports its position and not the input.
func TestPanicsDoNotPrintInput(t *testing.T) {
	for _, args := range [][]string{{"inspect", "-"}, verifyLines(jwks(t))[1:]} {
		env, out, errs := world(t, nil)
		env.In = readerFunc(func([]byte) (int, error) { panic("hunter2") })
		if status := Main(t.Context(), append([]string{"kubectl-authn"}, args...), env); status != 2 {
			t.Errorf("%q: status %d", args, status)
		}
		if text := errs.String() + out.String(); !strings.HasPrefix(text, "error: this is a bug") || strings.Contains(text, "hunter2") || !strings.Contains(text, "run_test.go") {
			t.Errorf("%q: %s", args, text)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A plugin whose token is rejected runs once, because each run may ask the user to log in.
func TestPluginRunsOnceWhenRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the plugin is a shell script")
	}
	runs := filepath.Join(t.TempDir(), "runs")
	plugin := file(t, "plugin", "#!/bin/sh\necho >> "+runs+"\n"+`echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"refused"}}'`+"\n")
	a := newAPI(t, nil)
	a.as(t, object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": plugin}})
	got := run(t, "", "explain", "-o", "json")
	if got.status != 1 || !strings.Contains(got.out, `"verdict": "Rejected"`) {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
	if data := must(os.ReadFile(runs)); len(data) != 1 {
		t.Errorf("the plugin ran %d times", len(data))
	}
}

// The credential of a plugin is used again, including a certificate and its key, and the caller's impersonation is
// kept.
func TestProducedCredentialIsUsedAgain(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "jane"}, NotAfter: time.Now().Add(time.Hour)}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	certificate := must(credential.FromTLS(&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}))
	config := produced(&rest.Config{Host: "https://api.example", Impersonate: rest.ImpersonationConfig{UserName: "root"}, ExecProvider: &clientcmdapi.ExecConfig{Command: "never-run"}},
		&credential.Credential{Certificate: certificate, Token: token.Parse("a")})
	if config.ExecProvider != nil || config.BearerToken != "a" || config.Impersonate.UserName != "root" {
		t.Errorf("%+v", config.Impersonate)
	}
	presented := must(must(rest.TLSConfigFor(config)).GetClientCertificate(&tls.CertificateRequestInfo{Version: tls.VersionTLS13}))
	if len(presented.Certificate) != 1 || !bytes.Equal(presented.Certificate[0], der) {
		t.Error("another certificate is presented")
	}
}

// A user without a kubeconfig reads that, instead of advice to check a network.
func TestDiscoverWithoutCluster(t *testing.T) {
	f := unreadable(&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("dial tcp 127.0.0.1:8080: connect: connection refused")}, "http://localhost:8080/x", finding.DiscoveryUnreachable)
	if !strings.HasPrefix(f.Detail.String(), "the API server cannot be reached: ") || !strings.Contains(f.Remedy[0].Description.String(), "KUBECONFIG") {
		t.Errorf("%+v", f)
	}
	f = unreadable(&evidence.Failure{Kind: evidence.Unreachable, Said: finding.T("dial tcp 192.0.2.1:443: i/o timeout")}, "https://api.example/x", finding.DiscoveryUnreachable)
	if strings.Contains(f.Remedy[0].Description.String(), "KUBECONFIG") {
		t.Errorf("%+v", f)
	}
}
