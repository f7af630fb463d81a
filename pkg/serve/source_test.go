package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// A key that was taken out of a file verifies nothing any more, and a file that is half written changes nothing.
func TestKeyFilesChange(t *testing.T) {
	old, next := newSigner(t, "old"), newSigner(t, "next")
	o := defaults(Keys)
	o.CacheTTL, o.NegativeTTL = 0, 0
	server, c, d, log := offline(t, o, old)
	if out := server.decide(old.token(nil)); out.Kind != Allow {
		t.Fatalf("%+v", out)
	}
	d.write("keys.json", []byte(`{"keys": [`))
	c.add(lookAgain)
	if out := server.decide(old.token(nil)); out.Kind != Allow {
		t.Errorf("with a file that is half written: %+v", out)
	}
	if err := server.decider.log.flush(); err != nil || !contains(log.String(), "the earlier keys are") {
		t.Errorf("%v, log %s", err, log)
	}
	d.write("keys.json", jwks(next))
	c.add(lookAgain - time.Millisecond)
	if out := server.decide(next.token(nil)); out.Kind != Rejected {
		t.Errorf("before the file is read again: %+v", out)
	}
	c.add(time.Millisecond)
	if out := server.decide(old.token(nil)); out.Kind != Rejected || out.Finding != finding.SigningKeyUnknown {
		t.Errorf("with the key that was taken out: %+v", out)
	}
	if out := server.decide(next.token(nil)); out.Kind != Allow {
		t.Errorf("with the new key: %+v", out)
	}
	d.write("keys.json", []byte(`{"keys": []}`))
	c.add(lookAgain)
	if out := server.decide(next.token(nil)); out.Kind != Allow {
		t.Errorf("with a set without keys: %+v", out)
	}
}

func TestKeyFilesAtStart(t *testing.T) {
	for name, data := range map[string]string{"no JSON": "x", "no key": `{"keys": []}`, "empty": ""} {
		d := &disk{}
		d.write("keys.json", []byte(data))
		_, err := New(defaults(Keys), TLSFiles{}, World{Now: time.Now, Log: &strings.Builder{}, Read: d.read, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}})
		if err == nil {
			t.Errorf("%s: the server starts", name)
		}
	}
}

// published is an issuer that can be down.
type published struct {
	mu       sync.Mutex
	down     bool
	document string
	keys     []byte
	asked    int
	*httptest.Server
}

