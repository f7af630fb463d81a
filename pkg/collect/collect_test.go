package collect

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

type object = map[string]any

// fake is an API server that rejects everybody, with its requests.
type fake struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
	// reviewError is the error message of every review; empty accepts the token.
	reviewError string
	apiServices []object
	// slices are the EndpointSlices of the Service kubernetes; nil means that they are unknown.
	slices []object
	// before runs before an answer.
	before func(r *http.Request)
}

const callersToken = "the-callers"

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{before: func(*http.Request) {}}
	f.Server = httptest.NewUnstartedServer(f)
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	who := "nobody"
	switch h := r.Header.Get("Authorization"); {
	case h == "Bearer "+callersToken:
		who = "caller"
	case h != "":
		who = "subject"
	}
	line := who + " " + r.Method + " " + r.URL.Path
	var review struct {
		Kind string
		Spec struct{ Audiences []string }
	}
	if json.Unmarshal(body, &review) == nil && len(review.Spec.Audiences) > 0 {
		line += " " + strings.Join(review.Spec.Audiences, ",")
	}
	f.mu.Lock()
	f.seen = append(f.seen, line)
	f.mu.Unlock()
	f.before(r)
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch {
	case review.Kind == "TokenReview" && f.reviewError == "":
		answer(201, object{"kind": "TokenReview", "status": object{"authenticated": true, "user": object{"username": "jane"}}})
	case review.Kind == "TokenReview":
		answer(201, object{"kind": "TokenReview", "status": object{"error": f.reviewError}})
	case review.Kind == "SelfSubjectReview" && who == "nobody":
		answer(403, object{"kind": "Status", "reason": "Forbidden", "message": `User "system:anonymous" cannot create`})
	case review.Kind == "SelfSubjectReview":
		answer(201, object{"kind": "SelfSubjectReview", "status": object{"userInfo": object{"username": who}}})
	case r.URL.Path == apiServices:
		answer(200, object{"kind": "APIServiceList", "items": f.apiServices})
	case r.URL.Path == slicesPath && f.slices != nil:
		answer(200, object{"items": f.slices})
	case r.URL.Path == "/version":
		answer(200, object{"gitVersion": "v1.36.3"})
	case r.URL.Path == cluster.DiscoveryPath:
		answer(200, object{"issuer": "https://issuer.example", "jwks_uri": "https://issuer.example/keys"})
	case r.URL.Path == cluster.KeysPath:
		answer(200, object{"keys": []object{}})
	default:
		name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		answer(404, object{"kind": "Status", "reason": "NotFound", "details": object{"name": name}})
	}
}

