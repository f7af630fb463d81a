package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"strings"
	"syscall"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

var discard = log.New(io.Discard, "", 0)

// ask sends the only request that every identity may send.
func ask(t *testing.T, c *Caller) (evidence.Answer, *evidence.Failure) {
	t.Helper()
	s, err := c.NewSubject(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, _, failure := s.WhoAmI(t.Context())
	return answer, failure
}

// How far a connection got, according to its error.
func TestTransportFailures(t *testing.T) {
	ok := answers(201, object{})
	closed := newFake(t, ok, nil)
	closed.Close()
	plain := httptest.NewServer(ok)
	defer plain.Close()
	with := func(c *pair) func(*tls.Config) {
		return func(config *tls.Config) { config.Certificates = []tls.Certificate{c.tls()} }
	}
	for name, c := range map[string]struct {
		config *rest.Config
		want   evidence.Transport
	}{
		"refused":   {closed.config(), evidence.TransportRefused},
		"untrusted": {newFake(t, ok, with(issue("api.example", clientCA, nil))).config(), evidence.TransportUntrusted},
		"expired": {newFake(t, ok, with(issue("api.example", serverCA, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}))).config(), evidence.TransportExpired},
		"wrong name": {func() *rest.Config {
			config := newFake(t, ok, nil).config()
			config.ServerName = "another.example"
			return config
		}(), evidence.TransportWrongName},
		"no name for this address": {newFake(t, ok, with(issue("api.example", serverCA, func(c *x509.Certificate) { c.IPAddresses = nil }))).config(), evidence.TransportWrongName},
		"not a server's certificate": {newFake(t, ok, with(issue("api.example", serverCA, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}))).config(), evidence.TransportUntrusted},
		"http on an https port": {&rest.Config{Host: "https://" + strings.TrimPrefix(plain.URL, "http://"), TLSClientConfig: rest.TLSClientConfig{CAData: serverCA.certPEM()}}, evidence.TransportPlainHTTP},
		"no such host": {&rest.Config{Host: "https://api.example", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}
		}}, evidence.TransportDNS},
		"no connection in time": {&rest.Config{Host: "https://api.example", Timeout: 50 * time.Millisecond, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}, evidence.TransportNoConnection},
		"no route": {&rest.Config{Host: "https://api.example", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}
		}}, evidence.TransportNoRoute},
		"an error of another kind": {&rest.Config{Host: "https://api.example", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("the cable is cut")
		}}, evidence.TransportOther},
	} {
		t.Run(name, func(t *testing.T) {
			_, failure := ask(t, caller(t, c.config))
			if failure == nil || failure.Kind != evidence.Unreachable || failure.Transport != c.want {
				t.Fatalf("got %+v, want %s", failure, c.want)
			}
			if failure.Error() == "" || strings.Contains(failure.Error(), "selfsubjectreviews") {
				t.Errorf("the text is %q: the reason alone is wanted", failure.Error())
			}
		})
	}
}

// A connection that ends inside an answer is no answer.
func TestConnectionThatBreaksOff(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, `{"kind":`)
		panic(http.ErrAbortHandler)
	}, nil)
	if _, failure := ask(t, caller(t, f.config())); failure == nil || failure.Kind != evidence.Unreachable || failure.Transport != evidence.TransportClosed {
		t.Errorf("got %+v", failure)
	}
}

func TestServerThatNeverAnswers(t *testing.T) {
	arrived := make(chan struct{}, 1)
	f := newFake(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}, nil)

	config := f.config()
	config.Timeout = 50 * time.Millisecond
	_, failure := ask(t, caller(t, config))
	if failure == nil || failure.Transport != evidence.TransportTimeout || failure.Error() != "no answer in time" {
		t.Errorf("after the timeout: %+v", failure)
	}
	<-arrived

	// Ctrl-C stops it immediately.
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if fact := caller(t, f.config()).Version(ctx); fact.Known() || fact.Failure.Kind != evidence.Unreachable || fact.Failure.Transport == evidence.TransportTimeout {
		t.Errorf("when stopped: %+v", fact)
	}
}

