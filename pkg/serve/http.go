package serve

import (
	"io"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// quiet keeps the server's messages about clients out of the log: whoever can connect could fill it.
var quiet = log.New(io.Discard, "", 0)

// httpServer returns a server on which every path is a decision.
func httpServer(d *Decider) *http.Server {
	return &http.Server{
		Handler: d, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: quiet,
		HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
}

// Headers of requests and answers.
const (
	headerRemove  = "X-Envoy-Auth-Headers-To-Remove"
	headerTimeLim = "X-Envoy-Expected-Rq-Timeout-Ms"
)

// ServeHTTP answers with the decision about a request. It reads no body.
func (d *Decider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	requested := r.RequestURI
	if name := d.options.PathHeader; name != "" {
		// Of several values, nobody knows which one the proxy set.
		if requested = ""; len(r.Header.Values(name)) == 1 {
			requested = r.Header.Get(name)
		}
	}
	out := d.Decide(r.Context(), Request{Protocol: "http", Authorization: r.Header.Values("Authorization"), Path: requested, Timeout: expected(r.Header.Get(headerTimeLim))})
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	for _, h := range d.options.headers(&out) {
		header.Set(h[0], h[1])
	}
	status := d.options.status(&out)
	if status == http.StatusOK || status == http.StatusAccepted || status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, d.options.body(&out))
}

// expected reads Envoy's timeout in milliseconds; 0 if there is none.
func expected(value string) time.Duration {
	ms, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// status is the HTTP status of a decision.
func (o *Options) status(d *Decision) int {
	switch d.Kind {
	case Allow, Skip:
		return o.SuccessStatus
	case NoToken, Rejected:
		return http.StatusUnauthorized
	case Malformed:
		return http.StatusBadRequest
	case Forbidden:
		return http.StatusForbidden
	}
	return http.StatusServiceUnavailable
}

// headers are the headers of an answer, name and value. Both identity headers are in each positive answer, empty for
// a skipped path: a header that is missing would leave the client's own.
func (o *Options) headers(d *Decision) [][2]string {
	switch d.Kind {
	case Allow, Skip:
		return [][2]string{
			{o.UserHeader, d.User},
			{o.GroupsHeader, strings.Join(d.Groups, groupsSeparator)},
			{headerRemove, strings.ToLower("Authorization")},
		}
	case Unavailable:
		return [][2]string{{"Retry-After", "1"}}
	}
	return [][2]string{{"WWW-Authenticate", o.challenge(d)}}
}

// challenge is the challenge of RFC 6750, section 3. Without a token it has no error.
func (o *Options) challenge(d *Decision) string {
	realm := "kubernetes"
	if len(o.Audiences) > 0 {
		// The audience is what a client needs in order to request the right token.
		realm = o.Audiences[0]
	}
	out := `Bearer realm="` + quotable(realm) + `"`
	code := map[Kind]string{Rejected: "invalid_token", Malformed: "invalid_request", Forbidden: "insufficient_scope"}[d.Kind]
	if code == "" {
		return out
	}
	out += `, error="` + code + `"`
	if why := o.why(d); why != "" {
		out += `, error_description="` + quotable(why) + `"`
	}
	return out
}

// why is what a client is told about the reason.
func (o *Options) why(d *Decision) string {
	switch {
	case o.Reason == ReasonNone || d.Finding == "":
		return ""
	case o.Reason == ReasonText && d.Said != "":
		return string(d.Finding) + ": " + d.Title + ": " + d.Said
	}
	return string(d.Finding) + ": " + d.Title
}

// body is the text of a refusal.
func (o *Options) body(d *Decision) string {
	text := http.StatusText(o.status(d))
	if why := o.why(d); why != "" {
		text += ": " + quotable(why)
	}
	return text + "\n"
}

// quotable replaces what error_description and realm may not have (RFC 6750, section 3): everything but printable
// ASCII without quotes and backslashes.
func quotable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"':
			return '\''
		case c < ' ' || c > '~' || c == '\\':
			return '?'
		}
		return c
	}, s)
}

// checkHeaders rejects names of headers that cannot carry the identity.
func (o *Options) checkHeaders() error {
	for _, h := range []struct{ flag, name string }{{"--user-header", o.UserHeader}, {"--groups-header", o.GroupsHeader}} {
		lower := strings.ToLower(h.name)
		if h.name == "" || strings.IndexFunc(h.name, notOfHeader) >= 0 || isConnection[lower] || strings.HasPrefix(lower, "x-envoy-") {
			return finding.Errorf("%s %q is not the name of a header that can carry an identity", finding.Standard(h.flag), finding.Quoted(h.name))
		}
	}
	if strings.EqualFold(o.UserHeader, o.GroupsHeader) {
		return finding.Errorf("--user-header and --groups-header name the same header")
	}
	if o.PathHeader != "" && strings.IndexFunc(o.PathHeader, notOfHeader) >= 0 {
		return finding.Errorf("--path-header %q is not the name of a header", finding.Quoted(o.PathHeader))
	}
	return nil
}

// isConnection are headers that belong to the connection, or to the answer itself.
var isConnection = map[string]bool{"authorization": true, "connection": true, "content-length": true, "content-type": true, "cookie": true, "host": true,
	"keep-alive": true, "proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true, "upgrade": true, "www-authenticate": true,
	"cache-control": true, "set-cookie": true, "location": true, "x-content-type-options": true}

// notOfHeader reports whether a character is outside of a token (RFC 9110, section 5.6.2). An underscore is legal,
// and proxies such as nginx drop headers that have one.
func notOfHeader(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
}
