package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// tap is a listener that records every byte.
type tap struct {
	net.Listener
	mu   sync.Mutex
	seen bytes.Buffer
}

func (l *tap) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &tapped{c, l}, nil
}

type tapped struct {
	net.Conn
	tap *tap
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	c.tap.seen.Write(p[:n])
	return n, err
}

// certified is a server with a certificate of that CA, for these names and no address.
func certified(t *testing.T, by *pair, answer http.HandlerFunc, names ...string) *fake {
	t.Helper()
	return newFake(t, answer, func(c *tls.Config) {
		c.Certificates = []tls.Certificate{issue("server", by, func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses = nil, nil
			for _, n := range names {
				if ip := net.ParseIP(n); ip != nil {
					c.IPAddresses = append(c.IPAddresses, ip)
				} else {
					c.DNSNames = append(c.DNSNames, n)
				}
			}
		}).tls()}
	})
}

var refusal = answers(401, kubernetesStatus(401, "Unauthorized", "Unauthorized", nil))

// An endpoint gets a credential only after its certificate is verified.
func TestEndpointHasToShowWhoItIs(t *testing.T) {
	otherCA := issue("another CA", nil, nil)
	expired := newFake(t, refusal, func(c *tls.Config) {
		c.Certificates = []tls.Certificate{issue("old", serverCA, func(c *x509.Certificate) {
			c.DNSNames, c.NotBefore, c.NotAfter = []string{ServiceName}, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}).tls()}
	})
	elsewhere := certified(t, serverCA, refusal, ServiceName)
	redirecting := certified(t, serverCA, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}, ServiceName)
	hanging := certified(t, serverCA, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ServiceName)
	system := func(c *rest.Config) { c.CAData = nil }
	for name, c := range map[string]struct {
		at     *fake
		change func(*rest.Config)
		want   bool
		kind   evidence.FailureKind
		// says is a part of the reason.
		transport evidence.Transport
		says      string
	}{
		"for the Service":                              {at: certified(t, serverCA, refusal, ServiceName), want: true},
		"for the kubeconfig's server":                  {at: certified(t, serverCA, refusal, "api.example"), want: true},
		"for tls-server-name":                          {at: certified(t, serverCA, refusal, "named.example"), change: func(c *rest.Config) { c.ServerName = "named.example" }, want: true},
		"for an address alone":                         {at: certified(t, serverCA, refusal, "127.0.0.1"), kind: evidence.Unreachable, transport: evidence.TransportWrongName, says: "api.example or kubernetes.default.svc"},
		"for another host of the same CA":              {at: certified(t, serverCA, refusal, "kubelet.example"), kind: evidence.Unreachable, transport: evidence.TransportWrongName},
		"the server, where tls-server-name is another": {at: certified(t, serverCA, refusal, "api.example"), change: func(c *rest.Config) { c.ServerName = "named.example" }, kind: evidence.Unreachable, transport: evidence.TransportWrongName},
		"of another CA":                                {at: certified(t, otherCA, refusal, ServiceName, "api.example"), kind: evidence.Unreachable, transport: evidence.TransportUntrusted},
		"expired":                                      {at: expired, kind: evidence.Unreachable, transport: evidence.TransportExpired},
		"of no CA that the system has":                 {at: certified(t, serverCA, refusal, "api.example"), change: system, kind: evidence.Unreachable, transport: evidence.TransportUntrusted},
		"a redirect":                                   {at: redirecting, kind: evidence.Unusable, says: "not an API server"},
		"a page":                                       {at: certified(t, serverCA, answers(200, object{"ok": true}), ServiceName), kind: evidence.Unusable, says: "not an API server"},
		"one that hangs":                               {at: hanging, change: func(c *rest.Config) { c.Timeout = 300 * time.Millisecond }, kind: evidence.Unreachable, transport: evidence.TransportTimeout},
		"a kubeconfig that verifies nothing":           {at: certified(t, serverCA, refusal, ServiceName), change: func(c *rest.Config) { c.CAData, c.Insecure = nil, true }, kind: evidence.Unusable, says: "insecure-skip-tls-verify"},
		"a kubeconfig without TLS":                     {at: certified(t, serverCA, refusal, ServiceName), change: func(c *rest.Config) { c.Host, c.TLSClientConfig = "http://api.example", rest.TLSClientConfig{} }, kind: evidence.Unusable, says: "no TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			config := &rest.Config{Host: "https://api.example:6443", BearerToken: "the-callers", Timeout: 10 * time.Second, TLSClientConfig: rest.TLSClientConfig{CAData: serverCA.certPEM()}}
			if c.change != nil {
				c.change(config)
			}
			at, endpoint := caller(t, config).At(t.Context(), c.at.URL)
			if (at != nil) != c.want || endpoint.URL != c.at.URL || endpoint.Anonymous.Known() != c.want {
				t.Fatalf("vouched for: %t; %+v", at != nil, endpoint)
			}
			for _, r := range c.at.requests() {
				if r.header.Get("Authorization") != "" || r.clientName != "" {
					t.Errorf("it was sent %+v before it was known", r)
				}
			}
			if !c.want {
				f := endpoint.Anonymous.Failure
				if f.Kind != c.kind || f.Transport != c.transport || !strings.Contains(f.Error(), c.says) || f.Error() == "" {
					t.Errorf("the reason: %+v", f)
				}
				if vouchedFor := c.kind == evidence.Unusable && c.says == "not an API server" || c.transport == evidence.TransportTimeout; !vouchedFor && len(c.at.requests()) > 0 {
					t.Errorf("it was sent %+v", c.at.requests())
				}
				return
			}
			subject := must(at.NewSubject(&credential.Credential{Token: token.Parse("the-subjects")}))
			defer subject.Close()
			if answer, _, failure := subject.WhoAmI(t.Context()); failure != nil || answer.Status != 401 {
				t.Errorf("asked with the credential: %+v, %v", answer, failure)
			}
			at.Version(t.Context())
			var sent []string
			for _, r := range c.at.requests() {
				sent = append(sent, r.header.Get("Authorization"))
			}
			if !slices.Equal(sent, []string{"", "Bearer the-subjects", "Bearer the-callers"}) {
				t.Errorf("it was sent %q", sent)
			}
		})
	}
	if len(elsewhere.requests()) > 0 {
		t.Errorf("the redirect was followed: %+v", elsewhere.requests())
	}
}

