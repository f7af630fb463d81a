package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"

	utilexec "k8s.io/client-go/util/exec"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// The maximum sizes of a command's streams, in bytes.
const (
	maxStdout = 1 << 20
	maxStderr = 8 << 10
)

// Ran is the result of a command in a container.
type Ran struct {
	// Stdout is the output, which may be a secret.
	Stdout token.Secret
	// Stderr is the standard error up to a bound, with likely secrets redacted. It is untrusted
	// and must be escaped.
	Stderr   string
	ExitCode int
	// Refused is the node's error message if it did not run the command.
	Refused string
}

// Exec runs a command in a container of a Pod as `kubectl exec` does: over a WebSocket or, if
// none can be opened, over SPDY.
func (c *Caller) Exec(ctx context.Context, namespace, pod, container string, command []string) (Ran, *evidence.Failure) {
	switch {
	case c.unable != nil:
		return Ran{}, c.unable
	case c.PlainHTTP():
		return Ran{}, evidence.Because(evidence.Unusable, finding.Errorf("the connection to the server has no TLS, and no token is sent without TLS"))
	}
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	defer waiting.For(ctx, strings.TrimRight(c.base.String(), "/"), "exec in Pod "+pod)()
	// The Pod was just read over such a connection.
	way := &progress{tls: true}
	way.reached(asked)
	target := c.execURL(namespace, pod, container, command)
	// SPDY needs HTTP/1.1, and no other request uses the connection.
	rt, err := identified(c.config, "", false)
	if err != nil {
		return Ran{}, evidence.Because(evidence.Unusable, err)
	}

	ran, refusal, err := c.overWebSocket(ctx, rt, target)
	if errors.Is(err, errNoWebSocket) {
		// Fall back to SPDY: servers before Kubernetes 1.30 do not support the protocol, many proxies
		// block WebSockets, and servers before 1.35 require another permission (get) than for SPDY
		// (create).
		ran, refusal, err = c.overSPDY(ctx, rt, target)
	}
	var ended utilexec.ExitError
	switch {
	case errors.Is(err, errTooLong):
		return Ran{}, evidence.Because(evidence.Unusable, errTooLong)
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
		// The node's error message, from its error stream.
		ran.Refused = c.secrets.Redact(err.Error())
		return ran, nil
	}
	return Ran{}, c.unanswered(err, way)
}

func (c *Caller) execURL(namespace, pod, container string, command []string) *url.URL {
	q := url.Values{"container": {container}, "command": command, "stdout": {"true"}, "stderr": {"true"}}
	u := c.base.JoinPath(objectPath(namespace, "pods", pod), "exec")
	u.RawQuery = q.Encode()
	return u
}

// ran returns the output of a command.
func (c *Caller) ran(stdout, stderr *bounded) Ran {
	if text := strings.TrimSpace(stdout.String()); !strings.ContainsFunc(text, unicode.IsSpace) {
		// Output with white space is a message of a program or a runtime, not a token.
		c.secrets.Add(text)
	}
	return Ran{Stdout: token.NewSecret(stdout.String()), Stderr: c.secrets.Redact(stderr.String())}
}

var errTooLong = finding.Errorf("the command's output is larger than %s MiB", finding.Count(maxStdout>>20))

// stream is the connection after a protocol switch, with a maximum size.
type stream struct {
	io.ReadWriteCloser
	left int
}

const maxStream = 4 << 20

// errNotSwitched is the error for a 101 response with another protocol than the requested one.
var errNotSwitched = finding.Errorf("the server switched to another protocol than the requested one")

func newStream(answer *http.Response) (*stream, error) {
	body, ok := answer.Body.(io.ReadWriteCloser)
	if !ok {
		return nil, finding.Errorf("exec: %s", finding.Err(errNotSwitched))
	}
	return &stream{body, maxStream}, nil
}

func (s *stream) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, errTooLong
	}
	n, err := s.ReadWriteCloser.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// bounded is a buffer with a limit that reports the first write beyond it.
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
