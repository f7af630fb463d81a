package keyset

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// Bounds of a network call.
const (
	DefaultTimeout   = 10 * time.Second
	maxDocumentBytes = 1 << 20
	maxRedirects     = 3
)

// Fetcher reads documents of issuers over HTTP. It sends no credential and follows
// redirects with care.
type Fetcher struct {
	// Client is used for its transport; nil stands for one that trusts the system's
	// CAs. Its cookies and its rules of redirection are not used.
	Client *http.Client
	// Timeout bounds a whole call, body included; 0 stands for that of Client, or
	// DefaultTimeout.
	Timeout time.Duration
}

// NewHTTPClient returns a client that trusts the CAs of the PEM file caFile and no
// others, or those of the system where it is nil. It has no credential.
func NewHTTPClient(caFile []byte, timeout time.Duration) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != nil {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(caFile) {
			return nil, errors.New("there is no CA certificate in PEM in it")
		}
		transport.TLSClientConfig.RootCAs = roots
	}
	return &http.Client{Transport: transport, Timeout: timeout}, nil
}

// Get reads a URL, and at most limit bytes of the answer. An answer of whatever status
// is no error. A user name and a password in the URL are left out.
func (f *Fetcher) Get(ctx context.Context, target string, limit int64) (body []byte, header http.Header, status int, err error) {
	u, err := httpURL(target)
	if err != nil {
		return nil, nil, 0, err
	}
	timeout := f.timeout()
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(within, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, 0, err
	}
	request.Header.Set("Accept", "application/json")
	defer waiting.For(ctx, u.Scheme+"://"+u.Host, u.EscapedPath())()
	request.Header.Set("User-Agent", "kubectl-authn")
	client := http.Client{CheckRedirect: checkRedirect}
	if f.Client != nil {
		client.Transport = f.Client.Transport
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, 0, transportError(ctx, err, timeout)
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, answer.Header, answer.StatusCode, transportError(ctx, err, timeout)
	}
	if int64(len(body)) > limit {
		return nil, answer.Header, answer.StatusCode, fmt.Errorf("the answer is larger than %d KiB", limit>>10)
	}
	return body, answer.Header, answer.StatusCode, nil
}

func (f *Fetcher) timeout() time.Duration {
	switch {
	case f.Timeout > 0:
		return f.Timeout
	case f.Client != nil && f.Client.Timeout > 0:
		return f.Client.Timeout
	}
	return DefaultTimeout
}

// httpURL reads a URL that can be fetched, without the user information in it.
func httpURL(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		// The error of url.Parse repeats the URL, password included.
		return nil, errors.New("it is not a URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, errors.New("it is not an https URL")
	}
	u.User = nil
	return u, nil
}

var (
	errTooManyRedirects = fmt.Errorf("the server redirects more than %d times", maxRedirects)
	errDowngrade        = errors.New("the server redirects from https to http, which is not followed")
)

func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return errTooManyRedirects
	}
	if via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return errDowngrade
	}
	next.URL.User = nil
	next.Header.Del("Referer")
	return nil
}

// transportError says in one sentence why there was no answer.
func transportError(ctx context.Context, err error, timeout time.Duration) error {
	switch cause := ctx.Err(); {
	case errors.Is(cause, context.Canceled):
		return cause
	case cause != nil:
		return errors.New("no answer in the time that was left")
	}
	for _, known := range []error{errTooManyRedirects, errDowngrade} {
		if errors.Is(err, known) {
			return known
		}
	}
	var timedOut net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timedOut) && timedOut.Timeout() {
		return fmt.Errorf("no answer within %s", timeout)
	}
	// url.Error repeats the URL, which the caller knows.
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if text := err.Error(); strings.Contains(text, "server gave HTTP response to HTTPS client") {
		return errors.New("the server speaks http, not https")
	}
	return err
}
