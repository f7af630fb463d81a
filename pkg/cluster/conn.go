// Package cluster talks to an API server. Two identities exist here and are never
// mixed: the Caller, who creates reviews and reads objects with the rights of the
// kubeconfig, and the Subject, the credential under test, which is only ever sent
// to ask whom the server takes it for.
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

// The sizes up to which an answer is read, in bytes.
const (
	maxBody = 1 << 20
	maxKeys = 4 << 20
)

// conn sends requests to one server with one identity.
type conn struct {
	base *url.URL
	http *http.Client
	// bearer is put into the Authorization header as it is; used only by a Subject.
	bearer func(*http.Request)
	// secrets are those of the run, which a careless server or proxy repeats.
	secrets *token.Secrets
	// unable is why nothing can be asked; nil where something can.
	unable *evidence.Failure
}

// response is an answer, read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
	// clock is the server's, by the Date of the answer.
	clock evidence.Fact[evidence.Clock]
	url   string
	// secrets are those of the run, which a careless server or proxy repeats in its messages.
	secrets *token.Secrets
}

// newConn builds a connection out of what rest.Config says about the server. rt is
// the transport that carries the identity.
func newConn(config *rest.Config, rt http.RoundTripper, secrets *token.Secrets) (*conn, error) {
	base, _, err := rest.DefaultServerURL(config.Host, "", metav1GroupVersion, rest.IsConfigTransportTLS(*config))
	if err != nil {
		return nil, err
	}
	// A password in the URL would be sent as basic authentication, also for a subject
	// that is to have no credential, and be shown with the URL. No API server reads it.
	base.User = nil
	return &conn{base: base, secrets: secrets, http: transport.Client(rt, config.Timeout)}, nil
}

// proxyOf finds the proxy through which config's server is reached; nil where it is
// reached straight.
func proxyOf(config *rest.Config) func(*http.Request) (*url.URL, error) {
	if config.Proxy != nil {
		return config.Proxy
	}
	return http.ProxyFromEnvironment
}

// reach is the way to config's server, without any identity but the certificate of tlsConfig.
func reach(config *rest.Config, tlsConfig *tls.Config, http2 bool) http.RoundTripper {
	return transport.New(transport.Options{TLS: tlsConfig, Proxy: proxyOf(config), Dial: config.Dial, HTTP2: http2, Timeout: config.Timeout})
}

// identified is the way to config's server with config's identity, as client-go puts it into
// a request. The server's certificate has to be for name; empty stands for config's own.
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

// debug logs what client-go logs of a request at -v=6 and above, with the
// Authorization header masked.
func debug(rt http.RoundTripper) http.RoundTripper { return clienttransport.DebugWrappers(rt) }

// do sends one request. A failure is returned for what prevented an answer; an
// answer with any status is an answer.
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
		return nil, evidence.Because(evidence.Unusable, finding.Errorf("it was not asked for: a name in it is none that an object can have"))
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

// inOneCall bounds several requests that answer one question by the time of one.
func (c *conn) inOneCall(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.http.Timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.http.Timeout)
}

// leadsElsewhere reports whether a path is another one to those who clean paths: a part of it
// is missing, or is . or .. instead of a name.
func leadsElsewhere(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	return slices.ContainsFunc(strings.Split(path, "/")[1:], func(part string) bool { return part == "" || part == "." || part == ".." })
}

// unanswered is transportFailure without what the connection carries: the text may quote what
// came in place of an answer.
func (c *conn) unanswered(err error, way *progress) *evidence.Failure {
	f := transportFailure(err, way)
	f.Said = f.Said.Map(func(s finding.Span) finding.Span {
		s.Value = c.secrets.Redact(s.Value)
		return s
	})
	return f
}

// question names what is asked at a path, for who waits for the answer: its last two parts,
// which tell an object, where it has no name of its own.
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

// accept is what kind of answer is asked for at a path.
func accept(path string) string {
	switch {
	case path == KeysPath:
		return "application/jwk-set+json, application/json"
	case strings.Contains(path, "?"+withoutObjects), strings.Contains(path, "?"+withMetadata):
		return asTable
	}
	return "application/json"
}