// A redirect is an answer and is never followed, above all not with a credential.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := newFake(t, answers(200, object{}), nil)
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}, nil)
	config := f.config()
	config.BearerToken = "the-callers"
	c := caller(t, config)
	s := must(c.NewSubject(&credential.Credential{Token: token.Parse("the-subjects")}))
	answer, _, failure := s.WhoAmI(t.Context())
	if failure != nil || answer.Status != 307 || answer.FromAPIServer {
		t.Errorf("the subject was answered %+v, %v", answer, failure)
	}
	if _, failure := c.Review(t.Context(), token.NewSecret("the-subjects"), nil); failure == nil || failure.Kind != evidence.Unusable {
		t.Errorf("the review: %v", failure)
	}
	for _, fact := range []evidence.Fact[evidence.Object]{c.Pod(t.Context(), "a", "b"), c.Node(t.Context(), "n"), c.ServiceAccount(t.Context(), "a", "b")} {
		if fact.Known() || fact.Failure.Kind != evidence.Unusable {
			t.Errorf("an object: %+v", fact)
		}
	}
	if d := c.Document(t.Context(), DiscoveryPath); d.Failure == nil {
		t.Errorf("the discovery document: %+v", d)
	}
	if seen := elsewhere.requests(); len(seen) > 0 {
		t.Errorf("the redirect was followed: %+v", seen)
	}
	if len(f.requests()) != 6 {
		t.Errorf("%d requests", len(f.requests()))
	}
}

// fill is an answer of n bytes.
func fill(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"a":"`+strings.Repeat("x", n-8)+`"}`)
	}
}

func TestAnswersHaveASize(t *testing.T) {
	for name, c := range map[string]struct {
		bytes int
		path  string
		ok    bool
	}{
		"a document of 1 MiB":          {1 << 20, DiscoveryPath, true},
		"a document a byte larger":     {1<<20 + 1, DiscoveryPath, false},
		"a key set of 4 MiB":           {4 << 20, KeysPath, true},
		"a key set a byte larger":      {4<<20 + 1, KeysPath, false},
		"an answer without an end, so": {64 << 20, DiscoveryPath, false},
	} {
		d := caller(t, newFake(t, fill(c.bytes), nil).config()).Document(t.Context(), c.path)
		if got := d.Failure == nil; got != c.ok {
			t.Errorf("%s: %v", name, d.Failure)
		}
		if d.Failure != nil && (d.Failure.Kind != evidence.Unusable || !strings.Contains(d.Failure.Error(), "larger than")) {
			t.Errorf("%s: %+v", name, d.Failure)
		}
	}
	c := caller(t, newFake(t, fill(1<<20+1), nil).config())
	if _, failure := ask(t, c); failure == nil || failure.Kind != evidence.Unusable {
		t.Errorf("the answer to a SelfSubjectReview: %v", failure)
	}
}

// Other content than the requested JSON never means that an object does not exist.
func TestAnswersThatAreNot(t *testing.T) {
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>welcome</html>")
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   evidence.FailureKind
	}{
		"a page":                     {html(200), evidence.Unusable},
		"half an object":             {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"metadata":{"uid":"a"`) }, evidence.Unusable},
		"another type":               {answers(200, object{"metadata": "a"}), evidence.Unusable},
		"nothing":                    {func(http.ResponseWriter, *http.Request) {}, evidence.Unusable},
		"a missing page":             {html(404), evidence.Unsupported},
		"an unknown path":            {answers(404, kubernetesStatus(404, "NotFound", "the server could not find the requested resource", nil)), evidence.Unsupported},
		"another object that is not": {answers(404, kubernetesStatus(404, "NotFound", `namespaces "a" not found`, object{"kind": "namespaces", "name": "a"})), evidence.Unsupported},
		"a page that says forbidden": {html(403), evidence.Unusable},
		"a page that asks to log in": {html(401), evidence.Unusable},
		"forbidden":                  {answers(403, kubernetesStatus(403, "Forbidden", "no", nil)), evidence.Forbidden},
		"who is there":               {answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil)), evidence.Unauthenticated},
		"too many requests":          {answers(429, kubernetesStatus(429, "TooManyRequests", "slow down", nil)), evidence.Unusable},
		"the server's own trouble":   {answers(500, kubernetesStatus(500, "InternalError", "etcd", nil)), evidence.Unusable},
		"trouble in plain words": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Audit-Id", "a")
			http.Error(w, "Internal Server Error: etcd", 500)
		}, evidence.Unusable},
		"a gateway without a backend": {html(502), evidence.Unusable},
	} {
		t.Run(name, func(t *testing.T) {
			client := caller(t, newFake(t, c.answer, nil).config())
			for kind, got := range map[string]*evidence.Failure{
				"pod":    client.Pod(t.Context(), "shop", "web").Failure,
				"secret": client.Secret(t.Context(), "shop", "web", token.Parse("a")).Failure,
			} {
				if got == nil || got.Kind != c.want || got.Error() == "" {
					t.Errorf("%s: %+v, want %s", kind, got, c.want)
				}
			}
			if _, failure := client.Review(t.Context(), token.NewSecret("a"), nil); failure == nil || failure.Kind != c.want {
				t.Errorf("review: %+v", failure)
			}
			want := c.want
			if name == "another object that is not" {
				// A namespace that does not exist has no ServiceAccounts.
				want = evidence.Absent
			}
			if _, _, failure := client.RequestToken(t.Context(), "shop", "robot", authenticationv1.TokenRequestSpec{}); failure == nil || failure.Kind != want {
				t.Errorf("token request: %+v", failure)
			}
			if fact := client.Version(t.Context()); fact.Known() {
				t.Errorf("version: %+v", fact)
			}
		})
	}
}

