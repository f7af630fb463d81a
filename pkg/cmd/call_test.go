package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// forWeb is a valid token with the audience web.
func forWeb(n int) string {
	return signed(object{"iss": "https://issuer.example", "aud": []string{"web"}, "sub": "system:serviceaccount:shop:cart", "jti": fmt.Sprint(n), "iat": time.Now().Unix() - 60, "exp": time.Now().Unix() + 3600,
		"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "cart", "uid": "1"}}})
}

// service answers with a status, and counts its requests.
type service struct {
	*httptest.Server
	status atomic.Int32
	asked  atomic.Int32
	tokens chan string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{tokens: make(chan string, 100)}
	s.status.Store(200)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.tokens <- strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Kubeflow-Userid", "system:serviceaccount:shop:cart")
		w.WriteHeader(int(s.status.Load()))
	}))
	t.Cleanup(s.Close)
	return s
}

// The meaning of each exit status, and what is never sent.
func TestCallStatuses(t *testing.T) {
	nowhere(t)
	s := newService(t)
	keep := file(t, "token", forWeb(1))
	aud := func(aud any) string {
		return signed(object{"iss": "https://issuer.example", "aud": aud, "exp": time.Now().Unix() + 3600})
	}
	legacy := signed(object{"iss": "kubernetes/serviceaccount", "kubernetes.io/serviceaccount/namespace": "a", "kubernetes.io/serviceaccount/secret.name": "s", "kubernetes.io/serviceaccount/service-account.name": "b"})
	for name, c := range map[string]struct {
		status int32
		args   []string
		want   int
		sent   bool
		says   string
	}{
		"200":           {200, []string{s.URL, "-f", keep}, 0, true, "✓ Accepted: status 200"},
		"299":           {299, []string{s.URL, "-f", keep}, 0, true, ""},
		"300":           {300, []string{s.URL, "-f", keep}, 2, true, "? Undecided"},
		"302":           {302, []string{s.URL, "-f", keep}, 2, true, "[service-redirected]"},
		"400":           {400, []string{s.URL, "-f", keep}, 2, true, "[service-failed]"},
		"401":           {401, []string{s.URL, "-f", keep}, 1, true, "✗ Rejected: the service rejected the token  [service-rejected]"},
		"402":           {402, []string{s.URL, "-f", keep}, 2, true, ""},
		"403":           {403, []string{s.URL, "-f", keep}, 1, true, "[service-denied]"},
		"404":           {404, []string{s.URL, "-f", keep}, 2, true, ""},
		"503":           {503, []string{s.URL, "-f", keep}, 2, true, ""},
		"no answer":     {200, []string{"http://127.0.0.1:1", "-f", keep}, 2, false, "[service-unreachable]"},
		"three calls":   {401, []string{s.URL, "-f", keep, "--count", "3", "--every", "1ms"}, 1, true, "call 3 at"},
		"no URL":        {200, nil, 3, false, "URL is missing"},
		"no credential": {200, []string{s.URL}, 3, false, "CREDENTIAL is missing"},
		"plain http":    {200, []string{"http://web.example", "-f", keep}, 3, false, "--plain-http"},
		"not a URL":     {200, []string{"web.example", "-f", keep}, 3, false, "not an https URL"},
		"a password":    {200, []string{"https://u:hunter2@web.example", "-f", keep}, 3, false, "user name or password"},
		"sa, no aud":    {200, []string{s.URL, "sa/cart"}, 3, false, "--audience is missing"},
		"sa cart":       {200, []string{s.URL, "sa", "cart"}, 3, false, "--audience is missing"},
		"aud absent":    {200, []string{s.URL, signed(object{"iss": "https://issuer.example"})}, 3, false, "names no audience"},
		"aud is iss":    {200, []string{s.URL, aud("https://issuer.example")}, 3, false, "its own issuer"},
		"aud known":     {200, []string{s.URL, aud([]string{"web", "https://kubernetes.default.svc"})}, 3, false, "usual audience"},
		"aud other":     {200, []string{s.URL, aud("https://other.example")}, 0, true, ""},
		"legacy":        {200, []string{s.URL, legacy}, 3, false, "token of a Secret"},
		"bootstrap":     {200, []string{s.URL, "abcdef.0123456789abcdef"}, 3, false, "bootstrap token"},
		"static":        {200, []string{s.URL, "31ada4fd-adec-460c-809a-9e56ceb75269"}, 3, false, "not a JWT"},
		"opaque":        {200, []string{s.URL, "sha256~abcdefghijklmnopqrstuvwxyz"}, 3, false, "not a JWT"},
		"all the same":  {200, []string{s.URL, "31ada4fd-adec-460c-809a-9e56ceb75269", "--send-api-token"}, 0, true, ""},
		"legacy, sent":  {200, []string{s.URL, legacy, "--send-api-token"}, 0, true, ""},
		"a line break":  {200, []string{s.URL, "-f", file(t, "broken", "eyJhbGciOiJub25lIn0.eyJh\nIjoxfQ.x")}, 3, false, ""},
		"Authorization": {200, []string{s.URL, "-f", keep, "-H", "Authorization: Bearer hunter2"}, 3, false, "cannot set"},
		"no method":     {200, []string{s.URL, "-f", keep, "--method", "a b"}, 3, false, "--method"},
		"count 0":       {200, []string{s.URL, "-f", keep, "--count", "0"}, 3, false, "--count"},
		"every":         {200, []string{s.URL, "-f", keep, "--every", "-1s"}, 3, false, "--every"},
		"yaml in turns": {200, []string{s.URL, "-f", keep, "--count", "2", "-o", "yaml"}, 3, false, "cannot be combined"},
		"yaml":          {200, []string{s.URL, "-f", keep, "-o", "yaml"}, 0, true, "kind: Call"},
		"CA":            {200, []string{s.URL, "-f", keep, "--ca-file", keep}, 3, false, "--ca-file"},
	} {
		s.status.Store(c.status)
		before := s.asked.Load()
		got := run(t, "", append([]string{"call"}, c.args...)...)
		if sent := s.asked.Load() > before; got.status != c.want || sent != c.sent || !strings.Contains(got.out+got.err, c.says) {
			t.Errorf("%s: %d, sent: %v, want %d, %v, %q\n%s%s", name, got.status, sent, c.want, c.sent, c.says, got.out, got.err)
		}
		if strings.Contains(got.out+got.err, "hunter2") {
			t.Errorf("%s: a secret is printed:\n%s%s", name, got.out, got.err)
		}
	}
}

