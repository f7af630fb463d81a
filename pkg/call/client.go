package call

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// The bounds of what is kept of an answer, in bytes.
const (
	maxBody    = 64 << 10
	maxMessage = 1000
	maxField   = 1000
)

// NewClient returns a client that follows no redirect and uses no proxy for plain http. ca has CAs in PEM; nil trusts the
// system's. timeout bounds a call; 0 is no bound.
func NewClient(ca []byte, timeout time.Duration) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, finding.Errorf("the file has no CA certificate in PEM")
		}
	}
	proxy := func(r *http.Request) (*url.URL, error) {
		if r.URL.Scheme == "http" {
			// A proxy would see the token.
			return nil, nil
		}
		return http.ProxyFromEnvironment(r)
	}
	return transport.Client(transport.New(transport.Options{TLS: config, Proxy: proxy, HTTP2: true, Timeout: timeout}), timeout), nil
}

// Request is a request with a token.
type Request struct {
	URL    *url.URL
	Method string
	// Header are further headers. Host is the name of the host to ask for.
	Header http.Header
	Token  token.Secret
}

// Answer is what a service answered, within bounds. Nothing in it is escaped.
type Answer struct {
	// Status is the code, and StatusLine has the code and the reason phrase.
	Status     int
	StatusLine string
	// Identity are the headers that name a user.
	Identity   []Field
	Challenges []Challenge
	// Location is where a redirect points.
	Location string
	// Server is the header Server.
	Server string
	// HTML reports that the body is a web page, and Message is its title. Otherwise Message is the message in the body.
	HTML    bool
	Message string
	// Login reports that the web page has a form for a password.
	Login bool
}

// reserved are headers that a request has only once and from this program, or that are for the connection.
var reserved = []string{"Authorization", "Proxy-Authorization", "Connection", "Content-Length", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Keep-Alive", "Proxy-Connection", "Expect"}

// ParseHeader parses "NAME: VALUE". An error never repeats the value, which may be a secret.
func ParseHeader(written string) (name, value string, err error) {
	name, value, ok := strings.Cut(written, ":")
	valid := ok && name != ""
	for i := 0; i < len(name); i++ {
		valid = valid && isTokenCharacter(name[i])
	}
	if !valid {
		return "", "", finding.Errorf("--header is not NAME: VALUE")
	}
	name, value = http.CanonicalHeaderKey(name), strings.TrimSpace(value)
	if slices.Contains(reserved, name) {
		return "", "", finding.Errorf("--header cannot set %s", finding.Standard(name))
	}
	if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
		return "", "", finding.Errorf("the value of --header %s has a control character", finding.Standard(name))
	}
	return name, value, nil
}

// ValidMethod reports whether a word is an HTTP method that a service can be called with.
func ValidMethod(method string) bool {
	for i := 0; i < len(method); i++ {
		if !isTokenCharacter(method[i]) {
			return false
		}
	}
	return method != "" && method != http.MethodConnect
}

// Do sends the request. An error is about the connection and never has the token.
func Do(ctx context.Context, client *http.Client, r Request) (*Answer, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL.String(), nil)
	if err != nil {
		return nil, finding.Errorf("the request cannot be made: %s", finding.Err(err))
	}
	request.Header = r.Header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
		request.Header.Del("Host")
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "kubectl-authn")
	}
	request.Header.Set("Authorization", "Bearer "+r.Token.Reveal())
	defer waiting.For(ctx, r.URL.Scheme+"://"+r.URL.Host, r.URL.EscapedPath())()
	answer, err := client.Do(request)
	if err != nil {
		return nil, connectionError(ctx, err, client.Timeout)
	}
	defer answer.Body.Close()
	// A status without its whole body is an answer all the same.
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	return read(answer, body), nil
}

// connectionError is the error of a call without an answer. The URL is left out, because the report has it.
func connectionError(ctx context.Context, err error, timeout time.Duration) error {
	var of *url.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &of) && of.Timeout() && timeout > 0:
		return finding.Reword(err, "no answer within %s", finding.Duration(timeout))
	case errors.As(err, &of):
		return finding.Reword(err, "%s", finding.Err(of.Err))
	}
	return err
}

func read(r *http.Response, body []byte) *Answer {
	a := &Answer{
		Status: r.StatusCode, StatusLine: valid(r.Status), Location: cut(valid(r.Header.Get("Location")), maxField), Server: cut(valid(r.Header.Get("Server")), 100),
		Challenges: challenges(r.Header.Values("Www-Authenticate")),
	}
	for i := range a.Challenges {
		c := &a.Challenges[i]
		c.Scheme = cut(valid(c.Scheme), 100)
		for j := range c.Parameters {
			p := &c.Parameters[j]
			p.Name, p.Value = cut(valid(p.Name), 100), cut(valid(p.Value), maxField)
		}
	}
	for _, name := range identityHeaders {
		for _, v := range r.Header.Values(name) {
			a.Identity = append(a.Identity, Field{strings.ToLower(name), cut(valid(v), maxField)})
		}
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	a.HTML = kind == "text/html" || kind == "application/xhtml+xml" || kind == "" && startsHTML(body)
	switch {
	case len(body) == 0 || r.Header.Get("Content-Encoding") != "":
	case a.HTML:
		a.Login = password().Match(body)
		if m := title().FindSubmatch(body); m != nil {
			a.Message = message(m[1])
		}
	case strings.HasPrefix(kind, "text/") || kind == "" || strings.HasSuffix(kind, "json") || strings.HasSuffix(kind, "xml"):
		a.Message = message(said(body))
	}
	return a
}

// identityHeaders are the headers in which proxies name the user of a request.
var identityHeaders = []string{
	"Kubeflow-Userid", "Kubeflow-Groups", "X-Remote-User", "X-Remote-Group", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups",
	"X-Auth-Request-Preferred-Username", "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups",
}

var (
	title    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`) })
	password = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)<input[^>]+type\s*=\s*["']?password`) })
)

func startsHTML(body []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(body[:min(len(body), 200)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// said returns the message in a JSON object, or the body itself.
func said(body []byte) []byte {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return body
	}
	for _, name := range []string{"error_description", "message", "detail", "reason", "error"} {
		switch v := members[name].(type) {
		case string:
			if v != "" {
				return []byte(v)
			}
		case map[string]any:
			if s, ok := v["message"].(string); ok && s != "" {
				return []byte(s)
			}
		}
	}
	return body
}

// message returns a text in one line, within bounds.
func message(text []byte) string {
	return cut(strings.Join(strings.Fields(valid(string(text))), " "), maxMessage)
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// cut cuts a text at a number of bytes, between characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
