// Package transport is the HTTP transport of all network calls. It bounds each phase of a call
// and the whole, whatever the server does.
package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// DefaultTimeout bounds a network call without --request-timeout.
const DefaultTimeout = 10 * time.Second

// MaxHeader is the maximum size of a response's header in bytes, including informational
// responses (1xx) before it.
const MaxHeader = 1 << 20

// Options configure a transport.
type Options struct {
	// TLS is for the server and for a proxy; nil trusts the system's CAs.
	TLS *tls.Config
	// Proxy chooses the proxy for a request; nil asks the environment.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial opens a connection; nil uses the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HTTP2 enables HTTP/2.
	HTTP2 bool
	// Timeout bounds dialing and the TLS handshake, each; 0 is no bound. Client bounds the whole call.
	Timeout time.Duration
}

// ProxyError is the error for a proxy that rejects CONNECT.
type ProxyError struct{ text finding.Text }

func (e *ProxyError) Error() string { return e.text.String() }

// Text returns the error message with its values.
func (e *ProxyError) Text() finding.Text { return e.text }

// ErrSwitched is the error for an unrequested 101 response: net/http has no timeout for what
// follows it.
var ErrSwitched = finding.Errorf("the server switched protocols (101) without a request for that")

// New returns a transport within these bounds.
func New(o Options) http.RoundTripper {
	t := &http.Transport{
		TLSClientConfig:        o.TLS,
		Proxy:                  o.Proxy,
		DialContext:            o.Dial,
		ForceAttemptHTTP2:      o.HTTP2,
		MaxResponseHeaderBytes: MaxHeader,
		// A dial continues in the background after its request has ended.
		TLSHandshakeTimeout: o.Timeout,
		// A small response may decompress to a large one.
		DisableCompression: true,
		IdleConnTimeout:    90 * time.Second,
		// Without this hook, a proxy's rejection looks like the server's.
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode != http.StatusOK {
				// Omit the user name, which may be a token.
				place := url.URL{Scheme: proxy.Scheme, Host: proxy.Host}
				return &ProxyError{finding.T("the proxy %s refused the connection: %s", finding.URL.Of(place.String()), finding.Message(status(answer)))}
			}
			return nil
		},
	}
	if t.Proxy == nil {
		t.Proxy = http.ProxyFromEnvironment
	}
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: o.Timeout, KeepAlive: 30 * time.Second}).DialContext
	}
	if !o.HTTP2 {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return guard{t}
}

// Client returns a client over rt that follows no redirect, since a redirect could send a
// credential to another server. timeout bounds each call with its body; 0 is no bound.
func Client(rt http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     rt,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guard rejects unrequested upgrades and bounds the header of a response.
type guard struct{ next *http.Transport }

// RoundTrip implements http.RoundTripper.
func (g guard) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := g.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		bound(answer)
		return answer, nil
	}
	if r.Header.Get("Upgrade") == "" {
		_ = answer.Body.Close()
		return nil, ErrSwitched
	}
	// The caller now owns the connection, whose reads and writes do not observe the context.
	connection := answer.Body
	context.AfterFunc(r.Context(), func() { _ = connection.Close() })
	return answer, nil
}

// WrappedRoundTripper lets client-go find the inner transport.
func (g guard) WrappedRoundTripper() http.RoundTripper { return g.next }

// CloseIdleConnections is called by http.Client.
func (g guard) CloseIdleConnections() { g.next.CloseIdleConnections() }

// The bounds of a response's header. An API server sends at most 4096 characters of warnings
// (k8s.io/apiserver pkg/endpoints/filters/warning.go).
const (
	maxStatus = 100
	maxValue  = 4 << 10
	maxValues = 16
)

// bound bounds the status line and the header. It replaces a long value as a whole, since
// redaction would not recognize half of a secret.
func bound(answer *http.Response) {
	answer.Status = status(answer)
	for name, values := range answer.Header {
		if len(values) > maxValues {
			values = values[:maxValues]
			answer.Header[name] = values
		}
		for i, v := range values {
			if len(v) > maxValue {
				values[i] = fmt.Sprintf("(%d bytes, left out)", len(v))
			}
		}
	}
}

// status returns the status line, with the standard reason phrase if the server's is too long.
func status(answer *http.Response) string {
	if len(answer.Status) > maxStatus {
		return fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return answer.Status
}