func TestObjects(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/namespaces/shop/pods/web":
			answers(200, object{"kind": "Pod", "metadata": object{"name": "web", "uid": "u", "deletionTimestamp": "2026-05-24T19:10:28Z", "creationTimestamp": "2026-05-24T18:10:28Z"}})(w, r)
		case "/api/v1/nodes/n1":
			answers(200, object{"kind": "Node", "metadata": object{"name": "n1", "uid": "n"}})(w, r)
		default:
			name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			answers(404, kubernetesStatus(404, "NotFound", fmt.Sprintf("pods %q not found", name), object{"kind": "pods", "name": name}))(w, r)
		}
	}, nil)
	c := caller(t, f.config())
	pod := c.Pod(t.Context(), "shop", "web")
	if !pod.Known() || !pod.Value.Exists || pod.Value.UID != "u" || pod.Value.DeletionTimestamp == nil || pod.Value.CreationTimestamp.IsZero() {
		t.Errorf("the Pod: %+v", pod)
	}
	if node := c.Node(t.Context(), "n1"); !node.Known() || node.Value.UID != "n" || node.Value.DeletionTimestamp != nil {
		t.Errorf("the Node: %+v", node)
	}
	for _, fact := range []evidence.Fact[evidence.Object]{c.Pod(t.Context(), "shop", "other"), c.ServiceAccount(t.Context(), "shop", "other"), c.Node(t.Context(), "other")} {
		if !fact.Known() || fact.Value.Exists {
			t.Errorf("what is not there: %+v", fact)
		}
	}
	if secret := c.Secret(t.Context(), "shop", "other", token.Parse("a")); !secret.Known() || secret.Value.Exists {
		t.Errorf("the Secret that is not there: %+v", secret)
	}
	// A name cannot lead to another resource.
	c.Pod(t.Context(), "../../x", "a/b?c=d")
	seen := f.requests()
	if last := seen[len(seen)-1]; last.path != "/api/v1/namespaces/../../x/pods/a/b?c=d" && last.path != "/api/v1/namespaces/..%2F..%2Fx/pods/a%2Fb%3Fc=d" {
		t.Errorf("asked for %q", last.path)
	}
}

