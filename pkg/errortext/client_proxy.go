package errortext

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// connectStatuses are the texts of the statuses with which proxies answer CONNECT. net/http returns
// only the text. `Unauthorized` is not one of them, because an API server has it too.
var connectStatuses = []string{
	`Forbidden`, `Service Unavailable`, `Service unavailable`, `Gateway Timeout`, `Gateway Time-out`, `Gateway timeout`, `Bad Gateway`, `Bad gateway`, `Proxy Authentication Required`, `Internal Server Error`, `Not Found`,
	`Method Not Allowed`, `Bad Request`, `Host Not Found`, `Not Implemented`, `Unable to connect`, `Access Denied`, `Proxy Error`, `Network Unreachable`, `Connection refused by proxy`, `Tunnel or SSL Forbidden`, `Failed to connect to parent`,
	`Cannot connect to target`, `Request Timeout`, `Too Many Requests`, `DNS error`, `Host unreachable`, `Connection timed out`, `cannotconnect`, `notresolvable`, `authenticationrequired`, `unknown status code`,
}

// statusText is a text as statuses have it. Errors of Go begin in lower case, or have a colon.
var statusText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z][A-Za-z]+(?:[ -][A-Za-z]+){0,5}$`) })

// apiURL matches URLs that a client of an API server requests. Other URLs are another server's.
var apiURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`/apis?(?:$|[/?])|/version(?:$|\?)|/openapi/|/(?:healthz|readyz|livez)(?:$|[/?])|:(?:6443|8443|10250)(?:$|/)|/k8s/clusters/`)
})

// clientProxy has the errors about proxies, and about answers that are not an API server's.
//
// net/http transport.go, internal/socks; k8s.io/apimachinery pkg/api/errors/errors.go;
// k8s.io/client-go discovery; curl lib/http_proxy.c, lib/cf-h1-proxy.c; http/client.py;
// sun.net.www.protocol.http; Envoy.
func clientProxy() []pattern {
	return allOf(connected(), clientTunnel(), clientPage(), withoutBody(), withOtherBody(), clientProtocol())
}

// connected has the errors of net/http if a proxy answers CONNECT with another status than 200.
func connected() []pattern {
	status := func(values map[string]string) string { return strings.TrimRight(values["status"], ` .,…)]}"'`) }
	login := func(values map[string]string) bool {
		return strings.HasPrefix(status(values), `Proxy Authentication Required`) || status(values) == `authenticationrequired`
	}
	// kubectl wraps no answer of an API server in this message.
	any := faulty("proxy-refused", Transport, finding.AnswerNotFromAPIServer, `Unable to connect to the server: {status...}`)
	any[0].suits = func(values map[string]string) bool {
		return statusText().MatchString(values["status"]) && values["status"] != "EOF" && !login(values)
	}
	table := any
	for _, before := range []string{
		`Unable to connect to the server: `, `Error while proxying request: `, `http: proxy error: `, `Get {url:q}: `, `Post {url:q}: `, `Put {url:q}: `, `Patch {url:q}: `, `Delete {url:q}: `, `Head {url:q}: `,
		`Get {url:word}: `, `Post {url:word}: `, `Put {url:word}: `, `Patch {url:word}: `, `Delete {url:word}: `,
	} {
		answered := faulty("proxy-refused", Transport, finding.AnswerNotFromAPIServer, before+`{status...}`)
		answered[0].suits = func(values map[string]string) bool {
			return slices.Contains(connectStatuses, status(values)) && !login(values) && (values["url"] == "" || apiURL().MatchString(values["url"]))
		}
		toLogin := faulty("proxy-login", Transport, finding.AnswerNotFromAPIServer, before+`{status...}`)
		toLogin[0].suits = login
		table = append(table, answered[0], toLogin[0])
	}
	return table
}

