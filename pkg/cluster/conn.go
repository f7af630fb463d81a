// Package cluster talks to an API server with one of two identities that are never mixed: the
// Caller creates reviews and reads objects with the permissions of the kubeconfig; the Subject
// is the credential under test, which is sent only to ask for its identity.
package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	clienttransport "k8s.io/client-go/transport"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// The maximum sizes of responses, in bytes.
const (
	maxBody = 1 << 20
	maxKeys = 4 << 20
)

// conn sends requests to one server with one identity.
type conn struct {
	base *url.URL
	http *http.Client
	// bearer is the unchanged value of the Authorization header; only a Subject uses it.
	bearer func(*http.Request)
	// secrets are the secrets of the run, which a server or proxy may repeat.
	secrets *token.Secrets
	// unable is why no request can be sent; nil if one can.
	unable *evidence.Failure
}

// response is a complete response.
type response struct {
	status int
	header http.Header
	body   []byte
	// clock is the server's clock by the Date header.
	clock evidence.Fact[evidence.Clock]
	url   string
	// secrets are those of the run, which a careless server or proxy repeats in its messages.
	secrets *token.Secrets
}

// newConn returns a connection to config's server. rt is the transport with the identity.
func newConn(config *rest.Config, rt http.RoundTripper, secrets *token.Secrets) (*conn, error) {
	base, _, err := rest.DefaultServerURL(config.Host, "", metav1GroupVersion, rest.IsConfigTransportTLS(*config))
	if err != nil {
		return nil, err
	}
	// Remove a password in the URL: net/http would send it as basic authentication, even for a
	// subject without a credential, and reports would show it. No API server reads it.
	base.User = nil
	return &conn{base: base, secrets: secrets, http: transport.Client(rt, config.Timeout)}, nil
}

// proxyOf returns the function that selects the proxy to config's server.
func proxyOf(config *rest.Config) func(*http.Request) (*url.URL, error) {
	if config.Proxy != nil {
		return config.Proxy
	}
	return http.ProxyFromEnvironment
}

// reach returns a transport to config's server without any identity but the certificate of tlsConfig.
func reach(config *rest.Config, tlsConfig *tls.Config, http2 bool) http.RoundTripper {
	return transport.New(transport.Options{TLS: tlsConfig, Proxy: proxyOf(config), Dial: config.Dial, HTTP2: http2, Timeout: config.Timeout})
}

// identified returns a transport to config's server with config's identity, which client-go adds.
// The server's certificate must be valid for name, or config's own name if that is empty.
func identified(config *rest.Config, name string, http2 bool) (http.RoundTripper, error) {
	how, err := config.TransportConfig()
	if err != nil {
		return nil, err
	}
	if name != "" {
		how.TLS.ServerName = name
	}
	tlsConfig, err := clienttransport.TLSConfigFor(how)
	if err != nil {
		return nil, err
	}
	return clienttransport.HTTPWrappersForConfig(how, reach(config, tlsConfig, http2))
}

// debug logs requests at -v=6 and above as client-go does, with the Authorization header masked.
func debug(rt http.RoundTripper) http.RoundTripper { return clienttransport.DebugWrappers(rt) }

// do sends one request. It returns a failure only without a response, whatever the status is.
func (c *conn) do(ctx context.Context, method, path string, body any, limit int64) (*response, *evidence.Failure) {
	if c.unable != nil {
		return nil, c.unable
	}
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, evidence.Because(evidence.Unusable, finding.Reword(err, "the request cannot be encoded"))
		}
		reader = bytes.NewReader(encoded)
	}
	if leadsElsewhere(path) {
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("the request was not sent, as a name in its path is invalid"))
	}
	target := strings.TrimRight(c.base.String(), "/") + path
	way := &progress{tls: c.base.Scheme == "https"}
	req, err := http.NewRequestWithContext(way.trace(ctx), method, target, reader)
	if err != nil {
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("the server's address cannot be used: %s", finding.Err(err)))
	}
	req.Header.Set("Accept", accept(path))
	req.Header.Set("User-Agent", "kubectl-authn/"+version.Short())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.bearer != nil {
		c.bearer(req)
		learn(c.secrets, req)
	}
	defer waiting.For(ctx, strings.TrimRight(c.base.String(), "/"), question(path))()
	before := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unanswered(err, way)
	}
	defer resp.Body.Close()
	after := time.Now()
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, c.unanswered(err, way)
	}
	if int64(len(data)) > limit {
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("the server's answer to %s %s is larger than %s MiB", finding.Standard(method), finding.URL.Of(path), finding.Count(limit>>20)))
	}
	return &response{
		status: resp.StatusCode, header: resp.Header, body: data, url: target, secrets: c.secrets,
		clock: clockOf(resp.Header, before, after),
	}, nil
}

