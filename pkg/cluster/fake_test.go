package cluster

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
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// These fakes do what a real API server cannot be made to do.

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func issue(name string, by *pair, change func(*x509.Certificate)) *pair {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer))
	return &pair{must(x509.ParseCertificate(der)), key}
}

func (p *pair) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
}

func (p *pair) keyPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(p.key))})
}

func (p *pair) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key}
}

var (
	serverCA = issue("the server's CA", nil, nil)
	clientCA = issue("the client CA", nil, nil)
)

// request is a request that a fake received.
type request struct {
	method, path, body string
	header             http.Header
	clientName         string
}

// fake is a server that answers as configured and records its requests.
type fake struct {
	*httptest.Server
	mu   sync.Mutex
	seen []request
}

// newFake starts a TLS server with a certificate of the CA serverCA. change may be nil.
func newFake(t *testing.T, answer http.HandlerFunc, change func(*tls.Config)) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen := request{method: r.Method, path: r.URL.Path, body: string(body), header: r.Header.Clone()}
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			seen.clientName = r.TLS.PeerCertificates[0].Subject.CommonName
		}
		f.mu.Lock()
		f.seen = append(f.seen, seen)
		f.mu.Unlock()
		answer(w, r)
	}))
	f.Config.ErrorLog = discard
	f.TLS = &tls.Config{Certificates: []tls.Certificate{issue("api.example", serverCA, func(c *x509.Certificate) { c.DNSNames = []string{"api.example"} }).tls()}}
	if change != nil {
		change(f.TLS)
	}
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func (f *fake) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.seen...)
}

// config is the configuration of a caller with only the server's CA.
func (f *fake) config() *rest.Config {
	return &rest.Config{Host: f.URL, Timeout: 30 * time.Second, TLSClientConfig: rest.TLSClientConfig{CAData: serverCA.certPEM()}}
}

func caller(t *testing.T, config *rest.Config) *Caller {
	t.Helper()
	c, err := NewCaller(config, &token.Secrets{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answers writes a status and a body, as JSON.
func answers(status int, body any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
}

type object = map[string]any

func kubernetesStatus(code int, reason, message string, details object) object {
	return object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message, "details": details}
}