func publish(t *testing.T, signers ...*signer) *published {
	t.Helper()
	p := &published{keys: jwks(signers...)}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch {
		case p.down:
			w.WriteHeader(http.StatusBadGateway)
		case r.URL.Path == "/keys":
			p.asked++
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(p.keys)
		default:
			issuer := p.document
			if issuer == "" {
				issuer = p.URL
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer, "jwks_uri": p.URL + "/keys",
				"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"}})
		}
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *published) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *published) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func discovering(t *testing.T, p *published) (*Server, *clock) {
	t.Helper()
	c := &clock{t: start.Add(time.Minute)}
	o := defaults(Discovery)
	o.Issuer, o.CacheTTL, o.NegativeTTL = p.URL, 0, 0
	s, err := New(o, TLSFiles{}, World{Now: c.now, Log: &strings.Builder{}, IssuerClient: p.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestDiscoveryHeals(t *testing.T) {
	one, two := newSigner(t, "one"), newSigner(t, "two")
	p := publish(t, one)
	p.change(func() { p.down = true })
	s, c := discovering(t, p)
	good := one.token(map[string]any{"iss": p.URL})
	out := s.decide(good)
	if out.Kind != Unavailable || out.Finding != finding.DiscoveryUnreachable {
		t.Fatalf("while the issuer is down: %+v", out)
	}
	if err := s.decider.tokens.ready(context.Background()); err == nil {
		t.Error("ready without keys")
	}
	p.change(func() { p.down = false })
	c.add(fetchPause - time.Millisecond)
	if out := s.decide(good); out.Kind != Unavailable {
		t.Errorf("before the pause is over: %+v", out)
	}
	c.add(time.Millisecond)
	if out := s.decide(good); out.Kind != Allow {
		t.Errorf("after the pause: %+v", out)
	}
	// A new kid is fetched, but not for each token.
	p.change(func() { p.keys = jwks(one, two) })
	c.add(fetchPause)
	if out := s.decide(two.token(map[string]any{"iss": p.URL})); out.Kind != Allow || p.times() != 2 {
		t.Errorf("a new key: %+v, fetched %d times", out, p.times())
	}
	for range 20 {
		if out := s.decide(newSigner(t, "guess").token(map[string]any{"iss": p.URL})); out.Kind != Rejected || out.Finding != finding.SigningKeyUnknown {
			t.Errorf("an unknown kid: %+v", out)
		}
	}
	if p.times() != 2 {
		t.Errorf("20 unknown kids fetched the keys %d times", p.times()-2)
	}
	// An issuer that cannot be reached may have withdrawn a key.
	p.change(func() { p.down = true })
	c.add(fetchLimit - time.Minute)
	if out := s.decide(one.token(map[string]any{"iss": p.URL, "exp": start.Add(9 * time.Hour).Unix()})); out.Kind != Allow {
		t.Errorf("with keys of almost an hour: %+v", out)
	}
	c.add(2 * time.Minute)
	if out := s.decide(one.token(map[string]any{"iss": p.URL, "exp": start.Add(9 * time.Hour).Unix()})); out.Kind != Unavailable {
		t.Errorf("with keys of more than an hour: %+v", out)
	}
}

func TestDiscoveryOfAnotherIssuer(t *testing.T) {
	one := newSigner(t, "one")
	p := publish(t, one)
	p.change(func() { p.document = "https://other.example" })
	s, _ := discovering(t, p)
	for _, iss := range []string{p.URL, "https://other.example"} {
		if out := s.decide(one.token(map[string]any{"iss": iss})); out.Kind != Unavailable || out.Finding != finding.DiscoveryIssuerMismatch {
			t.Errorf("%+v", out)
		}
	}
	p.change(func() { p.document = "" })
	s, _ = discovering(t, p)
	if out := s.decide(one.token(map[string]any{"iss": p.URL + "/"})); out.Kind != Rejected || out.Finding != finding.IssuerNotTrusted {
		t.Errorf("a slash more: %+v", out)
	}
}

// certificate writes a certificate for 127.0.0.1 with its key, and returns the CA file.
func certificate(t *testing.T, d *disk, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	d.write("tls.crt", cert)
	d.write("tls.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return cert
}

// running serves until the test ends, and returns the addresses and what ends it.
func running(t *testing.T, s *Server) (address, health string, stop func() error) {
	t.Helper()
	var on Listeners
	for _, l := range []*net.Listener{&on.HTTP, &on.GRPC, &on.Health} {
		var err error
		if *l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, on) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = stop() })
	return on.HTTP.Addr().String(), on.Health.Addr().String(), stop
}

func TestTLSFilesChange(t *testing.T) {
	one := newSigner(t, "one")
	d, c := &disk{}, &clock{t: start.Add(time.Minute)}
	d.write("keys.json", jwks(one))
	first := certificate(t, d, "first")
	d.write("ca.crt", first)
	files := TLSFiles{"tls.crt", "tls.key", "ca.crt"}
	s, err := New(defaults(Keys), files, World{Now: c.now, Log: &strings.Builder{}, Read: d.read, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}})
	if err != nil {
		t.Fatal(err)
	}
	address, _, _ := running(t, s)
	get := func(ca []byte, withCertificate bool) error {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(ca)
		config := &tls.Config{RootCAs: pool}
		if withCertificate {
			pair, err := tls.X509KeyPair(d.files["tls.crt"], d.files["tls.key"])
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{pair}
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true, ForceAttemptHTTP2: true}}
		r, err := client.Get("https://" + address + "/")
		if err == nil {
			r.Body.Close()
			if r.StatusCode != 401 || r.ProtoMajor != 2 {
				t.Errorf("%d over %s", r.StatusCode, r.Proto)
			}
		}
		return err
	}
	if err := get(first, true); err != nil {
		t.Error(err)
	}
	if err := get(first, false); err == nil {
		t.Error("a client without a certificate is served")
	}
	d.write("tls.key", []byte("half"))
	c.add(lookAgain)
	if err := get(first, false); err == nil {
		t.Error("a client without a certificate is served while the files change")
	}
	second := certificate(t, d, "second")
	d.write("ca.crt", second)
	c.add(lookAgain)
	if err := get(second, true); err != nil {
		t.Error("after the change:", err)
	}
	if err := get(first, true); err == nil {
		t.Error("the earlier certificate is still served")
	}
	if _, err := New(defaults(Keys), TLSFiles{"tls.crt", "keys.json", ""}, World{Now: c.now, Log: &strings.Builder{}, Read: d.read, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}}); err == nil {
		t.Error("a server starts with a key file that has no key")
	}
}