// inOneCall bounds several requests for one question by the timeout of one.
func (c *conn) inOneCall(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.http.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.http.Timeout)
}

// leadsElsewhere reports whether a path changes when it is cleaned, since a part is empty, . or ..
func leadsElsewhere(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return slices.ContainsFunc(strings.Split(path, "/")[1:], func(part string) bool { return part == "" || part == "." || part == ".." })
}

// unanswered returns transportFailure with secrets redacted, as its text may quote the data that
// arrived instead of a response.
func (c *conn) unanswered(err error, way *progress) *evidence.Failure {
	f := transportFailure(err, way)
	f.Said = f.Said.Map(func(s finding.Span) finding.Span {
		s.Value = c.secrets.Redact(s.Value)
		return s
	})
	return f
}

// question returns a short name of a request for the progress display: the last two parts of a
// path that has no other name.
func question(path string) string {
	path, _, _ = strings.Cut(path, "?")
	switch path {
	case DiscoveryPath:
		return "discovery document"
	case KeysPath:
		return "keys"
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch last := parts[len(parts)-1]; last {
	case "selfsubjectreviews":
		return "SelfSubjectReview"
	case "tokenreviews":
		return "TokenReview"
	case "token":
		return "TokenRequest"
	}
	return strings.Join(parts[max(len(parts)-2, 0):], "/")
}

// accept returns the media type to request for a path.
func accept(path string) string {
	switch {
	case path == KeysPath:
		return "application/jwk-set+json, application/json"
	case strings.Contains(path, "?"+withoutObjects), strings.Contains(path, "?"+withMetadata):
		return asTable
	}
	return "application/json"
}

// get reads one resource as JSON into out. The failure distinguishes forbidden, absent and
// unusable; found is false only if the server said that the object does not exist.
func (c *conn) get(ctx context.Context, path string, out any) (found bool, failure *evidence.Failure) {
	r, failure := c.do(ctx, http.MethodGet, path, nil, maxBody)
	if failure != nil {
		return false, failure
	}
	if r.status == http.StatusNotFound && r.absent(path) {
		return false, nil
	}
	if failure := r.failure(); failure != nil {
		return false, failure
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		return false, evidence.Because(evidence.Unusable, finding.Reword(err, "the response to GET %s is not the expected JSON", finding.URL.Of(path)))
	}
	return true, nil
}

// failure converts an unsuccessful response to a Failure.
func (r *response) failure() *evidence.Failure {
	if r.status >= 200 && r.status < 300 {
		return nil
	}
	var user *token.Identity
	if s := r.kubernetesStatus(); s != nil {
		user = r.named(s)
	}
	return failureOf(r.status, r.message(), user, r.fromAPIServer())
}

// fromAPIServer reports whether a response has a characteristic of an API server.
func (r *response) fromAPIServer() bool {
	return r.header.Get("Audit-Id") != "" || r.kubernetesStatus() != nil
}

// failureOf converts the status and message of an unsuccessful response to a Failure. A 401 or 403
// from another server than an API server says nothing about the caller's permissions.
func failureOf(status int, message string, user *token.Identity, fromAPIServer bool) *evidence.Failure {
	code, name := finding.Count(status), finding.Standard(http.StatusText(status))
	f := &evidence.Failure{Kind: evidence.Unusable, Said: finding.T("%s", finding.Message(message))}
	byOther := !fromAPIServer && (status == http.StatusForbidden || status == http.StatusUnauthorized)
	switch {
	case byOther:
		f = evidence.Because(evidence.Unusable, finding.Errorf("the response %s %s is not from an API server", code, name))
	case message == "":
		f = evidence.Because(evidence.Unusable, finding.Errorf("the server answered %s %s", code, name))
	}
	if user != nil {
		f.User = user.Username
	}
	if byOther {
		return f
	}
	switch status {
	case http.StatusForbidden:
		f.Kind = evidence.Forbidden
	case http.StatusUnauthorized:
		f.Kind = evidence.Unauthenticated
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		f.Kind = evidence.Unsupported
	}
	return f
}

// kubernetesStatus returns the Status in the body, or nil.
func (r *response) kubernetesStatus() *metav1.Status {
	var s metav1.Status
	if json.Unmarshal(r.body, &s) != nil || s.Kind != "Status" {
		return nil
	}
	return &s
}

// absent reports whether the response says that the object at path does not exist. A server that
// does not serve the resource also answers 404.
func (r *response) absent(path string) bool {
	s := r.kubernetesStatus()
	name, err := url.PathUnescape(path[strings.LastIndexByte(path, '/')+1:])
	return err == nil && s != nil && s.Reason == metav1.StatusReasonNotFound && s.Details != nil && s.Details.Name == name
}

// message returns the server's error message.
func (r *response) message() string {
	if s := r.kubernetesStatus(); s != nil {
		return r.clean(s.Message)
	}
	// An API server reports internal errors as plain text
	// (k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go InternalError).
	const maxPlain = 500
	text := strings.TrimSpace(string(r.body))
	if r.fromAPIServer() && r.status >= 500 && strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") && len(text) <= maxPlain && !strings.Contains(text, "\n") {
		return r.clean(text)
	}
	return ""
}