// A token that the API server of the kubeconfig accepts is not sent, and the API server is asked only if its certificate is
// verified.
func TestCallAsksTheAPIServer(t *testing.T) {
	accepted, other := forWeb(1), forWeb(2)
	s := newService(t)
	a := newAPI(t, map[string]string{"admin-token": "admin", accepted: "jane"})
	a.as(t, object{"token": "admin-token"})

	got := run(t, "", "call", s.URL, accepted)
	if got.status != 3 || s.asked.Load() != 0 || !strings.Contains(got.err, "accepts it as jane") {
		t.Errorf("%d\n%s", got.status, got.err)
	}
	if got := run(t, "", "call", s.URL, other, "--count", "3", "--every", "1ms"); got.status != 0 || s.asked.Load() != 3 {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
	if n := len(a.requests()); n != 2 {
		t.Errorf("%d requests to the API server: %q; each token is asked about once", n, a.requests())
	}
	if got := run(t, "", "call", s.URL, accepted, "--send-api-token"); got.status != 0 || len(a.requests()) != 2 {
		t.Errorf("%d, %q\n%s", got.status, a.requests(), got.err)
	}
	if got := run(t, "", "call", s.URL, accepted, "--insecure-skip-tls-verify"); got.status != 0 || len(a.requests()) != 2 {
		t.Errorf("a server without a verified certificate was asked: %q", a.requests())
	}
	a.Close()
	if got := run(t, "", "call", s.URL, other); got.status != 0 || !strings.Contains(got.err, "could not be asked") {
		t.Errorf("%d\n%s", got.status, got.err)
	}
}

// A ServiceAccount's token is requested for the audience.
func TestCallRequestsAToken(t *testing.T) {
	s := newService(t)
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	var asked []string
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/serviceaccounts/cart/token") {
			return false
		}
		var request struct{ Spec struct{ Audiences []string } }
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_ = json.NewDecoder(r.Body).Decode(&request)
		asked = append(asked, request.Spec.Audiences...)
		_, _ = io.WriteString(w, asJSON(object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "status": object{"token": forWeb(1)}}))
		return true
	}
	a.as(t, object{"token": "admin-token"})
	got := run(t, "", "call", s.URL, "sa/cart", "--namespace", "shop", "--audience", "web", "--count", "2", "--every", "1ms")
	if got.status != 0 || s.asked.Load() != 2 || strings.Count(got.err, "requested a ten-minute token") != 1 {
		t.Errorf("%d, %d calls\n%s%s", got.status, s.asked.Load(), got.out, got.err)
	}
	if fmt.Sprint(asked) != "[web]" {
		t.Errorf("asked for %q", asked)
	}
}

// A file is read before each call.
func TestCallReadsTheFileAgain(t *testing.T) {
	nowhere(t)
	name := file(t, "token", forWeb(1))
	second := forWeb(2)
	s := newService(t)
	go func() {
		<-s.tokens
		_ = os.WriteFile(name+".new", []byte(second), 0o600)
		_ = os.Rename(name+".new", name)
	}()
	got := run(t, "", "call", s.URL, "-f", name, "--count", "3", "--every", "200ms", "-o", "json")
	var last string
	for range 2 {
		last = <-s.tokens
	}
	if lines := strings.Count(got.out, "\n"); got.status != 0 || last != second || lines != 3 {
		t.Errorf("%d, %d lines, the last token is the second: %v\n%s%s", got.status, lines, last == second, got.out, got.err)
	}
}

