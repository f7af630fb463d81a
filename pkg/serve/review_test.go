package serve

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// apiServer is an API server whose answers a test chooses: what a real one cannot be made to say.
type apiServer struct {
	mu     sync.Mutex
	status authenticationv1.TokenReviewStatus
	fails  http.HandlerFunc
	// fault answers a request, or returns false.
	fault func(http.ResponseWriter, *http.Request) bool
	// judge decides about a token; nil answers each with status.
	judge   func(raw string) bool
	allowed bool
	asked   []authenticationv1.TokenReviewSpec
	*httptest.Server
}

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	a := &apiServer{allowed: true}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	fails, fault := a.fails, a.fault
	a.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	if fails != nil {
		fails(w, r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var out any
	switch {
	case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
		review := &authenticationv1.TokenReview{}
		_ = json.NewDecoder(r.Body).Decode(review)
		a.asked = append(a.asked, review.Spec)
		if review.Status = a.status; a.judge != nil {
			review.Status = authenticationv1.TokenReviewStatus{Error: "[invalid bearer token]"}
			if a.judge(review.Spec.Token) {
				review.Status = robot("reports")
			}
		}
		out = review
	case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
		out = &authorizationv1.SelfSubjectAccessReview{TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SelfSubjectAccessReview"}, Status: authorizationv1.SubjectAccessReviewStatus{Allowed: a.allowed}}
	default:
		out = &authenticationv1.SelfSubjectReview{TypeMeta: metav1.TypeMeta{APIVersion: "authentication.k8s.io/v1", Kind: "SelfSubjectReview"},
			Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: "system:serviceaccount:shop:authn"}}}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(out)
}

// config is that of a client. Its bodies are JSON, which the fake server reads.
func (a *apiServer) config() *rest.Config {
	return &rest.Config{Host: a.URL, ContentConfig: rest.ContentConfig{ContentType: "application/json"}}
}

func (a *apiServer) set(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// reviewing returns a server in mode review that asks a.
func reviewing(t *testing.T, a *apiServer, change func(*Options)) (*Server, *clock, *strings.Builder) {
	t.Helper()
	o := defaults(Review)
	o.CacheTTL, o.NegativeTTL = 0, 0
	if change != nil {
		change(&o)
	}
	c, log := &clock{t: start.Add(time.Minute)}, &strings.Builder{}
	s, err := New(o, TLSFiles{}, World{Now: c.now, Log: log, Config: a.config()})
	if err != nil {
		t.Fatal(err)
	}
	return s, c, log
}

func robot(audiences ...string) authenticationv1.TokenReviewStatus {
	return authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: audiences,
		User: authenticationv1.UserInfo{Username: "system:serviceaccount:shop:robot", Groups: []string{"system:serviceaccounts", "system:authenticated"}}}
}

func TestReviewAnswers(t *testing.T) {
	anonymous := robot("reports")
	anonymous.User.Username = "system:anonymous"
	odd := robot("reports")
	odd.User.Username = "jane\nkubeflow-userid: admin"
	group := robot("reports")
	group.User.Groups = []string{"a,b"}
	expired := authenticationv1.TokenReviewStatus{Error: "[invalid bearer token, service account token has expired]"}
	for _, c := range []struct {
		name   string
		status authenticationv1.TokenReviewStatus
		change func(*Options)
		kind   Kind
		id     finding.ID
	}{
		{"for the audience", robot("reports"), nil, Allow, ""},
		{"for one of two", robot("b"), func(o *Options) { o.Audiences = []string{"a", "b"} }, Allow, ""},
		{"for another audience, from a server that is wrong", robot("vault"), nil, Rejected, finding.AudienceMismatch},
		{"from a server that does not know audiences", robot(), nil, Rejected, ""},
		{"for the API server", robot("https://kubernetes.default.svc"), func(o *Options) { o.Audiences = nil }, Allow, ""},
		{"for the API server, one that does not know audiences", robot(), func(o *Options) { o.Audiences = nil }, Allow, ""},
		{"anonymous", anonymous, nil, Rejected, ""},
		{"a line break in the name", odd, nil, Forbidden, finding.IdentityNotUsable},
		{"a comma in a group", group, nil, Forbidden, finding.IdentityNotUsable},
		{"expired", expired, nil, Rejected, finding.TokenExpired},
		{"rejected without a reason", authenticationv1.TokenReviewStatus{}, nil, Rejected, ""},
		{"not for the audience", authenticationv1.TokenReviewStatus{Error: `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["reports"]]`}, nil, Rejected, finding.AudienceMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPIServer(t)
			a.set(func() { a.status = c.status })
			s, _, _ := reviewing(t, a, c.change)
			change := map[string]any{}
			switch c.id {
			case finding.AudienceMismatch:
				change["aud"] = "vault"
			case finding.TokenExpired:
				change["exp"] = start.Unix()
			}
			out := s.decide(newSigner(t, "one").token(change))
			if out.Kind != c.kind || c.id != "" && out.Finding != c.id || (out.Kind == Allow) != (out.User == "system:serviceaccount:shop:robot") {
				t.Errorf("%+v, want %s %s", out, c.kind, c.id)
			}
			if out.Kind != Allow && out.Finding == "" {
				t.Error("no finding")
			}
		})
	}
}

