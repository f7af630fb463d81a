// Package transport is the one way from here to the network: each phase of a call and the
// whole are bounded, whatever the other side does.
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

// DefaultTimeout bounds a network call where --request-timeout does not say otherwise.
const DefaultTimeout = 10 * time.Second

// MaxHeader is the size up to which the header of an answer is read, in bytes; informational
// answers (1xx) before it count as well.
const MaxHeader = 1 << 20

// Options say whom to reach, and how.
type Options struct {
	// TLS is for the server and for a proxy; nil trusts the system's CAs.
	TLS *tls.Config
	// Proxy chooses the proxy for a request; nil asks the environment.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial opens a connection; nil uses the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HTTP2 is spoken where the server does.
	HTTP2 bool
	// Timeout bounds dialling and the TLS handshake, each; 0 is without end. The bound on the
	// whole call is Client's.
	Timeout time.Duration
}

// ProxyError is a proxy's answer to CONNECT that is no yes.
type ProxyError struct{ said finding.Text }

func (e *ProxyError) Error() string { return e.said.String() }

// Text is the refusal with its values.
func (e *ProxyError) Text() finding.Text { return e.said }

// ErrSwitched is a server that switched protocols although the request did not ask for it:
// what it sends then is no answer, and no timeout of net/http ends it.
var ErrSwitched = finding.Errorf("the server switched protocols (101), which nobody asked for")

// New is a transport within these bounds.
func New(o Options) http.RoundTripper {
	t := &http.Transport{
		TLSClientConfig:        o.TLS,
		Proxy:                  o.Proxy,
		DialContext:            o.Dial,
		ForceAttemptHTTP2:      o.HTTP2,
		MaxResponseHeaderBytes: MaxHeader,
		// A dial goes on in the background when its request has ended.
		TLSHandshakeTimeout: o.Timeout,
		// A small answer may unpack to a large one.
		DisableCompression: true,
		IdleConnTimeout:    90 * time.Second,
		// Without a word from here, a proxy's refusal reads like the server's.
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
			if answer.StatusCode != http.StatusOK {
				// A user name may be a token.
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

// Client asks over rt, and follows no redirect: that would carry a credential to whoever
// answered. timeout bounds each call with its body; 0 is without end.
func Client(rt http.RoundTripper, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     rt,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// guard refuses upgrades that nobody asked for, and bounds what of an answer's header is kept.
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
	// The connection is the caller's now, who may put something else in its place in the answer;
	// its reads and writes know of no context.
	connection := answer.Body
	context.AfterFunc(r.Context(), func() { _ = connection.Close() })
	return answer, nil
}

// WrappedRoundTripper lets client-go find what is inside.
func (g guard) WrappedRoundTripper() http.RoundTripper { return g.next }

// CloseIdleConnections is called by http.Client.
func (g guard) CloseIdleConnections() { g.next.CloseIdleConnections() }

// What is kept of the header of an answer: as much as a report can be of use with. An API
// server itself sends at most 4096 characters of warnings
// (k8s.io/apiserver pkg/endpoints/filters/warning.go).
const (
	maxStatus = 100
	maxValue  = 4 << 10
	maxValues = 16
)

// bound bounds status line and header. A value that is too long goes as a whole: a secret
// that was cut in two would not be known for one.
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

// status is the status line, whose reason may be any text, with our own reason where that is
// too long.
func status(answer *http.Response) string {
	if len(answer.Status) > maxStatus {
		return fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return answer.Status
}
