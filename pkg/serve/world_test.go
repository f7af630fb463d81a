package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const ownIssuer = "https://kubernetes.default.svc"

var start = time.Date(2026, 5, 24, 19, 0, 0, 0, time.UTC)

// clock is a clock that only a test sets.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// signer is a key of an issuer.
type signer struct {
	t    testing.TB
	kid  string
	key  *ecdsa.PrivateKey
	sign jose.Signer
}

func newSigner(t testing.TB, kid string) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{t, kid, key, sign}
}

func jwks(signers ...*signer) []byte {
	set := jose.JSONWebKeySet{}
	for _, s := range signers {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: s.key.Public(), KeyID: s.kid, Algorithm: "ES256", Use: "sig"})
	}
	out, err := json.Marshal(set)
	if err != nil {
		panic(err)
	}
	return out
}

// claims are those of a token of the ServiceAccount shop/robot for "reports", valid for an hour. A nil value of
// change removes a claim.
func claims(change map[string]any) map[string]any {
	out := map[string]any{
		"iss": ownIssuer, "aud": []string{"reports"}, "sub": "system:serviceaccount:shop:robot", "jti": "b0a1",
		"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		"kubernetes.io": account("shop", "robot"),
	}
	for name, value := range change {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

func account(namespace, name string) map[string]any {
	return map[string]any{"namespace": namespace, "serviceaccount": map[string]any{"name": name, "uid": "7c3a"}}
}

func (s *signer) token(change map[string]any) string {
	s.t.Helper()
	out, err := jwt.Signed(s.sign).Claims(claims(change)).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// defaults are the options of the command's defaults for the audience "reports".
func defaults(mode Mode) Options {
	return Options{
		Mode: mode, Audiences: []string{"reports"}, UserHeader: "kubeflow-userid", GroupsHeader: "kubeflow-groups", SuccessStatus: 200, Reason: ReasonCode,
		CacheTTL: 10 * time.Second, NegativeTTL: 2 * time.Second, CacheSize: 100, ReviewTimeout: 2 * time.Second, MaxReviews: 4, Grace: 5 * time.Second,
	}
}

// disk is the files of a test by name.
type disk struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (d *disk) read(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if data, ok := d.files[name]; ok {
		return data, nil
	}
	return nil, finding.Errorf("no file %s", finding.File.Of(name))
}

func (d *disk) write(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.files == nil {
		d.files = map[string][]byte{}
	}
	d.files[name] = data
}

// offline returns a server in mode keys with the keys of signers, its clock, its files and its log.
func offline(t testing.TB, o Options, signers ...*signer) (*Server, *clock, *disk, *bytes.Buffer) {
	t.Helper()
	c, d, log := &clock{t: start.Add(time.Minute)}, &disk{}, &bytes.Buffer{}
	d.write("keys.json", jwks(signers...))
	s, err := New(o, TLSFiles{}, World{Now: c.now, Log: log, Read: d.read, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}})
	if err != nil {
		t.Fatal(err)
	}
	return s, c, d, log
}

func (s *Server) decide(raw string) Decision {
	return s.decider.Decide(context.Background(), Request{Protocol: "http", Authorization: []string{"Bearer " + raw}})
}

// get asks the server over HTTP, with headers given as name, value.
func (s *Server) get(path string, headers ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "http://reports.shop/", nil)
	r.RequestURI = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.decider.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// asked is an authenticator whose answers a test chooses.
type asked struct {
	mu     sync.Mutex
	n      int
	answer func(n int, raw string) (*verdict, error)
	err    error
}

func (a *asked) authenticate(_ context.Context, t token.Secret) (*verdict, error) {
	a.mu.Lock()
	a.n++
	n := a.n
	a.mu.Unlock()
	return a.answer(n, t.Reveal())
}

func (a *asked) ready(context.Context) error { return a.err }

func (a *asked) times() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n
}

// with returns a decider with the answers of a.
func with(o Options, a *asked, c *clock) *Decider {
	m := newMetrics(o.Mode)
	d := &Decider{options: o, tokens: a, metrics: m, log: newLog(io.Discard), now: c.now}
	d.cache = newCache(a, &d.options, m, c.now)
	return d
}