// A server that is not trusted gets only the beginning of a handshake and an alert: no byte of a token, a name or
// a certificate, even if it takes over an address that was trusted before.
func TestImpostorSeesNothing(t *testing.T) {
	good := certified(t, serverCA, refusal, ServiceName)
	config := &rest.Config{Host: "https://api.example", BearerToken: "the-callers-token", Timeout: 5 * time.Second, TLSClientConfig: rest.TLSClientConfig{CAData: serverCA.certPEM()}}
	at, _ := caller(t, config).At(t.Context(), good.URL)
	if at == nil {
		t.Fatal("the good server is not vouched for")
	}
	address := good.Listener.Addr().String()
	good.Close()
	listener := &tap{Listener: must(new(net.ListenConfig).Listen(context.Background(), "tcp", address))}
	asked := make(chan string, 9)
	impostor := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }), ErrorLog: discard, ReadHeaderTimeout: time.Minute}
	forged := issue("server", issue("another CA", nil, nil), func(c *x509.Certificate) { c.DNSNames = []string{ServiceName} }).tls()
	go func() {
		_ = impostor.Serve(tls.NewListener(listener, &tls.Config{
			// With TLS 1.2, a client certificate would be sent unencrypted.
			Certificates: []tls.Certificate{forged}, ClientAuth: tls.RequestClientCert, MaxVersion: tls.VersionTLS12,
		}))
	}()
	defer impostor.Close()

	leaf := issue("jane", clientCA, nil)
	certificate := must(credential.ParseCertificate(append(leaf.certPEM(), leaf.keyPEM()...)))
	for _, c := range []*credential.Credential{{Token: token.Parse("the-subjects-token")}, {Certificate: certificate}} {
		subject := must(at.NewSubject(c))
		if _, _, failure := subject.WhoAmI(t.Context()); failure == nil || failure.Transport != evidence.TransportUntrusted {
			t.Errorf("the impostor answered: %v", failure)
		}
		subject.Close()
	}
	if _, failure := at.Review(t.Context(), token.NewSecret("the-subjects-token"), nil); failure == nil || failure.Transport != evidence.TransportUntrusted {
		t.Errorf("the impostor was asked for a review: %v", failure)
	}
	if len(asked) > 0 {
		t.Errorf("the impostor was asked %s", <-asked)
	}
	listener.mu.Lock()
	defer listener.mu.Unlock()
	seen := listener.seen.Bytes()
	if len(seen) == 0 {
		t.Fatal("nothing arrived: the test shows nothing")
	}
	for _, secret := range [][]byte{[]byte("the-subjects-token"), []byte("the-callers-token"), []byte("Authorization"), []byte("jane"), leaf.cert.Raw[:40]} {
		if bytes.Contains(seen, secret) {
			t.Errorf("%q arrived", secret)
		}
	}
}

