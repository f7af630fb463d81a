package cmd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// authority is a CA or a certificate that a CA issued.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issued(name string, by *authority, change func(*x509.Certificate)) *authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: by == nil, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	return &authority{must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)))), key}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

func (a *authority) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{a.cert.Raw}, PrivateKey: a.key}
}

func between(from, to time.Duration) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) }
}

// listening passes each connection to serve, and returns the address.
func listening(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// way is a server and its entry in a kubeconfig.
type way struct {
	server string
	// ca is the CA in the kubeconfig; nil if there is none.
	ca    *authority
	entry object
}

// behind is a server with a certificate that ca issued, and a kubeconfig with the CA trusted.
func behind(t *testing.T, certificate, trusted *authority, change func(*tls.Config), answer http.HandlerFunc) way {
	t.Helper()
	s := httptest.NewUnstartedServer(answer)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.tls()}}
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return way{server: s.URL, ca: trusted}
}

func page(status int, title string, header map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><HTML><head><TITLE lang=en>\n "+title+" </title></head><body>…</body></html>")
	}
}

func status(code int, reason string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Audit-Id", "an-id")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, asJSON(object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": reason, "reason": reason, "code": code}))
	}
}

// Each fault that prevents a request from reaching the API server, with a listener that causes it. The credential
// does not matter: the verdict is Undecided, and the cause says how far the request got.
func TestOnTheWay(t *testing.T) {
	ca, rebuilt, other := issued("kubernetes", nil, nil), issued("kubernetes", nil, nil), issued("another", nil, nil)
	ours := issued("kube-apiserver", ca, nil)
	ok := status(401, "Unauthorized")
	closed := must(net.Listen("tcp", "127.0.0.1:0"))
	closed.Close()
	proxy := func(serve http.HandlerFunc) object {
		s := httptest.NewServer(serve)
		t.Cleanup(s.Close)
		return object{"proxy-url": strings.Replace(s.URL, "http://", "http://jane:proxys3cret@", 1)}
	}
	plain := httptest.NewServer(ok)
	t.Cleanup(plain.Close)
	with := func(w way, entry object) way {
		w.entry = entry
		return w
	}
	for name, c := range map[string]struct {
		way   way
		cause finding.ID
		// says are parts of the cause's detail or evidence in the report.
		says []string
	}{
		"refused":                       {way{server: "https://" + closed.Addr().String(), ca: ca}, finding.APIServerUnreachable, []string{"nothing listens at " + closed.Addr().String()}},
		"silent":                        {way{server: "https://" + listening(t, func(net.Conn) {}), ca: ca}, finding.APIServerUnreachable, []string{"the TLS handshake did not finish in time"}},
		"closed in the handshake":       {way{server: "https://" + listening(t, func(c net.Conn) { c.Close() }), ca: ca}, finding.APIServerUnreachable, []string{"accepted the connection and closed it", "in the TLS handshake"}},
		"closed before the answer":      {behind(t, ours, ca, nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), finding.APIServerUnreachable, []string{"closed before a response arrived"}},
		"no answer":                     {behind(t, ours, ca, nil, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body); <-r.Context().Done() }), finding.APIServerUnreachable, []string{"received the request and did not answer"}},
		"http where https is expected":  {way{server: strings.Replace(plain.URL, "http://", "https://", 1), ca: ca}, finding.APIServerUnreachable, []string{"answers in plain HTTP"}},
		"https where http is written":   {way{server: strings.Replace(behind(t, ours, ca, nil, ok).server, "https://", "http://", 1)}, finding.PlainHTTPServer, nil},
		"an old version of TLS":         {behind(t, ours, ca, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11; c.MinVersion = tls.VersionTLS10 }, ok), finding.APIServerUnreachable, []string{"the TLS handshake failed", "protocol version"}},
		"a client certificate demanded": {behind(t, ours, ca, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }, ok), finding.APIServerUnreachable, []string{"the TLS handshake failed", "certificate required"}},
		"the CA of another cluster":     {behind(t, issued("kube-apiserver", other, nil), ca, nil, ok), finding.ServerCertificateUntrusted, []string{`"CN=another" issued the server certificate, and not the CA in the kubeconfig`, "CN=kubernetes", "CN=kube-apiserver, issued by CN=another"}},
		"the CA before it was rebuilt":  {behind(t, issued("kube-apiserver", rebuilt, nil), ca, nil, ok), finding.ServerCertificateUntrusted, []string{`a CA named "CN=kubernetes" issued the server certificate, but the CA of that name in the kubeconfig has another key`}},
		"a self-signed certificate":     {behind(t, issued("made at start", nil, nil), ca, nil, ok), finding.ServerCertificateUntrusted, []string{"is self-signed"}},
		"no CA in the kubeconfig":       {behind(t, ours, nil, nil, ok), finding.ServerCertificateUntrusted, []string{"has no certificate authority", "none, so the CAs of this machine apply"}},
		"a CA that expired": {func() way {
			old := issued("kubernetes", nil, between(-48*time.Hour, -24*time.Hour))
			return behind(t, issued("kube-apiserver", old, nil), old, nil, ok)
		}(), finding.ServerCertificateExpired, []string{"the CA certificate in the kubeconfig, which signed the server certificate, expired at"}},
		"a certificate for clients": {behind(t, issued("kube-apiserver", ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), ca, nil, ok), finding.ServerCertificateUntrusted, []string{"is not usable for a server"}},
		"expired":                   {behind(t, issued("kube-apiserver", ca, between(-48*time.Hour, -24*time.Hour)), ca, nil, ok), finding.ServerCertificateExpired, []string{"expired at", "1d ago", "this machine's clock"}},
		"not yet valid":             {behind(t, issued("kube-apiserver", ca, between(24*time.Hour, 48*time.Hour)), ca, nil, ok), finding.ServerCertificateExpired, []string{"is not valid before"}},
		"another name": {behind(t, issued("kube-apiserver", ca, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"api.example", "kubernetes"} }), ca, nil, ok),
			finding.ServerCertificateNameMismatch, []string{`not valid for "127.0.0.1"`, "api.example, kubernetes", "set-cluster k --tls-server-name=api.example"}},
		"another tls-server-name": {with(behind(t, ours, ca, nil, ok), object{"tls-server-name": "wrong.example"}), finding.ServerCertificateNameMismatch, []string{`"wrong.example" from tls-server-name`, "valid for 127.0.0.1"}},

		"a missing proxy": {with(way{server: "https://192.0.2.1", ca: ca}, object{"proxy-url": "http://" + closed.Addr().String()}), finding.APIServerUnreachable, []string{"the proxy did not forward", "refused"}},
		"a proxy that asks for a password": {with(way{server: "https://192.0.2.1", ca: ca}, proxy(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(407) })),
			finding.APIServerUnreachable, []string{"the proxy did not forward", "407 Proxy Authentication Required"}},
		"a proxy that finds no server": {with(way{server: "https://192.0.2.1", ca: ca}, proxy(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) })),
			finding.APIServerUnreachable, []string{"the proxy did not forward", "502 Bad Gateway"}},

		"a redirect to a login page":    {behind(t, ours, ca, nil, page(302, "Found", map[string]string{"Location": "https://login.example/start?next=%2F"})), finding.AnswerNotFromAPIServer, []string{"to login.example, as a login page does"}},
		"a login page":                  {behind(t, ours, ca, nil, page(200, "Sign in &amp; go on", nil)), finding.AnswerNotFromAPIServer, []string{"The body is a web page", "Sign in & go on"}},
		"a gateway without a server":    {behind(t, ours, ca, nil, page(502, "502 Bad Gateway", map[string]string{"Server": "nginx"})), finding.AnswerNotFromAPIServer, []string{"got no answer from the API server", "nginx", "502 Bad Gateway"}},
		"a load balancer, no members":   {behind(t, ours, ca, nil, page(503, "Service Unavailable", nil)), finding.AnswerNotFromAPIServer, []string{"got no answer from the API server"}},
		"a gateway that authenticates":  {behind(t, ours, ca, nil, page(401, "Authorization Required", map[string]string{"WWW-Authenticate": `Basic realm="ops"`})), finding.AnswerNotFromAPIServer, []string{"requires its own authentication (Basic)"}},
		"a gateway that forbids":        {behind(t, ours, ca, nil, page(403, "Access denied", nil)), finding.AnswerNotFromAPIServer, []string{"The body is a web page", "Access denied"}},
		"a proxy's 407 inside of TLS":   {behind(t, ours, ca, nil, page(407, "", nil)), finding.AnswerNotFromAPIServer, []string{"requires its own user name and password"}},
		"an API server in trouble":      {behind(t, ours, ca, nil, status(503, "ServiceUnavailable")), finding.APIServerError, nil},
		"an API server without a clue":  {behind(t, ours, ca, nil, status(404, "NotFound")), finding.APIServerError, nil},
		"an API server that says no":    {behind(t, ours, ca, nil, ok), finding.CredentialRejected, nil},
		"an API server that serves all": {behind(t, ours, ca, nil, status(403, `forbidden: User "system:anonymous" cannot post path "/x"`)), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entry := object{"server": c.way.server}
			for k, v := range c.way.entry {
				entry[k] = v
			}
			if c.way.ca != nil {
				entry["certificate-authority-data"] = []byte(c.way.ca.pem())
			}
			config := file(t, "kubeconfig", asJSON(object{
				"apiVersion": "v1", "kind": "Config", "current-context": "c",
				"clusters": []object{{"name": "k", "cluster": entry}},
				"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
				"users":    []object{{"name": "u", "user": object{"token": "an-opaque-s3cret"}}},
			}))
			got := run(t, "", "--kubeconfig", config, "--request-timeout", "3s", "explain", "-o", "json")
			var x report.Explanation
			if err := json.Unmarshal([]byte(got.out), &x); err != nil {
				t.Fatalf("%v: %s%s", err, got.out, got.err)
			}
			if strings.Contains(got.out+got.err, "s3cret") {
				t.Error("a secret is printed")
			}
			if c.cause == "" {
				if x.Verdict != report.Anonymous && x.Verdict != report.Undecided {
					t.Errorf("%s: %s", x.Verdict, x.Cause)
				}
				return
			}
			want, exit := report.Undecided, exitUndecided
			if c.cause == finding.CredentialRejected {
				want, exit = report.Rejected, exitNo
			}
			if x.Cause != c.cause || x.Verdict != want || got.status != exit {
				t.Fatalf("%s, %s, exit status %d: %+v", x.Verdict, x.Cause, got.status, x.Findings)
			}
			var said strings.Builder
			for _, f := range x.Findings {
				if f.ID == x.Cause {
					said.WriteString(f.Detail.String())
					for _, e := range f.Evidence {
						said.WriteString("\n" + e.Source.String() + ": " + e.Value.String())
					}
					for _, r := range f.Remedy {
						said.WriteString("\n" + r.Description.String() + "\n" + r.Command.String())
					}
				}
			}
			for _, part := range c.says {
				if !strings.Contains(said.String(), part) {
					t.Errorf("%q is not in:\n%s", part, said.String())
				}
			}
			for _, neighbour := range []finding.ID{
				finding.APIServerUnreachable, finding.ServerCertificateUntrusted, finding.ServerCertificateExpired, finding.ServerCertificateNameMismatch,
				finding.AnswerNotFromAPIServer, finding.APIServerError, finding.PlainHTTPServer, finding.CredentialRejected,
			} {
				if neighbour != c.cause && !(c.cause == finding.PlainHTTPServer && neighbour == finding.AnswerNotFromAPIServer) &&
					slices.ContainsFunc(x.Findings, func(f finding.Finding) bool { return f.ID == neighbour && f.Explains() }) {
					t.Errorf("%s is found as well", neighbour)
				}
			}
		})
	}
}

// The advice names the source of the address: --server if that was given, else the kubeconfig.
func TestAddressOfAFlag(t *testing.T) {
	closed := must(net.Listen("tcp", "127.0.0.1:0"))
	closed.Close()
	config := file(t, "kubeconfig", asJSON(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": []object{{"name": "k", "cluster": object{"server": "https://" + closed.Addr().String()}}},
		"contexts": []object{{"name": "c", "context": object{"cluster": "k", "user": "u"}}},
		"users":    []object{{"name": "u", "user": object{"token": "t"}}},
	}))
	for says, flags := range map[string][]string{
		"Check the port in the kubeconfig,": nil,
		"Check the port in --server":        {"--server", "https://" + closed.Addr().String()},
	} {
		got := run(t, "", append([]string{"--kubeconfig", config, "explain"}, flags...)...)
		if !strings.Contains(got.out, says) || strings.Contains(got.out, "config view") != (flags == nil) {
			t.Errorf("%q does not say %q:\n%s", flags, says, got.out)
		}
	}
}
