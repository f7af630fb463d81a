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

// maxAnswer is the largest answer of an issuer or a webhook, in bytes.
const maxAnswer = 4 << 20

var (
	errPlainHTTP  = finding.Errorf("the URL is http, and no request is sent without TLS")
	errTooLong    = finding.Errorf("the answer is larger than %s MiB", finding.Count(maxAnswer>>20))
	errWithSecret = finding.Errorf("the answer is a redirect, and a request with a credential does not follow it")
)

// egress applies this program's bounds to the requests of the server's authenticators, whose
// own clients have none.
type egress struct {
	next http.RoundTripper
	// redirects reports that a request without a credential follows redirects.
	redirects bool
	secrets   *token.Secrets
}

// RoundTrip implements http.RoundTripper.
func (e egress) RoundTrip(r *http.Request) (*http.Response, error) {
	t := requestErrorOf(r.Context())
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
	answer.Body = &limited{ReadCloser: answer.Body, left: maxAnswer, requestError: t}
	if !e.redirects {
		return answer, nil
	}
	// Any answer of an issuer may be its key set.
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, t.set(err)
	}
	if bits := keyset.TooLargeRSA(body); bits > 0 {
		return nil, t.set(keyTooLarge(bits))
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// WrappedRoundTripper lets client-go find the inner transport.
func (e egress) WrappedRoundTripper() http.RoundTripper { return e.next }

// bounded returns a client for an issuer with the bounds of egress.
func bounded(c *http.Client, secrets *token.Secrets) *http.Client {
	out := *c
	out.Transport = egress{next: out.Transport, redirects: true, secrets: secrets}
	out.CheckRedirect = func(next *http.Request, via []*http.Request) error {
		if err := transport.Redirect(next, via); err != nil {
			return requestErrorOf(next.Context()).set(err)
		}
		return nil
	}
	return &out
}

// limited is a body with a maximum size.
type limited struct {
	io.ReadCloser
	left         int
	requestError *requestError
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, l.requestError.set(errTooLong)
	}
	n, err := l.ReadCloser.Read(p[:min(len(p), l.left+1)])
	if l.left -= n; l.left < 0 {
		return 0, l.requestError.set(errTooLong)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, l.requestError.set(err)
	}
	return n, err
}

// oneLine shortens an error, which may quote a whole page, to one line.
func oneLine(err error) finding.Value {
	return finding.Excerpt(strings.Join(strings.Fields(err.Error()), " "), 300)
}

// requestError is why the last request had no answer. The verdict is then undecided: the API
// server, on another machine, may get one.
type requestError struct {
	mu  sync.Mutex
	err error
}

type requestErrorKey struct{}

func withRequestError(ctx context.Context) (context.Context, *requestError) {
	t := &requestError{}
	return context.WithValue(ctx, requestErrorKey{}, t), t
}

func requestErrorOf(ctx context.Context) *requestError {
	if t, ok := ctx.Value(requestErrorKey{}).(*requestError); ok {
		return t
	}
	return &requestError{}
}

func (t *requestError) set(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	return err
}

func (t *requestError) get() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