func TestAddresses(t *testing.T) {
	slice := func(port object, addresses ...string) object {
		return object{"endpoints": []object{{"addresses": addresses}}, "ports": []object{port}}
	}
	https := object{"name": "https", "port": 6443}
	many := make([]string, maxAddresses+1)
	for i := range many {
		many[i] = "10.0.0." + string(rune('1'+i%9))
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   []string
		kind   evidence.FailureKind
	}{
		"two":       {answer: answers(200, object{"items": []object{slice(https, "10.0.0.1", "10.0.0.2")}}), want: []string{"https://10.0.0.1:6443", "https://10.0.0.2:6443"}},
		"dual":      {answer: answers(200, object{"items": []object{slice(https, "10.0.0.1"), slice(https, "fd00::1")}}), want: []string{"https://10.0.0.1:6443", "https://[fd00::1]:6443"}},
		"a name":    {answer: answers(200, object{"items": []object{slice(object{"port": 443}, "api.example")}}), want: []string{"https://api.example:443"}},
		"nonsense":  {answer: answers(200, object{"items": []object{slice(https, "a/b", "u@h", "", "10.0.0.1"), slice(object{"name": "https", "port": 70000}, "10.0.0.2")}}), want: []string{"https://10.0.0.1:6443"}},
		"none":      {answer: answers(200, object{"items": []object{}}), kind: evidence.Absent},
		"zone":      {answer: answers(200, object{"items": []object{slice(https, "fe80::1%x]:1@h.example/#")}}), kind: evidence.Absent},
		"too many":  {answer: answers(200, object{"items": []object{slice(https, many...)}}), kind: evidence.Unusable},
		"forbidden": {answer: answers(403, kubernetesStatus(403, "Forbidden", "no", nil)), kind: evidence.Forbidden},
		"unknown":   {answer: answers(404, kubernetesStatus(404, "NotFound", "no", nil)), kind: evidence.Unsupported},
	} {
		f := newFake(t, c.answer, nil)
		got := caller(t, f.config()).Addresses(t.Context())
		if !slices.Equal(got.Value, c.want) || got.Known() != (c.want != nil) || c.want == nil && !got.Failed(c.kind) {
			t.Errorf("%s: %+v", name, got)
		}
		if seen := f.requests(); len(seen) != 1 || seen[0].path != "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices" {
			t.Errorf("%s: asked %+v", name, seen)
		}
	}
}