// A stop answers what is under way, and no probe finds the server ready any more.
func TestGracefulStop(t *testing.T) {
	release := make(chan struct{})
	a := &asked{answer: func(int, string) (*verdict, error) { <-release; return yes(time.Time{})(0, "") }}
	d := with(defaults(Review), a, &clock{t: start})
	s := &Server{decider: d, health: &health{decider: d}, options: d.options}
	address, health, stop := running(t, s)
	if r, err := http.Get("http://" + health + "/readyz"); err != nil || r.StatusCode != 200 {
		t.Fatalf("%v, %v", r, err)
	}
	status := make(chan int, 1)
	go func() {
		r, _ := http.NewRequest(http.MethodGet, "http://"+address, nil)
		r.Header.Set("Authorization", "Bearer a")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		status <- answer.StatusCode
	}()
	for a.times() == 0 {
		time.Sleep(time.Millisecond)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		r, err := http.Get("http://" + health + "/readyz")
		if err == nil && r.StatusCode == http.StatusServiceUnavailable {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a probe finds a stopping server ready")
		}
	}
	close(release)
	if got := <-status; got != 200 {
		t.Errorf("the request under way: %d", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + address); err == nil {
		t.Error("a stopped server answers")
	}
}

// Each wrong or slow client costs its own connection.
func TestClientsThatMisbehave(t *testing.T) {
	s, _, _, _ := offline(t, defaults(Keys), newSigner(t, "one"))
	address, _, _ := running(t, s)
	send := func(text string) string {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(text)); err != nil {
			return ""
		}
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
		answer := make([]byte, 64)
		n, _ := conn.Read(answer)
		return string(answer[:n])
	}
	if got := send("GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 2*maxHeader) + "\r\n\r\n"); !contains(got, " 431 ") && got != "" {
		t.Errorf("huge headers: %q", got)
	}
	if got := send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\nx"); !contains(got, " 401 ") {
		t.Errorf("a body that does not come: %q", got)
	}
	if got := send("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\n b\r\n\r\n"); contains(got, " 200 ") {
		t.Errorf("a folded header: %q", got)
	}
	begin := time.Now()
	if got := send("GET / HTTP/1.1\r\nHost: a\r\n"); contains(got, " 200 ") || time.Since(begin) > headerTimeout+10*time.Second {
		t.Errorf("headers that do not end: %q after %s", got, time.Since(begin))
	}
}

func TestHealth(t *testing.T) {
	a := &asked{answer: no, err: &missingRight{"system:serviceaccount:shop:authn"}}
	d := with(defaults(Review), a, &clock{t: start})
	decide(d, "secret-of-a-caller")
	h := &health{decider: d}
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	if status, text := get("/livez"); status != 200 || text != "ok\n" {
		t.Errorf("%d %s", status, text)
	}
	status, text := get("/readyz")
	for _, want := range []string{`"system:serviceaccount:shop:authn" may not create TokenReviews`, "resources: [tokenreviews]", "namespace: shop\n", "name: authn\n"} {
		if status != 503 || !contains(text, want) {
			t.Errorf("%d without %q: %s", status, want, text)
		}
	}
	a.err = errors.New("down")
	if status, text := get("/readyz"); status != 503 || !contains(text, "down") {
		t.Errorf("%d %s", status, text)
	}
	a.err = nil
	if status, _ := get("/readyz"); status != 200 {
		t.Errorf("%d", status)
	}
	status, text = get("/metrics")
	if status != 200 || !contains(text, `authn_serve_decisions_total{decision="rejected",finding="token-expired",mode="review",protocol=""} 1`) || contains(text, "secret-of") {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := get("/"); status != 404 {
		t.Errorf("/: %d", status)
	}
}
