package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"
	streamspdy "k8s.io/streaming/pkg/httpstream/spdy"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// overSPDY runs a command over SPDY. It returns the response if the server rejects the upgrade.
func (c *Caller) overSPDY(ctx context.Context, rt http.RoundTripper, target *url.URL) (Ran, *response, error) {
	asking := &upgrading{next: rt, secrets: c.secrets}
	executor, err := remotecommand.NewSPDYExecutorRejectRedirects(asking, spdy.NewUpgraderForStreaming(asking), http.MethodPost, target)
	if err != nil {
		return Ran{}, nil, err
	}
	// Do not wait for a command whose output is too large.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// Ignore errors of streams that are no longer read.
	ctx = klog.NewContext(ctx, klog.Logger{})
	stdout, stderr := &bounded{limit: maxStdout, full: func() { stop(errTooLong) }}, &bounded{limit: maxStderr}
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: stdout, Stderr: stderr})
	if cause := context.Cause(ctx); errors.Is(cause, errTooLong) {
		err = cause
	}
	if asking.err != nil {
		// The executor reports the node's error as text.
		err = asking.err
	}
	return c.ran(stdout, stderr), asking.refusal, err
}

// upgrading requests SPDY. It keeps the connection, which the executor would close with the
// response, or the response, of which the executor returns only a text.
type upgrading struct {
	next    http.RoundTripper
	secrets *token.Secrets
	conn    *stream
	refusal *response
	err     error
}

// RoundTrip implements http.RoundTripper.
func (u *upgrading) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := u.ask(r)
	u.err = err
	return answer, err
}

func (u *upgrading) ask(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(httpstream.HeaderConnection, httpstream.HeaderUpgrade)
	r.Header.Set(httpstream.HeaderUpgrade, streamspdy.HeaderSpdy31)
	r.Header.Set("User-Agent", "kubectl-authn/"+version.Short())
	answer, err := u.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		if u.conn, err = newStream(answer); err != nil {
			return nil, err
		}
		answer.Body = http.NoBody
		return answer, nil
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, err
	}
	u.refusal = &response{status: answer.StatusCode, header: answer.Header, body: body, secrets: u.secrets}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// NewConnection implements httpstream.UpgradeRoundTripper.
func (u *upgrading) NewConnection(answer *http.Response) (httpstream.Connection, error) {
	if u.conn == nil {
		return nil, finding.Errorf("exec over SPDY: %s", finding.Err(errNotSwitched))
	}
	if !strings.EqualFold(answer.Header.Get(httpstream.HeaderUpgrade), streamspdy.HeaderSpdy31) {
		_ = u.conn.Close()
		return nil, finding.Errorf("exec over SPDY: %s", finding.Err(errNotSwitched))
	}
	return streamspdy.NewClientConnectionWithPings(netConn{u.conn}, 5*time.Second)
}

// netConn adds the unused methods of a net.Conn: the stream is closed at its deadline instead.
type netConn struct{ *stream }

func (netConn) LocalAddr() net.Addr              { return nil }
func (netConn) RemoteAddr() net.Addr             { return nil }
func (netConn) SetDeadline(time.Time) error      { return nil }
func (netConn) SetReadDeadline(time.Time) error  { return nil }
func (netConn) SetWriteDeadline(time.Time) error { return nil }