// get reads one resource as JSON into out; the failure keeps forbidden, absent and
// unusable apart. found is false only where the server said that there is none.
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
		return false, evidence.Because(evidence.Unusable, finding.Reword(err, "the answer to GET %s is not the JSON that was asked for", finding.URL.Of(path)))
	}
	return true, nil
}

// failure turns an answer that is no success into a Failure.
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

// fromAPIServer reports whether an answer has one of the marks of an API server.
func (r *response) fromAPIServer() bool {
	return r.header.Get("Audit-Id") != "" || r.kubernetesStatus() != nil
}

// failureOf is what an answer that is no success says of the question. Only an API server
// can refuse a caller; whoever else says so has no idea of their rights.
func failureOf(status int, message string, user *token.Identity, fromAPIServer bool) *evidence.Failure {
	code, name := finding.Count(status), finding.Standard(http.StatusText(status))
	f := &evidence.Failure{Kind: evidence.Unusable, Said: finding.T("%s", finding.Message(message))}
	byOther := !fromAPIServer && (status == http.StatusForbidden || status == http.StatusUnauthorized)
	switch {
	case byOther:
		f = evidence.Because(evidence.Unusable, finding.Errorf("the answer %s %s is not an API server's", code, name))
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

// kubernetesStatus is the Status in the body, nil where there is none.
func (r *response) kubernetesStatus() *metav1.Status {
	var s metav1.Status
	if json.Unmarshal(r.body, &s) != nil || s.Kind != "Status" {
		return nil
	}
	return &s
}

// absent reports whether the answer says of the very object at path that there is none.
// A server that does not serve such objects answers 404 as well.
func (r *response) absent(path string) bool {
	s := r.kubernetesStatus()
	name, err := url.PathUnescape(path[strings.LastIndexByte(path, '/')+1:])
	return err == nil && s != nil && s.Reason == metav1.StatusReasonNotFound && s.Details != nil && s.Details.Name == name
}

// message is what the server says of why it did not do what was asked.
func (r *response) message() string {
	if s := r.kubernetesStatus(); s != nil {
		return r.clean(s.Message)
	}
	// In trouble, an API server answers in plain words
	// (k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go InternalError).
	const enough = 500
	text := strings.TrimSpace(string(r.body))
	if r.fromAPIServer() && r.status >= 500 && strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") && len(text) <= enough && !strings.Contains(text, "\n") {
		return r.clean(text)
	}
	return ""
}

// pageTitle is the title of the web page that the answer is; empty where it is none.
func (r *response) pageTitle() string {
	if !strings.Contains(r.header.Get("Content-Type"), "html") {
		return ""
	}
	page := string(r.body)
	// The names of tags are ASCII: lowering it as such keeps the places.
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
	// What was sent could not be told any more once it is cut.
	title := r.clean(strings.Join(strings.Fields(html.UnescapeString(page[from:from+end])), " "))
	return finding.Truncate(title, 200, "…")
}

// clean takes out of a server's words what it was sent in confidence, and of many words the
// middle.
func (r *response) clean(text string) string {
	return finding.Shorten(r.secrets.Redact(text), finding.MaxText)
}

// value takes it out of a value, of which much that looks like a secret is none: a name may.
// Of a long one the middle goes as well.
func (r *response) value(text string) string {
	return finding.Shorten(r.secrets.RedactAnswer(text), finding.MaxText)
}

// maxWarnings is how many warnings of one answer are kept.
const maxWarnings = 20

// warnings are the texts of the Warning headers (RFC 7234 section 5.5).
func (r *response) warnings() []string {
	var out []string
	lines := r.header.Values("Warning")
	for i, line := range lines {
		if i == maxWarnings {
			return append(out, fmt.Sprintf("(%d more warnings)", len(lines)-i))
		}
		// `299 - "text"`: the code and the agent are of no interest.
		if start := strings.IndexByte(line, '"'); start >= 0 {
			text := strings.TrimSuffix(strings.TrimSpace(line[start+1:]), `"`)
			out = append(out, r.clean(strings.ReplaceAll(strings.ReplaceAll(text, `\"`, `"`), `\\`, `\`)))
		}
	}
	return out
}