func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func (f *fake) caller(t *testing.T) *cluster.Caller {
	t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	c, err := cluster.NewCaller(&rest.Config{Host: f.URL, BearerToken: callersToken, Timeout: 30 * time.Second, TLSClientConfig: rest.TLSClientConfig{CAData: ca}}, &token.Secrets{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hostPort(address string) (string, int) {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		panic(err)
	}
	return u.Hostname(), port
}

func holding(raw string) []*credential.Credential {
	return []*credential.Credential{{Source: finding.T("test"), Token: token.Parse(raw)}}
}

// jwt is a token with these claims; its signature is not verified here.
func jwt(claims object) string {
	encode := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	return encode(object{"alg": "ES256", "kid": "k"}) + "." + encode(claims) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
}

func accountOf(namespace, name string, more object) string {
	k := object{"namespace": namespace, "serviceaccount": object{"name": name, "uid": "u"}}
	for key, v := range more {
		k[key] = v
	}
	return jwt(object{"iss": "https://issuer.example", "aud": []string{"https://issuer.example"}, "kubernetes.io": k})
}

func ref(name string) object { return object{"name": name, "uid": "u"} }

func options(audiences ...string) Options {
	return Options{Audiences: audiences, Now: time.Now}
}

// All requests of a phase, and no others, are sent before any answer.
func TestWavesAskAtOnce(t *testing.T) {
	f := newFake(t)
	var mu sync.Mutex
	phases, arrived := []int{8, 3}, 0
	gate := make(chan struct{})
	f.before = func(*http.Request) {
		mu.Lock()
		arrived++
		mine := gate
		if len(phases) > 0 && arrived == phases[0] {
			phases, arrived, gate = phases[1:], 0, make(chan struct{})
			close(mine)
		}
		mu.Unlock()
		<-mine
	}
	e := Collect(t.Context(), f.caller(t), holding(accountOf("shop", "robot", object{"pod": ref("web"), "node": ref("n1")})), options("vault"))
	if !e.Subject().Wire.Known() || len(phases) > 0 {
		t.Fatalf("the phases are not as wide as they could be: %v left, asked %q", phases, f.requests())
	}
	first, second := f.requests()[:8], f.requests()[8:]
	slices.Sort(first)
	slices.Sort(second)
	if want := []string{
		"caller GET " + cluster.DiscoveryPath, "caller GET /api/v1/namespaces/shop/pods/web", "caller GET /api/v1/namespaces/shop/serviceaccounts/robot",
		"caller GET " + apiServices, "caller GET " + cluster.KeysPath, "caller GET /version", "caller POST " + selfSubjectReviews, "nobody POST " + selfSubjectReviews,
	}; !slices.Equal(first, want) {
		t.Errorf("first phase:\n%s", strings.Join(first, "\n"))
	}
	if want := []string{"caller POST " + tokenReviews, "caller POST " + tokenReviews + " vault", "subject POST " + selfSubjectReviews}; !slices.Equal(second, want) {
		t.Errorf("second phase:\n%s", strings.Join(second, "\n"))
	}
}

const (
	apiServices        = "/apis/apiregistration.k8s.io/v1/apiservices"
	selfSubjectReviews = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
	tokenReviews       = "/apis/authentication.k8s.io/v1/tokenreviews"
)

// The Secret of a legacy token is read before the token is tried, because the API server then labels it.
func TestLegacySecretIsReadFirst(t *testing.T) {
	f := newFake(t)
	const p = "kubernetes.io/serviceaccount/"
	raw := jwt(object{"iss": "kubernetes/serviceaccount", p + "namespace": "shop", p + "service-account.name": "robot", p + "secret.name": "robot-token", p + "service-account.uid": "u"})
	Collect(t.Context(), f.caller(t), holding(raw), options())
	seen := f.requests()
	secret := slices.Index(seen, "caller GET /api/v1/namespaces/shop/secrets/robot-token")
	tried := slices.IndexFunc(seen, func(s string) bool { return strings.HasPrefix(s, "subject ") || strings.Contains(s, "tokenreviews") })
	if secret < 0 || tried < secret {
		t.Errorf("asked:\n%s", strings.Join(seen, "\n"))
	}
}

// Claims may have any value. A name that no object can have is not requested, and the evidence says that it was
// not read.
func TestImpossibleNamesAreNotAskedFor(t *testing.T) {
	f := newFake(t)
	c := f.caller(t)
	good := []string{"a", "a-b.c", strings.Repeat("a", 253)}
	for _, name := range append([]string{"", ".", "..", "../../secrets/x", "a/b", "a%2fb", "A", "a_b", "a b", "a\n", "-a", "a-", "ä", strings.Repeat("a", 254), "a?b", "a#b", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln"}, good...) {
		for kind, raw := range map[string]string{
			"serviceaccounts": accountOf("shop", name, nil),
			"namespaces":      accountOf(name, "robot", object{"pod": ref("web"), "secret": ref("key")}),
			"pods":            accountOf("shop", "robot", object{"pod": ref(name)}),
			"nodes":           accountOf("shop", "robot", object{"node": ref(name)}),
			"secrets":         accountOf("shop", "robot", object{"secret": ref(name)}),
		} {
			ok := slices.Contains(good, name)
			if kind == "namespaces" {
				// RFC 1123 labels, of at most 63 characters and without dots.
				ok = name == "a"
			}
			before := len(f.requests())
			e := Collect(t.Context(), c, holding(raw), options())
			asked := slices.ContainsFunc(f.requests()[before:], func(s string) bool {
				_, rest, _ := strings.Cut(s, "/"+kind+"/")
				rest, _, _ = strings.Cut(rest, "/")
				return strings.Contains(s, "/"+kind+"/") && rest == name
			})
			if asked != ok {
				t.Errorf("a %s called %.20q: asked for: %t", kind, name, asked)
			}
			for _, s := range f.requests()[before:] {
				if strings.Contains(s, "GET /api/") && !strings.HasPrefix(s, "caller GET /api/v1/") || strings.Contains(s, "..") {
					t.Errorf("a %s called %.20q: asked %s", kind, name, s)
				}
			}
			s := e.Subject()
			fact := map[string]evidence.Fact[evidence.Object]{"serviceaccounts": s.ServiceAccount, "namespaces": s.ServiceAccount, "pods": s.Pod, "nodes": s.Node}[kind]
			if kind != "secrets" && (fact.Known() != ok || !ok && fact.Reason().IsZero()) {
				t.Errorf("a %s called %.20q: %+v", kind, name, fact)
			}
			if kind == "secrets" && (s.Secret.Known() != ok || !ok && s.Secret.Reason().IsZero()) {
				t.Errorf("a Secret called %.20q: %+v", name, s.Secret)
			}
		}
	}
}

// Which credentials are sent and reviewed.
func TestWhatIsSent(t *testing.T) {
	good := accountOf("shop", "robot", nil)
	for name, c := range map[string]struct {
		credentials []*credential.Credential
		// wire and reviews count the requests with the credential, and about it.
		wire, reviews int
	}{
		"a token":               {holding(good), 1, 1},
		"an empty one":          {holding(" "), 1, 0},
		"a line break":          {holding(good + "\n"), 1, 1},
		"base64":                {holding(base64.StdEncoding.EncodeToString([]byte(good))), 2, 2},
		"the scheme twice":      {holding("Bearer " + good), 2, 2},
		"nothing":               {[]*credential.Credential{{Source: finding.T("kubeconfig")}}, 0, 0},
		"a broken plugin":       {[]*credential.Credential{{Source: finding.T("exec"), Faults: []credential.Fault{{ID: finding.ExecPluginFailed, Effect: credential.Unavailable}}}}, 0, 0},
		"a Pod's spec":          {[]*credential.Credential{{Source: finding.T("pod"), Projected: &credential.Projected{Namespace: "shop", ServiceAccount: "robot"}}}, 0, 0},
		"two tokens of a Pod":   {append(holding(good), holding(good)...), 2, 2},
		"a user and a password": {[]*credential.Credential{{Basic: &credential.Basic{Username: "jane"}}}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			e := Collect(t.Context(), f.caller(t), c.credentials, options())
			wire, reviews := 0, 0
			for _, s := range f.requests() {
				if strings.HasPrefix(s, "subject ") {
					wire++
				}
				if strings.Contains(s, "tokenreviews") {
					reviews++
				}
				if strings.HasPrefix(s, "caller POST") && !strings.Contains(s, "reviews") || strings.Contains(s, " PUT ") || strings.Contains(s, " DELETE ") || strings.Contains(s, " PATCH ") {
					t.Errorf("asked %s", s)
				}
			}
			if wire != c.wire || reviews != c.reviews {
				t.Errorf("sent %d times, reviewed %d times:\n%s", wire, reviews, strings.Join(f.requests(), "\n"))
			}
			for _, s := range e.Subjects {
				if !s.Wire.Known() && s.Wire.Reason().IsZero() {
					t.Errorf("it is not said why %s was not sent", s.Role)
				}
				for _, r := range s.Reviews {
					if !r.Answer.Known() && r.Answer.Reason().IsZero() {
						t.Errorf("it is not said why %s was not reviewed", s.Role)
					}
				}
			}
		})
	}
}

// A rejection for its audience hides other faults, so the token is reviewed again for its own audiences. `invalid
// bearer token` hides nothing.
func TestUnmasking(t *testing.T) {
	for text, want := range map[string]int{
		`[invalid bearer token, token audiences ["https://issuer.example"] is invalid for the target audiences ["a"]]`: 2,
		"invalid bearer token": 1,
		"[invalid bearer token, service account token has expired]": 1,
	} {
		f := newFake(t)
		f.reviewError = text
		e := Collect(t.Context(), f.caller(t), holding(accountOf("shop", "robot", nil)), options())
		reviews := slices.DeleteFunc(f.requests(), func(s string) bool { return !strings.Contains(s, "tokenreviews") })
		if len(reviews) != want || want == 2 && !strings.HasSuffix(reviews[1], " https://issuer.example") || len(e.Subject().Reviews) != want {
			t.Errorf("%s: reviewed %q", text, reviews)
		}
	}
}

// The issuer in a token is not contacted. An issuer in a flag is, without the token.
func TestIssuerIsNotContactedUnasked(t *testing.T) {
	issuer := newFake(t)
	f := newFake(t)
	raw := jwt(object{"iss": issuer.URL, "aud": "a", "sub": "jane"})
	Collect(t.Context(), f.caller(t), holding(raw), options())
	if seen := issuer.requests(); len(seen) > 0 {
		t.Errorf("the issuer of the token was asked %q", seen)
	}
	o := options()
	o.IssuerURL, o.IssuerClient = issuer.URL, issuer.Client()
	e := Collect(t.Context(), f.caller(t), holding(raw), o)
	seen := issuer.requests()
	if len(seen) == 0 || !e.Issuer.Known() {
		t.Errorf("the issuer that was named was asked %q: %+v", seen, e.Issuer)
	}
	for _, s := range seen {
		if !strings.HasPrefix(s, "nobody GET ") {
			t.Errorf("the issuer was asked %s", s)
		}
	}
}

// Without a connection, nothing is sent, and every fact says so.
func TestUnreachable(t *testing.T) {
	f := newFake(t)
	c := f.caller(t)
	f.Close()
	e := Collect(t.Context(), c, holding(accountOf("shop", "robot", object{"pod": ref("web")})), options("vault"))
	s := e.Subject()
	for name, failed := range map[string]bool{
		"anonymous": e.Anonymous.Failed(evidence.Unreachable), "clock": e.Server.Clock.Failed(evidence.Unreachable), "handshake": e.Server.Handshake.Failed(evidence.Unreachable),
		"version": e.Server.Version.Failed(evidence.Unreachable), "caller": e.Caller.Failed(evidence.Unreachable), "wire": s.Wire.Failed(evidence.Unreachable),
		"serviceaccount": s.ServiceAccount.Failed(evidence.Unreachable), "pod": s.Pod.Failed(evidence.Unreachable),
		"discovery": e.Cluster.Value.Discovery.Failed(evidence.Unreachable), "keys": e.Cluster.Value.Keys.Failed(evidence.Unreachable),
		"review": s.Reviews[0].Answer.Failed(evidence.Unreachable), "review for vault": s.Reviews[1].Answer.Failed(evidence.Unreachable),
	} {
		if !failed {
			t.Errorf("%s is not said to be unreachable", name)
		}
	}
}

// Ctrl-C stops all requests, and no further request is sent.
func TestCtrlC(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.before = func(r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	e := Collect(ctx, f.caller(t), holding(accountOf("shop", "robot", nil)), options())
	if e.Subject().Wire.Known() {
		t.Error("the credential was sent after the end")
	}
	for _, s := range f.requests() {
		if strings.HasPrefix(s, "subject") || strings.Contains(s, "tokenreviews") {
			t.Errorf("asked %s after the end", s)
		}
	}
}

// A panic in one of the questions becomes a panic of Collect, which quotes nothing.
func TestCrash(t *testing.T) {
	defer func() {
		c, ok := recover().(*crash.Crash)
		if !ok || len(c.Stack) == 0 || strings.Contains(string(c.Stack)+c.Cause, "a secret") {
			t.Errorf("recovered %+v", c)
		}
	}()
	var w phase
	w.run(func() { panic(fmt.Sprintf("a %s", "secret")) })
	w.run(func() {})
	w.Wait()
	t.Error("no panic")
}

func TestOfflineAsksNobody(t *testing.T) {
	e := Offline(holding("Bearer " + accountOf("shop", "robot", nil))[0], time.Unix(0, 0))
	if len(e.Subjects) != 2 || e.Subjects[0].Role != evidence.Itself || e.Subjects[1].Role != evidence.Unwrapped || e.Server.URL != "" {
		t.Errorf("%+v", e)
	}
}