// The value of a Secret is compared when it is read, and is not in the evidence.
func TestSecretIsComparedNotKept(t *testing.T) {
	jwt := "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50In0.c2lnbmF0dXJl"
	encode := func(s string) []byte { return []byte(s) }
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		data := object{"token": encode(jwt)}
		if strings.HasSuffix(r.URL.Path, "bootstrap-token-abcdef") {
			data = object{"token-id": encode("abcdef"), "token-secret": encode("0123456789abcdef"), "usage-bootstrap-authentication": encode("true"), "expiration": encode("2026-05-24T19:10:28Z"), "auth-extra-groups": encode("system:bootstrappers:a")}
		}
		answers(200, object{"kind": "Secret", "type": "bootstrap.kubernetes.io/token", "data": data, "metadata": object{"uid": "u", "name": path.Base(r.URL.Path), "labels": object{
			"kubernetes.io/legacy-token-last-used": "2026-05-01", "kubernetes.io/legacy-token-invalid-since": "2026-05-02"}}})(w, r)
	}, nil)
	c := caller(t, f.config())
	for raw, want := range map[string]bool{jwt: true, jwt + " ": true, jwt + "\n": true, jwt[:len(jwt)-1]: false, "": false} {
		fact := c.Secret(t.Context(), "shop", "robot-token", token.Parse(raw))
		if fact.Value.HoldsToken != want {
			t.Errorf("the Secret holds %.4q… (%d bytes): %t", raw, len(raw), fact.Value.HoldsToken)
		}
		if fact.Value.LastUsed != "2026-05-01" || fact.Value.InvalidSince != "2026-05-02" || fact.Value.UID != "u" {
			t.Errorf("%+v", fact.Value)
		}
		if text := fmt.Sprintf("%+v %#v", fact, fact); strings.Contains(text, jwt) {
			t.Error("the evidence has the token")
		}
	}
	for raw, want := range map[string]bool{"abcdef.0123456789abcdef": true, "abcdef.0123456789abcdef ": true, " abcdef.0123456789abcdef": true, "abcdef.fedcba9876543210": false} {
		b := c.Secret(t.Context(), "kube-system", "bootstrap-token-abcdef", token.Parse(raw)).Value.Bootstrap
		if b == nil || b.SecretMatches != want || !b.IDMatches || !b.TypeMatches || b.UsageAuthentication != "true" || b.Expiration == "" || b.ExtraGroups == "" {
			t.Errorf("%.6q…: %+v", raw, b)
		}
	}
}

// The clock is the Date header, in whole seconds. A time more than a year from this machine's clock is ignored.
func TestClock(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		shift   time.Duration
		written string // instead of the shifted time
		known   bool
		why     string
	}{
		"in step":        {0, "", true, ""},
		"an hour late":   {-time.Hour, "", true, ""},
		"a day ahead":    {24 * time.Hour, "", true, ""},
		"364 days ahead": {364 * 24 * time.Hour, "", true, ""},
		"364 days late":  {-364 * 24 * time.Hour, "", true, ""},
		"366 days ahead": {366 * 24 * time.Hour, "", false, "is ignored"},
		"366 days late":  {-366 * 24 * time.Hour, "", false, "is ignored"},
		"the year 9999":  {0, "Fri, 31 Dec 9999 23:59:59 GMT", false, "is 9999-12-31T23:59:59Z, more than a year from this machine's clock, and is ignored"},
		"1970":           {0, "Thu, 01 Jan 1970 00:00:00 GMT", false, "is 1970-01-01T00:00:00Z, more than a year from this machine's clock, and is ignored"},
		"the year 0":     {0, "Sat, 01 Jan 0000 00:00:00 GMT", false, "more than a year from this machine's clock"},
		"no Date":        {0, "-", false, "has no Date header"},
		"something else": {0, "yesterday", false, "has no Date header"},
	} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			switch c.written {
			case "-":
				w.Header()["Date"] = nil
			case "":
				w.Header().Set("Date", now.Add(c.shift).UTC().Format(http.TimeFormat))
			default:
				w.Header().Set("Date", c.written)
			}
			answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil))(w, r)
		}, nil)
		_, clock, _ := must(caller(t, f.config()).NewSubject(nil)).WhoAmI(t.Context())
		switch {
		case clock.Known() != c.known:
			t.Errorf("%s: %+v", name, clock)
		case c.known && (clock.Value.Skew-c.shift).Abs() > time.Minute:
			t.Errorf("%s: the skew is %s", name, clock.Value.Skew)
		case !c.known && !strings.Contains(clock.Reason().String(), c.why):
			t.Errorf("%s: %s", name, clock.Reason())
		}
	}
}