// In a Pod, plain http goes to Services. It does not elsewhere.
func TestCallInAPod(t *testing.T) {
	nowhere(t)
	for name, inPod := range map[string]bool{"in": true, "out": false} {
		env, out, errs := world(t, strings.NewReader(forWeb(1)))
		env.Getenv = func(name string) string {
			return map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}[name]
		}
		want := 2
		if !inPod {
			env.Getenv, want = func(string) string { return "" }, 3
		}
		if got := Main(t.Context(), []string{"kubectl-authn", "call", "http://web.shop.svc:1", "-", "--request-timeout", "2s"}, env); got != want {
			t.Errorf("%s: %d, want %d\n%s%s", name, got, want, out, errs)
		}
	}
}

// A hostile service gets nothing raw to the terminal, and no token into any output.
func TestCallHostileService(t *testing.T) {
	nowhere(t)
	sent := forWeb(1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		echo := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Kubeflow-Userid", "a\u202eb "+echo)
		w.Header().Set("Www-Authenticate", "Bearer realm=\"\u009b31m\", error=\"invalid_token\", error_description=\"token "+echo+"\"")
		w.Header().Set("Location", "https://evil.example/?token="+echo)
		w.WriteHeader(401)
		fmt.Fprintf(w, "\x1b]0;owned\x07 %s", echo)
	}))
	defer s.Close()
	defer run(t, "", "version", "-v=0") // klog's level is global to the process
	for _, more := range [][]string{nil, {"--details"}, {"-o", "json"}, {"-o", "yaml"}, {"--anonymize"}, {"-v=9"}} {
		got := run(t, "", append([]string{"call", s.URL, sent}, more...)...)
		if all := got.out + got.err; got.status != 1 || strings.Contains(all, sent) || strings.Contains(all, sent[len(sent)-40:]) || strings.ContainsAny(all, "\x1b\x07\u009b\u202e") {
			t.Errorf("%q: %d\n%q", more, got.status, all)
		}
	}
}

// Ctrl-C stops an endless loop with status 2.
func TestCallStops(t *testing.T) {
	nowhere(t)
	s := newService(t)
	env, _, _ := world(t, strings.NewReader(forWeb(1)))
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		for range 3 {
			<-s.tokens
		}
		stop()
	}()
	if got := Main(ctx, []string{"kubectl-authn", "call", s.URL, "-", "--every", "1ms"}, env); got != exitUndecided {
		t.Error(got)
	}
}

// `call` understands the answers of `serve`.
func TestCallToServe(t *testing.T) {
	nowhere(t)
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	address := l.Addr().String()
	_ = l.Close()
	env, _, errs := world(t, strings.NewReader(""))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- Main(ctx, []string{"kubectl-authn", "serve", "--mode", "keys", "--jwks", jwks(t), "--audience", "web", "--listen", address, "--health-listen", "", "--allow", "shop/*"}, env)
	}()
	defer func() { stop(); <-ended }()
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	account := func(namespace string, aud string, exp int64) string {
		return signed(object{"iss": "https://issuer.example", "aud": []string{aud}, "sub": "system:serviceaccount:" + namespace + ":cart", "iat": time.Now().Unix() - 600, "exp": time.Now().Unix() + exp,
			"kubernetes.io": object{"namespace": namespace, "serviceaccount": object{"name": "cart", "uid": "1"}}})
	}
	good := account("shop", "web", 600)
	for name, c := range map[string]struct {
		token string
		want  int
		says  []string
	}{
		"accepted":        {good, 0, []string{"✓ Accepted: status 200", "kubeflow-userid", "system:serviceaccount:shop:cart"}},
		"expired":         {account("shop", "web", -60), 1, []string{"[token-expired]", "the service gives this reason", "kubectl create token cart --namespace shop --audience web"}},
		"wrong audience":  {account("shop", "vault", 600), 1, []string{"[audience-mismatch]", "audience of the service", "vault", "kubectl authn mint cart --namespace shop --audience web"}},
		"not allowed":     {account("other", "web", 600), 1, []string{"[caller-not-allowed]", "insufficient_scope"}},
		"wrong signature": {good[:strings.LastIndex(good, ".")+1] + signature + signature[:2], 1, []string{"✗ Rejected"}},
	} {
		got := run(t, "", "call", "http://"+address+"/livez", c.token)
		if got.status != c.want {
			t.Errorf("%s: %d\n%s%s%s", name, got.status, got.out, got.err, errs)
		}
		for _, says := range c.says {
			if !strings.Contains(strings.ToLower(strings.Join(strings.Fields(got.out), " ")), strings.ToLower(says)) {
				t.Errorf("%s does not say %s:\n%s", name, says, got.out)
			}
		}
	}
}
