package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

const (
	testIssuer   = "https://issuer.example"
	testAudience = "reports"
	shopWeb      = "system:serviceaccount:shop:web"
)

// epoch is when the clocks of the tests begin.
var epoch = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

// clock is set by tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: epoch} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// signer signs tokens with a key of its own.
type signer struct {
	key *ecdsa.PrivateKey
	kid string
}

func newSigner(t testing.TB, kid string) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{key, kid}
}

// jwks is a key set of the public keys.
func jwks(signers ...*signer) []byte {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.kid, Algorithm: "ES256", Use: "sig"})
	}
	data, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return data
}

type claims map[string]any

// with returns the claims with changes; nil removes a claim.
func (c claims) with(changes claims) claims {
	out := claims{}
	for name, value := range c {
		out[name] = value
	}
	for name, value := range changes {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

// webClaims are the claims of a token of the ServiceAccount shop/web, valid for an hour.
func webClaims() claims {
	return claims{
		"iss": testIssuer, "sub": shopWeb, "aud": []string{testAudience}, "jti": "one",
		"iat": epoch.Unix(), "nbf": epoch.Unix(), "exp": epoch.Add(time.Hour).Unix(),
		"kubernetes.io": claims{"namespace": "shop", "serviceaccount": claims{"name": "web", "uid": "4d1c"}},
	}
}

func (s *signer) sign(t testing.TB, c claims) string {
	t.Helper()
	signing, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.key, KeyID: s.kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signing.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fileSystem has files that tests change.
type fileSystem struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (f *fileSystem) write(name string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.files == nil {
		f.files = map[string][]byte{}
	}
	f.files[name] = data
}

func (f *fileSystem) read(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return data, nil
}

// logged is a log that tests read.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// world is the surroundings of a server under test.
type world struct {
	*testing.T
	clock *clock
	files *fileSystem
	log   *logged
	World
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, clock: newClock(), files: &fileSystem{}, log: &logged{}}
	w.World = World{Now: w.clock.Now, Log: w.log, Read: w.files.read}
	return w
}

// testOptions are the defaults of the command.
func testOptions(mode Mode) Options {
	return Options{
		Mode: mode, Audiences: []string{testAudience}, UserHeader: "kubeflow-userid", GroupsHeader: "kubeflow-groups", SuccessStatus: http.StatusOK, Reason: ReasonCode,
		CacheTTL: 10 * time.Second, NegativeTTL: 2 * time.Second, CacheSize: 8192, ReviewTimeout: 2 * time.Second, MaxReviews: 64, Grace: 5 * time.Second,
	}
}

// server returns a server, and fails the test if the options are wrong.
func (w *world) server(o Options) *Server {
	w.Helper()
	s, err := New(o, TLSFiles{}, w.World)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// withKeys lets the world have the file keys.json.
func (w *world) withKeys(signers ...*signer) *world {
	w.files.write("keys.json", jwks(signers...))
	w.KeyFiles = []KeyFile{{Name: "keys.json", Parse: keyset.ParseKeys}}
	return w
}

// decide sends one request with a token.
func (s *Server) decide(token string) Decision {
	return s.decider.Decide(context.Background(), Request{Protocol: "http", Authorization: []string{"Bearer " + token}, Path: "/"})
}

// apiServer is what a TokenReview meets.
type apiServer struct {
	*httptest.Server
	asked atomic.Int64
	mu    sync.Mutex
	// answer answers a TokenReview; it may take its time.
	answer func(http.ResponseWriter, *authenticationv1.TokenReview)
	// denied lets SelfSubjectAccessReview say no.
	denied atomic.Bool
	self   string
}

func (a *apiServer) set(answer func(http.ResponseWriter, *authenticationv1.TokenReview)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer = answer
}

// ServeHTTP implements http.Handler.
func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
		review := &authenticationv1.TokenReview{}
		if err := json.NewDecoder(r.Body).Decode(review); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		a.asked.Add(1)
		a.mu.Lock()
		answer := a.answer
		a.mu.Unlock()
		answer(w, review)
	case strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews"):
		written(w, http.StatusCreated, &authorizationv1.SelfSubjectAccessReview{Status: authorizationv1.SubjectAccessReviewStatus{Allowed: !a.denied.Load()}})
	case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews"):
		written(w, http.StatusCreated, &authenticationv1.SelfSubjectReview{Status: authenticationv1.SelfSubjectReviewStatus{UserInfo: authenticationv1.UserInfo{Username: a.self}}})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// withAPIServer lets the world have an API server.
func (w *world) withAPIServer(answer func(http.ResponseWriter, *authenticationv1.TokenReview)) *apiServer {
	a := &apiServer{answer: answer, self: "system:serviceaccount:auth:serve"}
	a.Server = httptest.NewServer(a)
	w.Cleanup(a.CloseClientConnections)
	w.Cleanup(a.Close)
	w.Config = &rest.Config{Host: a.URL}
	return a
}

func written(w http.ResponseWriter, status int, object any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object)
}

// accepts answers with a user for the audiences.
func accepts(name string, audiences ...string) func(http.ResponseWriter, *authenticationv1.TokenReview) {
	return func(w http.ResponseWriter, r *authenticationv1.TokenReview) {
		r.Status = authenticationv1.TokenReviewStatus{
			Authenticated: true, Audiences: audiences,
			User: authenticationv1.UserInfo{Username: name, Groups: []string{"system:serviceaccounts", "system:authenticated"}},
		}
		written(w, http.StatusCreated, r)
	}
}

// rejects answers with an error message.
func rejects(message string) func(http.ResponseWriter, *authenticationv1.TokenReview) {
	return func(w http.ResponseWriter, r *authenticationv1.TokenReview) {
		r.Status = authenticationv1.TokenReviewStatus{Error: message}
		written(w, http.StatusCreated, r)
	}
}

// fails answers with a status.
func fails(code int, reason metav1.StatusReason, header ...string) func(http.ResponseWriter, *authenticationv1.TokenReview) {
	return func(w http.ResponseWriter, _ *authenticationv1.TokenReview) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		written(w, code, &metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Reason: reason, Message: fmt.Sprintf("failure %d", code)})
	}
}

// running is a server on free ports.
type running struct {
	http, health string
	stop         context.CancelFunc
	ended        chan error
}

func (w *world) run(s *Server) *running {
	w.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			w.Fatal(err)
		}
		return l
	}
	on := Listeners{HTTP: listen(), Health: listen()}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{http: on.HTTP.Addr().String(), health: on.Health.Addr().String(), stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- s.Run(ctx, on) }()
	w.Cleanup(func() {
		stop()
		select {
		case <-r.ended:
		case <-time.After(10 * time.Second):
			w.Error("the server did not stop")
		}
	})
	return r
}