// The origin of an answer, and its user.
func TestWhoAmI(t *testing.T) {
	who := func(user object) http.HandlerFunc {
		return answers(201, object{"kind": "SelfSubjectReview", "status": object{"userInfo": user}})
	}
	audited := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Audit-Id", "an-id")
			w.Header().Add("Warning", `299 - "the \"first\""`)
			w.Header().Add("Warning", `299 - "the second"`)
			w.Header().Add("Warning", "garbage")
			next(w, r)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int
		user   string
		groups int
		api    bool
	}{
		"somebody":                  {who(object{"username": "jane", "groups": []string{"a", "b"}, "extra": object{"k": []string{"v"}}}), 201, "jane", 2, true},
		"403 for somebody":          {answers(403, kubernetesStatus(403, "Forbidden", `x is forbidden: User "ja\"ne" cannot create resource`, nil)), 403, `ja"ne`, 0, true},
		"403 for nobody":            {answers(403, kubernetesStatus(403, "Forbidden", `x is forbidden: User "system:anonymous" cannot create resource`, nil)), 403, "system:anonymous", 1, true},
		"403 of something else":     {answers(403, kubernetesStatus(403, "Forbidden", "admission says no", nil)), 403, "", 0, true},
		"a 401 that quotes a user":  {answers(401, kubernetesStatus(401, "Unauthorized", `User "jane" cannot be`, nil)), 401, "", 0, true},
		"401":                       {answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil)), 401, "", 0, true},
		"401 with an Audit-Id":      {audited(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }), 401, "", 0, true},
		"a proxy's 401":             {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, 401, "", 0, false},
		"a proxy's JSON":            {answers(403, object{"error": "no", "message": `User "jane" cannot`}), 403, "", 0, false},
		"a page with status 200":    {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, 200, "", 0, false},
		"another kind, status 200":  {answers(200, object{"kind": "TokenReview", "status": object{"userInfo": object{"username": "jane"}}}), 200, "", 0, false},
		"its own, with status 500":  {answers(500, object{"kind": "SelfSubjectReview", "status": object{"userInfo": object{"username": "jane"}}}), 500, "", 0, false},
		"a server in trouble":       {answers(500, kubernetesStatus(500, "InternalError", "etcd", nil)), 500, "", 0, true},
		"before Kubernetes 1.28":    {answers(404, kubernetesStatus(404, "NotFound", "the server could not find the requested resource", nil)), 404, "", 0, true},
		"a load balancer's goodbye": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 503, "", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, failure := ask(t, caller(t, newFake(t, c.answer, nil).config()))
			if failure != nil {
				t.Fatal(failure)
			}
			user, groups := "", 0
			if a.User != nil {
				user, groups = a.User.Username, len(a.User.Groups)
			}
			if a.Status != c.status || user != c.user || groups != c.groups || a.FromAPIServer != c.api {
				t.Errorf("got %+v, user %q with %d groups", a, user, groups)
			}
			if a.AuditID != "" && (len(a.Warnings) != 2 || a.Warnings[0] != `the "first"` || a.Warnings[1] != "the second") {
				t.Errorf("warnings: %q", a.Warnings)
			}
		})
	}
}

// A failure with a text of this program keeps its values and its error.
func TestFailuresKeepTheirValues(t *testing.T) {
	way := &progress{}
	f := transportFailure(&url.Error{Op: "Get", URL: "https://x", Err: context.DeadlineExceeded}, way)
	said := finding.T("%s", finding.Err(f))
	if !errors.Is(f, context.DeadlineExceeded) || f.Error() != "no connection in time" || len(said.Spans()) != 1 || said.Spans()[0].Class != finding.Ours {
		t.Errorf("%+v: %+v", f, said.Spans())
	}
}
