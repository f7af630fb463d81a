package simulate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// maxAnswer is how much of an issuer's or a webhook's answer is read, in bytes.
const maxAnswer = 4 << 20

var (
	errPlainHTTP  = finding.Errorf("it is at an http URL, and is not asked without TLS")
	errTooLong    = finding.Errorf("its answer is larger than %s MiB", finding.Count(maxAnswer>>20))
	errWithSecret = finding.Errorf("it redirects, and what it was sent is not sent on")
)

// egress lets the server's authenticators ask others, within the bounds that hold for all
// that this program asks: the server's own clients have none.
type egress struct {
	next http.RoundTripper
	// redirects: those of a request without a credential are followed.
	redirects bool
	secrets   *token.Secrets
}

// RoundTrip implements http.RoundTripper.
func (e egress) RoundTrip(r *http.Request) (*http.Response, error) {
	t := troubleOf(r.Context())
	t.set(nil)
	if r.URL.Scheme != "https" {
		return nil, t.set(errPlainHTTP)
	}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	e.secrets.Add(credential)
	_, password, _ := r.BasicAuth()
	e.secrets.Add(password)
	answer, err := e.next.RoundTrip(r)
	if err != nil {
		return nil, t.set(err)
	}
	if answer.StatusCode >= 300 && answer.StatusCode < 400 && (!e.redirects || r.Header.Get("Authorization") != "") {
		_ = answer.Body.Close()
		return nil, t.set(errWithSecret)
	}
	answer.Body = &limited{ReadCloser: answer.Body, left: maxAnswer, trouble: t}
	if !e.redirects {
		return answer, nil
	}
	// Of an issuer, any answer may be its keys.
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, t.set(err)
	}
	if bits := keyset.LargestRSA(body); bits > keyset.MaxRSABits {
		return nil, t.set(keyTooLarge(bits))
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// WrappedRoundTripper lets client-go find what is inside.
func (e egress) WrappedRoundTripper() http.RoundTripper { return e.next }

// guarded is a client of an issuer within bounds.
func guarded(c *http.Client, secrets *token.Secrets) *http.Client {
	out := *c
	out.Transport = egress{next: out.Transport, redirects: true, secrets: secrets}
	out.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if err := transport.Redirect(next, via); err != nil {
			return troubleOf(next.Context()).set(err)
		}
		return nil
	}
	return &out
}

// limited is a body up to a size.
type limited struct {
	io.ReadCloser
	left    int
	trouble *trouble
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, l.trouble.set(errTooLong)
	}
	n, err := l.ReadCloser.Read(p[:min(len(p), l.left+1)])
	if l.left -= n; l.left < 0 {
		return 0, l.trouble.set(errTooLong)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, l.trouble.set(err)
	}
	return n, err
}

// short is an error that may quote a page of somebody else's, in one line.
func short(err error) finding.Value {
	return finding.Excerpt(strings.Join(strings.Fields(err.Error()), " "), 300)
}

// trouble is why the last request of a question did not get an answer: nobody knows then
// what the API server, which stands elsewhere, would have been told.
type trouble struct {
	mu  sync.Mutex
	err error
}

type troubleKey struct{}

func withTrouble(ctx context.Context) (context.Context, *trouble) {
	t := &trouble{}
	return context.WithValue(ctx, troubleKey{}, t), t
}

func troubleOf(ctx context.Context) *trouble {
	if t, ok := ctx.Value(troubleKey{}).(*trouble); ok {
		return t
	}
	return &trouble{}
}

func (t *trouble) set(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	return err
}

func (t *trouble) get() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