// Whatever keeps the API server from answering is 503, and is asked again.
func TestReviewWithoutAnAnswer(t *testing.T) {
	status := func(code int, reason metav1.StatusReason) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(&metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Reason: reason, Code: int32(code), Message: "no"})
		}
	}
	for name, c := range map[string]struct {
		fails http.HandlerFunc
		id    finding.ID
	}{
		"500":      {status(500, metav1.StatusReasonInternalError), finding.APIServerError},
		"429":      {status(429, metav1.StatusReasonTooManyRequests), finding.APIServerError},
		"403":      {status(403, metav1.StatusReasonForbidden), finding.ReviewNotPermitted},
		"401":      {status(401, metav1.StatusReasonUnauthorized), finding.APIServerError},
		"a page":   {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>sign in</html>") }, ""},
		"nothing":  {func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, finding.APIServerUnreachable},
		"too late": {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() }, finding.APIServerUnreachable},
		"another object": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"kind": "Status", "apiVersion": "v1", "status": "Success"}`)
		}, ""},
		"200 empty": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPIServer(t)
			a.Config.ErrorLog = quiet
			a.set(func() { a.status, a.fails = robot("reports"), c.fails })
			s, _, _ := reviewing(t, a, func(o *Options) { o.ReviewTimeout, o.CacheTTL = time.Second, time.Minute })
			raw := newSigner(t, "one").token(nil)
			out := s.decide(raw)
			if out.Kind == Allow || c.id != "" && (out.Kind != Unavailable || out.Finding != c.id) {
				t.Errorf("%+v, want %s", out, c.id)
			}
			if strings.Contains(out.Said, raw) {
				t.Error("the token is repeated")
			}
			if r := s.get("/", "Authorization", "Bearer "+raw); c.id != "" && (r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || r.Header.Get("Kubeflow-Userid") != "") {
				t.Errorf("%d %v", r.StatusCode, r.Header)
			}
			if r := s.get("/", "Authorization", "Bearer "+raw); name == "403" && !strings.Contains(body(t, r), "this service may not create TokenReviews") {
				t.Error("the client is told of a caller that it is not")
			}
			a.set(func() { a.fails = nil })
			if c.id == "" {
				return
			}
			if out := s.decide(raw); out.Kind != Allow {
				t.Errorf("afterwards: %+v", out)
			}
		})
	}
}

func TestReviewAsksForItsAudiences(t *testing.T) {
	a := newAPIServer(t)
	a.set(func() { a.status = robot("reports") })
	s, _, _ := reviewing(t, a, nil)
	raw := newSigner(t, "one").token(nil)
	s.decide(raw)
	if len(a.asked) != 1 || a.asked[0].Token != raw || len(a.asked[0].Audiences) != 1 || a.asked[0].Audiences[0] != "reports" {
		t.Errorf("%d questions", len(a.asked))
	}
	for _, raw := range []string{strings.Repeat("a", MaxToken+1), "a\x00b", "a b"} {
		s.decide(raw)
	}
	if len(a.asked) != 1 {
		t.Error("asked about what cannot be a token")
	}
}

func TestReadyOfReview(t *testing.T) {
	a := newAPIServer(t)
	a.set(func() { a.allowed = false })
	s, c, _ := reviewing(t, a, nil)
	ready := func() string {
		if err := s.decider.tokens.ready(context.Background()); err != nil {
			return err.Error()
		}
		return ""
	}
	if text := ready(); !strings.Contains(text, `"system:serviceaccount:shop:authn" may not create TokenReviews`) {
		t.Error(text)
	}
	a.set(func() { a.allowed = true })
	if ready() == "" {
		t.Error("the answer was not kept")
	}
	c.add(readyFor)
	if text := ready(); text != "" {
		t.Error(text)
	}
	a.Close()
	c.add(readyFor)
	if text := ready(); !strings.Contains(text, "the API server cannot be asked") {
		t.Error(text)
	}
}

// With keys as well, the API server is asked about what they do not disprove.
func TestReviewAndKeys(t *testing.T) {
	one, next := newSigner(t, "one"), newSigner(t, "next")
	a := newAPIServer(t)
	a.set(func() { a.status = robot("reports") })
	d := &disk{}
	d.write("keys.json", jwks(one))
	o := defaults(ReviewAndKeys)
	o.CacheTTL, o.NegativeTTL = 0, 0
	c := &clock{t: start.Add(time.Minute)}
	s, err := New(o, TLSFiles{}, World{Now: c.now, Log: &strings.Builder{}, Read: d.read, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}, Config: a.config()})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw   string
		kind  Kind
		asked int
	}{
		"right":                   {one.token(nil), Allow, 1},
		"a key that is newer":     {next.token(nil), Allow, 1},
		"opaque":                  {"abcdef", Allow, 1},
		"no exp":                  {one.token(map[string]any{"exp": nil}), Allow, 1},
		"claims that disagree":    {one.token(map[string]any{"sub": "system:serviceaccount:kube-system:admin"}), Allow, 1},
		"not yet valid here":      {one.token(map[string]any{"nbf": start.Add(time.Hour).Unix()}), Allow, 1},
		"expired":                 {one.token(map[string]any{"exp": start.Unix()}), Rejected, 0},
		"another audience":        {one.token(map[string]any{"aud": "vault"}), Rejected, 0},
		"somebody else's key one": {newSigner(t, "one").token(nil), Rejected, 0},
	} {
		a.set(func() { a.asked = nil })
		if out := s.decide(c.raw); out.Kind != c.kind || len(a.asked) != c.asked || out.Offline == (c.asked > 0) {
			t.Errorf("%s: %+v, asked %d times", name, out, len(a.asked))
		}
	}
	a.Close()
	if out := s.decide(one.token(nil)); out.Kind != Unavailable {
		t.Errorf("without the API server: %+v", out)
	}
}