// clientTunnel has the errors of clients about their proxy.
func clientTunnel() []pattern {
	return allOf(
		faulty("proxy-scheme", Transport, finding.APIServerUnreachable,
			`proxyconnect tcp: EOF`, `proxyconnect tcp: tls: first record does not look like a TLS handshake`, `proxyconnect tcp: tls: oversized record received with length {length:word}`,
			`proxyconnect tcp: http: server gave HTTP response to HTTPS client`),
		faulty("proxy-unreachable", Transport, finding.APIServerUnreachable,
			`proxyconnect tcp: dial tcp: lookup {proxy:word} on {resolver:word}: {error...}`, `proxyconnect tcp: dial tcp: lookup {proxy:word}: {error...}`,
			`proxyconnect tcp: dial tcp {proxy}: connect: {error...}`, `proxyconnect tcp: dial tcp {proxy:word}: i/o timeout`, `proxyconnect tcp: {error...}`,
			`proxyconnect unix: {error...}`, `socks connect tcp {proxy}->{server}: {error...}`,
			`Could not resolve proxy: {proxy:word}`, `ProxyError('Cannot connect to proxy.', NewConnectionError({error...}`, `ProxyError('Unable to connect to proxy', NewConnectionError({error...}`),
		faulty("proxy-login", Transport, finding.AnswerNotFromAPIServer,
			`407 Proxy Authentication Required`, `Received HTTP code 407 from proxy after CONNECT`, `CONNECT tunnel failed, response 407`, `Tunnel connection failed: 407 {status...}`,
			`Unable to tunnel through proxy. Proxy returns "HTTP/1.1 407 {status}"`, `Unable to tunnel through proxy. Proxy returns "HTTP/1.0 407 {status}"`,
			`tunneling socket could not be established, statusCode=407`, `Failed to authenticate with proxy`, `HTTP/1.1 407 {status...}`, `HTTP/1.0 407 {status...}`,
			`The proxy tunnel request to proxy {proxy:q} failed with status code '407'{rest...}`),
		faulty("proxy-refused", Transport, finding.AnswerNotFromAPIServer,
			`Received HTTP code {code:word} from proxy after CONNECT`, `CONNECT tunnel failed, response {code:word}`, `Tunnel connection failed: {status...}`, `Proxy CONNECT aborted`,
			`Unable to tunnel through proxy. Proxy returns {status:q}`, `tunneling socket could not be established, {cause...}`, `Unexpected response code for CONNECT: {code:word}`,
			`The proxy tunnel request to proxy {proxy} failed with status code '{code}'`),
	)
}

