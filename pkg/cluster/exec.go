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
	switch {
	case c.unable != nil:
		return Ran{}, c.unable
	case c.PlainHTTP():
		return Ran{}, evidence.Because(evidence.Unusable, finding.Errorf("the server is spoken to without TLS, over which no token is sent"))
	}
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	defer waiting.For(ctx, strings.TrimRight(c.base.String(), "/"), "exec in Pod "+pod)()
	// The Pod was read over such a connection a moment ago.
	way := &progress{tls: true}
	way.reached(asked)
	target := c.execURL(namespace, pod, container, command)
	// SPDY is no protocol of HTTP/2, and no other request goes over such a connection.
	rt, err := identified(c.config, "", false)
	if err != nil {
		return Ran{}, evidence.Because(evidence.Unusable, err)
	}

	ran, refusal, err := c.overWebSocket(ctx, rt, target)
	if errors.Is(err, errNoWebSocket) {
		// Servers before Kubernetes 1.30 do not speak the protocol that is needed, many
		// proxies let no WebSocket pass, and servers before 1.35 ask for another right for
		// it (get) than for SPDY (create): what SPDY is told is final.
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
		// It came over the stream on which a node reports: a text with nothing around it.
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

// ran is what a command wrote.
func (c *Caller) ran(stdout, stderr *bounded) Ran {
	if text := strings.TrimSpace(stdout.String()); !strings.ContainsFunc(text, unicode.IsSpace) {
		// With white space in it, it is what a program or a runtime says, and not a token.
		c.secrets.Add(text)
	}
	return Ran{Stdout: token.NewSecret(stdout.String()), Stderr: c.secrets.Redact(stderr.String())}
}

var errTooLong = finding.Errorf("what the command wrote is longer than %s MiB", finding.Count(maxStdout>>20))

// stream is the connection of an answer that switched protocols, up to a size beyond which
// no command has anything to say.
type stream struct {
	io.ReadWriteCloser
	left int
}

const maxStream = 4 << 20

// errNotSwitched is a server that answers 101 and does not switch to what it was asked for.
var errNotSwitched = finding.Errorf("the server switched to another protocol than it was asked for")

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