// pageTitle returns the title of a response that is a web page, or "".
func (r *response) pageTitle() string {
	if !strings.Contains(r.header.Get("Content-Type"), "html") {
		return ""
	}
	page := string(r.body)
	// Lowering only ASCII keeps the offsets, and tag names are ASCII.
	lower := strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, strings.ToValidUTF8(page, "?"))
	if len(lower) != len(page) {
		return ""
	}
	_, after, found := strings.Cut(lower, "<title")
	if !found {
		return ""
	}
	_, after, found = strings.Cut(after, ">")
	end := strings.Index(after, "</title")
	if !found || end < 0 {
		return ""
	}
	from := len(page) - len(after)
	// Redact before truncating: redaction would not recognize half of a secret.
	title := r.clean(strings.Join(strings.Fields(html.UnescapeString(page[from:from+end])), " "))
	return finding.Truncate(title, 200, "…")
}

// clean redacts secrets in a server's message and shortens it.
func (r *response) clean(text string) string {
	return finding.Shorten(r.secrets.Redact(text), finding.MaxText)
}

// value redacts secrets in a value such as a name, which may look like a secret, and shortens it.
func (r *response) value(text string) string {
	return finding.Shorten(r.secrets.RedactAnswer(text), finding.MaxText)
}

// maxWarnings bounds the warnings of a response.
const maxWarnings = 20

// warnings returns the texts of the Warning headers (RFC 7234 section 5.5).
func (r *response) warnings() []string {
	var out []string
	lines := r.header.Values("Warning")
	for i, line := range lines {
		if i == maxWarnings {
			return append(out, fmt.Sprintf("(%d more warnings)", len(lines)-i))
		}
		// The form is `299 - "text"`; the code and the agent are ignored.
		if start := strings.IndexByte(line, '"'); start >= 0 {
			text := strings.TrimSuffix(strings.TrimSpace(line[start+1:]), `"`)
			out = append(out, r.clean(strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), `\\`, `\`)))
		}
	}
	return out
}
