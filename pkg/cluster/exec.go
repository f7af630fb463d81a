package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// The sizes up to which the streams of a command are read, in bytes.
const (
	maxStdout = 1 << 20
	maxStderr = 8 << 10
)

// Ran is how a command in a container ended.
type Ran struct {
	// Stdout is what it wrote: a secret, as far as is known here.
	Stdout token.Secret
	// Stderr is what it said, up to a bound, with what looks like a secret taken out. It
	// comes from the container, and is escaped when printed.
	Stderr   string
	ExitCode int
	// Refused is the text with which the node refused to run the command; empty where it
	// ran.
	Refused string
}

// Exec runs a command in a container of a Pod, as `kubectl exec` does: over a WebSocket
// and, where none comes about, over SPDY.
func (c *Caller) Exec(ctx context.Context, namespace, pod, container string, command []string) (Ran, *evidence.Failure) {
	if c.PlainHTTP() {
		return Ran{}, &evidence.Failure{Kind: evidence.Unusable, Text: "the server is spoken to without TLS, over which no token is sent"}
	}
	if c.config.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
		defer cancel()
		ctx = limited
	}
	defer waiting.For(ctx, strings.TrimRight(c.base.String(), "/"), "exec in Pod "+pod)()
	// The Pod was read over such a connection a moment ago.
	way := &progress{tls: true}
	way.reached(asked)
	config := rest.CopyConfig(c.config)
	config.UserAgent = "kubectl-authn/" + version.Short()
	config.Timeout = 0 // the context has it
	target := c.execURL(namespace, pod, container, command)

	ran, refusal, err := c.overWebSocket(ctx, config, target)
	if httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err) {
		// Servers before Kubernetes 1.30 do not speak the protocol that is needed, many
		// proxies let no WebSocket pass, and servers before 1.35 ask for another right for
		// it (get) than for SPDY (create): what SPDY is told is final.
		ran, refusal, err = c.overSPDY(ctx, config, target)
	}
	var ended utilexec.ExitError
	switch {
	case errors.Is(err, errTooLong):
		return Ran{}, &evidence.Failure{Kind: evidence.Unusable, Text: errTooLong.Error()}
	case err == nil:
		return ran, nil
	case errors.As(err, &ended):
		ran.ExitCode = ended.ExitStatus()
		return ran, nil
	case refusal != nil:
		return Ran{}, refusal.failure()
	case ctx.Err() != nil:
		return Ran{}, transportFailure(ctx.Err(), way)
	case errors.Unwrap(err) == nil:
		// It came over the stream on which a node reports: a text with nothing around it.
		ran.Refused = (&response{sent: c.carried.sent()}).clean(err.Error())
		return ran, nil
	}
	f := transportFailure(err, way)
	f.Text = (&response{sent: c.carried.sent()}).clean(f.Text)
	return Ran{}, f
}

func (c *Caller) execURL(namespace, pod, container string, command []string) *url.URL {
	q := url.Values{"container": {container}, "command": command, "stdout": {"true"}, "stderr": {"true"}}
	u := c.base.JoinPath(objectPath(namespace, "pods", pod), "exec")
	u.RawQuery = q.Encode()
	return u
}

func (c *Caller) overWebSocket(ctx context.Context, config *rest.Config, target *url.URL) (Ran, *response, error) {
	executor, err := remotecommand.NewWebSocketExecutor(config, http.MethodGet, target.String())
	if err != nil {
		return Ran{}, nil, err
	}
	return c.stream(ctx, executor, nil)
}

func (c *Caller) overSPDY(ctx context.Context, config *rest.Config, target *url.URL) (Ran, *response, error) {
	rt, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return Ran{}, nil, err
	}
	noting := &refusals{next: rt, carried: c.carried}
	executor, err := remotecommand.NewSPDYExecutorRejectRedirects(noting, upgrader, http.MethodPost, target)
	if err != nil {
		return Ran{}, nil, err
	}
	return c.stream(ctx, executor, noting)
}

func (c *Caller) stream(ctx context.Context, executor remotecommand.Executor, noting *refusals) (Ran, *response, error) {
	// A command that says more than it may is not waited for.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// What becomes of streams that nobody reads any more is no news to the user.
	ctx = klog.NewContext(ctx, klog.Logger{})
	stdout, stderr := &bounded{limit: maxStdout, full: func() { stop(errTooLong) }}, &bounded{limit: maxStderr}
	err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: stdout, Stderr: stderr})
	if cause := context.Cause(ctx); errors.Is(cause, errTooLong) {
		err = cause
	}
	said := &response{sent: c.carried.sent(token.NewSecret(string(bytes.TrimSpace([]byte(stdout.String())))))}
	ran := Ran{Stdout: token.NewSecret(stdout.String()), Stderr: said.clean(stderr.String())}
	if noting != nil {
		return ran, noting.seen, err
	}
	return ran, nil, err
}

var errTooLong = fmt.Errorf("what the command wrote is longer than %d MiB", maxStdout>>20)

// refusals keeps the answer to a request that is not upgraded, of which the SPDY
// executor passes on but a text.
type refusals struct {
	next    http.RoundTripper
	carried *carried
	seen    *response
}

func (r *refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	r.seen = &response{status: resp.StatusCode, header: resp.Header, body: body, sent: r.carried.sent()}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// bounded keeps what is written to it up to a limit, and tells once when there is more.
type bounded struct {
	mu    sync.Mutex
	kept  bytes.Buffer
	limit int
	full  func()
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	room := b.limit - b.kept.Len()
	b.kept.Write(p[:min(room, len(p))])
	if len(p) > room && b.full != nil {
		b.full()
	}
	return len(p), nil
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(bytes.ToValidUTF8(b.kept.Bytes(), []byte("\uFFFD")))
}
