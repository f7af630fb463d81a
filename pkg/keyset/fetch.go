package keyset

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// maxDocumentBytes bounds a discovery document.
const maxDocumentBytes = 1 << 20

// The media types to accept. kube-apiserver serves each document with one media type and
// answers 406 to a request that does not accept it.
const (
	acceptDocument = "application/json"
	acceptKeys     = "application/jwk-set+json, application/json"
)

// Fetcher reads documents of issuers over HTTP. It sends no credential and follows
// only the redirects that transport.Redirect allows.
type Fetcher struct {
	// Client provides the transport and the timeout; nil is a client that trusts the
	// system's CAs. Its cookie jar and CheckRedirect are not used.
	Client *http.Client
	// Timeout bounds a whole call, body included; 0 is the timeout of Client.
	Timeout time.Duration
}

// NewHTTPClient returns a client without a credential that trusts only the CAs of the PEM
// file caFile, or the system's CAs if caFile is nil. timeout bounds a call with its body;
// 0 is no bound.
func NewHTTPClient(caFile []byte, timeout time.Duration) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(caFile) {
			return nil, finding.Errorf("the file has no CA certificate in PEM")
		}
	}
	return transport.Client(transport.New(transport.Options{TLS: config, HTTP2: true, Timeout: timeout}), timeout), nil
}

// Get reads a URL, and at most limit bytes of the response. A response of any status is no
// error. User information in the URL is not sent.
func (f *Fetcher) Get(ctx context.Context, target, accept string, limit int64) (body []byte, header http.Header, status int, err error) {
	u, err := httpURL(target)
	if err == nil && !transport.Trusted(u) {
		err = transport.ErrPlainHTTP
	}
	if err != nil {
		return nil, nil, 0, err
	}
	client, err := f.client()
	if err != nil {
		return nil, nil, 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, 0, err
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", "kubectl-authn")
	defer waiting.For(ctx, u.Scheme+"://"+u.Host, u.EscapedPath())()
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, 0, transportError(ctx, err, client.Timeout)
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, answer.Header, answer.StatusCode, transportError(ctx, err, client.Timeout)
	}
	if int64(len(body)) > limit {
		return nil, answer.Header, answer.StatusCode, finding.Errorf("the response is larger than %s KiB", finding.Count(limit>>10))
	}
	return body, answer.Header, answer.StatusCode, nil
}

// client returns Client without its cookies, and with transport.Redirect.
func (f *Fetcher) client() (*http.Client, error) {
	given := f.Client
	if given == nil {
		var err error
		if given, err = NewHTTPClient(nil, transport.DefaultTimeout); err != nil {
			return nil, err
		}
	}
	return &http.Client{Transport: given.Transport, Timeout: cmp.Or(f.Timeout, given.Timeout), CheckRedirect: transport.Redirect}, nil
}

// httpURL parses a URL that can be fetched and removes its user information.
func httpURL(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		// The error of url.Parse repeats the URL, password included.
		return nil, finding.Reword(err, "not a URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, finding.Errorf("not an https URL")
	}
	u.User = nil
	return u, nil
}

// transportError returns in one sentence why there was no response.
func transportError(ctx context.Context, err error, timeout time.Duration) error {
	switch cause := ctx.Err(); {
	case errors.Is(cause, context.Canceled):
		return cause
	case cause != nil:
		return finding.Reword(cause, "no answer before the deadline")
	}
	var timedOut net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timedOut) && timedOut.Timeout() {
		return finding.Reword(err, "no answer within %s", finding.Count(timeout))
	}
	// url.Error repeats the URL, which the caller knows.
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return finding.Reword(err, "the server uses http, not https")
	}
	return err
}
