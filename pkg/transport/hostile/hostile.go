// Package hostile is a server with bad answers, for tests of the limits of clients. Requests that a kind does
// not affect get the answer of an API server, an issuer or a webhook.
package hostile

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// CallerToken is the caller's credential. The server rejects others.
const CallerToken = "canary-of-the-caller-0123456789"

// Kind is a kind of bad answer.
type Kind struct {
	Name string
	// Learns reports that the answer is readable nevertheless, so that a command may succeed.
	Learns bool
	// Proxy is the scheme if this is a proxy; empty for a server.
	Proxy string

	// accept handles a connection before TLS; nil continues with TLS.
	accept func(*visit)
	// secure changes the TLS configuration.
	secure func(*tls.Config)
	// frames answers in HTTP/2, after the first request, on its stream.
	frames func(v *visit, stream uint32)
	// answer answers a request over HTTP/1.1, after which the connection is closed.
	answer func(*visit, *http.Request)
}

// Server has bad answers of a kind, on its own port.
type Server struct {
	Kind
	// Only restricts bad answers to paths that contain this text.
	Only string

	listener net.Listener
	mu       sync.Mutex
	conns    map[net.Conn]bool
	closed   bool
	leaks    []string
}

// New starts a server. Close stops it.
func New(kind Kind, only string) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Kind: kind, Only: only, listener: listener, conns: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if s.keep(conn) {
				go s.serve(conn)
			}
		}
	}()
	return s, nil
}

// URL is the URL of the server.
func (s *Server) URL() string { return "https://" + s.listener.Addr().String() }

// ProxyURL is the URL of the server as a proxy.
func (s *Server) ProxyURL() string { return s.Proxy + "://" + s.listener.Addr().String() }

// CA is the server's certificate in PEM.
func (s *Server) CA() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: identity().Certificate[0]})
}

// Leaks are the credentials that arrived where none is allowed: without TLS, or after a redirect.
func (s *Server) Leaks() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.leaks...)
}

// Close stops the server and closes its connections.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.conns {
		_ = conn.Close()
	}
}

func (s *Server) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *Server) drop(conn net.Conn) {
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// visit is a connection of a client.
type visit struct {
	net.Conn
	in     *bufio.Reader
	server *Server
}

func (s *Server) serve(conn net.Conn) {
	defer s.drop(conn)
	raw := bufio.NewReader(conn)
	v := &visit{conn, raw, s}
	if s.accept != nil {
		s.accept(v)
		return
	}
	const handshake = 22 // RFC 8446, section 5.1
	if first, err := raw.Peek(1); err != nil || first[0] != handshake {
		if r, err := http.ReadRequest(raw); err == nil {
			s.leak(r, "without TLS")
		}
		return
	}
	config := &tls.Config{Certificates: []tls.Certificate{*identity()}, NextProtos: []string{"http/1.1"}}
	if s.frames != nil {
		config.NextProtos = []string{"h2"}
	}
	if s.secure != nil {
		s.secure(config)
	}
	secured := tls.Server(peeked{conn, raw}, config)
	if secured.Handshake() != nil {
		return
	}
	v.Conn, v.in = secured, bufio.NewReader(secured)
	if s.frames != nil {
		v.http2()
		return
	}
	for {
		r, err := http.ReadRequest(v.in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.Contains(r.URL.Path, "elsewhere") {
			s.leak(r, "where a redirect leads")
		}
		if s.answer != nil && strings.Contains(r.URL.Path, s.Only) {
			s.answer(v, r)
			return
		}
		status, document := good(r, body, s.URL())
		v.respond(status, nil, document)
	}
}

// peeked is a connection whose first bytes were read.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

func (s *Server) leak(r *http.Request, where string) {
	if r.Header.Get("Authorization") == "" && where != "without TLS" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaks = append(s.leaks, fmt.Sprintf("%s %s came %s", r.Method, r.URL.Path, where))
}

// identity is the self-signed certificate of all servers.
var identity = sync.OnceValue(func() *tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hostile"}, DNSNames: []string{"localhost", Host},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key().Public(), key())
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key()}
})

// Host is a name in the servers' certificate that no resolver knows.
const Host = "hostile.invalid"

// key is the key of the servers and of their issuer.
var key = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
})

// Key is the public key of the servers' issuer in PEM.
func Key() []byte {
	der, err := x509.MarshalPKIXPublicKey(key().Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Token returns a token with these claims, signed by the servers' issuer.
func Token(claims map[string]any) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"ES256","kid":"hostile"}`)) + "." + encode(document(claims))
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key(), digest[:])
	if err != nil {
		panic(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + encode(signature)
}

func document(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