// clientPage has the errors of clients whose answer is a page.
func clientPage() []pattern {
	page := func(texts ...string) []pattern {
		return faulty("web-page", Transport, finding.AnswerNotFromAPIServer, texts...)
	}
	gateway := func(texts ...string) []pattern {
		return faulty("gateway", Transport, finding.AnswerNotFromAPIServer, texts...)
	}
	return allOf(
		page(`couldn't get available api versions from server: invalid character '<' {where...}`, `unable to parse the server version: invalid character '<' looking for beginning of value`, `Unable to connect to the server: invalid character '<' looking for beginning of value`,
			`an error on the server ("<{page...}`, `an error on the server ("\n<{page...}`, `Error from server ({reason:word}): <{page...}`, `unable to upgrade connection: <{page...}`, `You must be logged in to the server (<{page...}`,
			`error: got '<{page...}`, `serializer for text/html doesn't exist`,
			// kubectl of 2015.
			`failed (502) 502 Bad Gateway: <{page...}`, `failed (503) 503 Service Unavailable: <{page...}`, `failed (504) 504 Gateway Timeout: <{page...}`),
		nearKubernetes(page(`invalid character '<' looking for beginning of value`, `invalid character '<' after {where...}`,
			`Unexpected character ('<' (code 60)){error...}`, `Unexpected token < in JSON at position {position:word}`, `Unexpected token '<', "<{page...}`,
			`JsonSyntaxException: java.lang.IllegalStateException: Expected BEGIN_OBJECT but was STRING{error...}`,
			`'<' is an invalid start of a value{error...}`, `unexpected content type text/html{error...}`, `unexpected content-type {type:q}`, `unsupported content type {type:q}`, `unexpected content type: {type...}`)),
		faulty("not-json", Transport, finding.AnswerNotFromAPIServer, `unable to parse the server version: invalid character '{character}' looking for beginning of value`,
			`unable to parse the server version: unexpected end of JSON input`),
		faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `unable to parse the server version: {error...}`),
		nearKubernetes(faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `Server returned an unexpected response: {error...}`, `0-length response with status code: {code:word} and content type: {type...}`)),
		// The .NET client, whose exceptions hold the whole answer.
		nearKubernetes(page(`"ReasonPhrase":"Bad Gateway","Content":"{page...}`, `"ReasonPhrase":"Service Unavailable","Content":"<{page...}`, `"ReasonPhrase":"Gateway Timeout","Content":"<{page...}`, `"ReasonPhrase":"Forbidden","Content":"<{page...}`)),
		nearKubernetes(gateway(`HTTP Error 502: {error...}`, `HTTP Error 503: {error...}`, `HTTP Error 504: {error...}`)),
		page(`Http failure during parsing for {url}/api/v1/csrftoken/{path:word}`),
		gateway(`upstream connect error or disconnect/reset before headers`, `no healthy upstream`, `default backend - 404`),
		faulty("envoy-rbac", Transport, finding.AnswerNotFromAPIServer, `RBAC: access denied`),
		nearKubernetes(gateway(`error code: 1020`, `Sorry, you have been blocked`, `Request forbidden by administrative rules`, `Request Forbidden by administrative rules`, `No server is available to handle this request`)),
		// An API server has another text for 401, and no pages.
		page(`<title>401 Authorization Required</title>`, `<title>401 Unauthorized</title>`, `401 Authorization Required`),
		nearKubernetes(page(`<title>403 Forbidden</title>`)),
		nearKubernetes(faulty("not-json", Transport, finding.AnswerNotFromAPIServer, `Expecting value: line 1 column 1 (char 0)`)),
		faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `the server rejected our request for an unknown reason`, `an error on the server ("unknown") has prevented the request from succeeding`,
			`an error on the server ("") has prevented the request from succeeding`, `the server responded with the status code {code:word} but did not return more information`),
	)
}

// withoutBody has the error for a 403 without a body.
func withoutBody() []pattern {
	table := faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `Error from server (Forbidden): unknown{more...}`)
	table[0].suits = func(values map[string]string) bool { return values["more"] == "" }
	return table
}

// withOtherBody has the errors for an answer whose body is only the text of a status. The API server and its aggregator
// write other texts.
func withOtherBody() []pattern {
	table := faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `an error on the server ({body:q}) has prevented the request from succeeding`)
	table[0].suits = func(values map[string]string) bool {
		return slices.Contains(connectStatuses, strings.TrimSpace(values["body"]))
	}
	return append(table, nearKubernetes(faulty("no-status", Transport, finding.AnswerNotFromAPIServer, `serializer for {type:word} doesn't exist`))...)
}

// clientProtocol has the errors of clients whose answer is of another protocol.
func clientProtocol() []pattern {
	other := func(texts ...string) []pattern {
		return faulty("other-protocol", Transport, finding.AnswerNotFromAPIServer, texts...)
	}
	return allOf(
		faulty("tls-port", Transport, finding.PlainHTTPServer,
			`malformed HTTP response "\x15\x03{bytes}"`, `net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03{bytes}"`,
			`Client sent an HTTP request to an HTTPS server.`, `Client sent an HTTP request to an HTTPS server`,
			`The plain HTTP request was sent to HTTPS port`),
		nearKubernetes(other(`net/http: HTTP/1.x transport connection broken: malformed HTTP {part:word} {bytes:q}`, `net/http: HTTP/1.x transport connection broken: {error...}`, `malformed HTTP response {bytes:q}`)),
	)
}
