package hostile

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	head   = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nAudit-Id: an-id\r\n"
	longer = 900 << 10
)

// escapes has terminal escape sequences and bidirectional overrides.
const escapes = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202etxet\u2066\u0085\u009b2J\r\nerror: \x00end"

// Kinds returns all kinds of bad answers.
func Kinds() []Kind {
	var out []Kind
	for _, some := range [][]Kind{connections(), upgrades(), headers(), bodies(), statuses(), contents(), redirects(), http2s(), proxies()} {
		out = append(out, some...)
	}
	return out
}

func connections() []Kind {
	return []Kind{
		{Name: "closed before TLS", accept: func(*visit) {}},
		{Name: "silent before TLS", accept: func(v *visit) { v.wait() }},
		{Name: "no TLS but bytes", accept: func(v *visit) { v.say(strings.Repeat("\x00\x15\x03", 100)); v.wait() }},
		{Name: "no TLS but HTTP", accept: func(v *visit) { v.say("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); v.wait() }},
		{Name: "an endless TLS record", accept: func(v *visit) { v.say("\x16\x03\x03\x40\x00"); v.drip("\x02") }},
		{Name: "an alert in the handshake", secure: func(c *tls.Config) {
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no") }
		}},
		{Name: "closed after the handshake", secure: func(c *tls.Config) { c.VerifyConnection = func(tls.ConnectionState) error { return errors.New("no") } }},
		{Name: "closed after the request", answer: says("")},
		{Name: "silent after the request", answer: holds("")},
	}
}

func upgrades() []Kind {
	const switched = "HTTP/1.1 101 Switching Protocols\r\n"
	return []Kind{
		{Name: "101 and silence", answer: holds(switched + "Connection: Upgrade\r\nUpgrade: x\r\n\r\n")},
		{Name: "101 without Upgrade", answer: holds(switched + "\r\n")},
		{Name: "101 and endless bytes", answer: pumps(switched+"Connection: Upgrade\r\nUpgrade: x\r\n\r\n", "{}")},
		{Name: "101 to SPDY and silence", answer: holds(switched + "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n")},
		{Name: "101 to SPDY and endless bytes", answer: pumps(switched+"Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n", "\x80\x03\x00\x06\x00\x00\x00\x04\x00\x00\x00\x02")},
		{Name: "101 to a WebSocket and silence", answer: func(v *visit, r *http.Request) { v.say(webSocket(r)); v.wait() }},
		{Name: "a WebSocket that drips", answer: func(v *visit, r *http.Request) { v.say(webSocket(r)); v.drip("\x82\x02\x02x") }},
		{Name: "a WebSocket without end", answer: func(v *visit, r *http.Request) { v.say(webSocket(r)); v.pump("\x82\x02\x03x") }},
		{Name: "a WebSocket frame without end", answer: func(v *visit, r *http.Request) {
			v.say(webSocket(r) + "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff")
			v.pump("\x01")
		}},
		{Name: "100 without end", answer: pumps("", "HTTP/1.1 100 Continue\r\n\r\n")},
		{Name: "100 that drips", answer: drips("", "HTTP/1.1 100 Continue\r\n\r\n")},
		{Name: "103 without end", answer: pumps("", "HTTP/1.1 103 Early Hints\r\nLink: </"+strings.Repeat("x", 1000)+">\r\n\r\n")},
	}
}

func headers() []Kind {
	many := make([]string, 5000)
	for i := range many {
		many[i] = fmt.Sprintf(`Warning: 299 - "careful %d"`, i)
	}
	return []Kind{
		{Name: "a status line that drips", answer: drips("", "H")},
		{Name: "a reason phrase without end", answer: pumps("HTTP/1.1 200 ", "OK ")},
		{Name: "a long reason phrase", answer: says("HTTP/1.1 403 " + strings.Repeat("no ", 100<<10) + "\r\nContent-Length: 0\r\n\r\n")},
		{Name: "a header that drips", answer: drips(head, "X: y\r\n")},
		{Name: "a header without end", answer: pumps(head, "X: y\r\n")},
		{Name: "a header line without end", answer: pumps(head+"X: ", "y")},
		{Name: "long header lines", Learns: true, answer: adds("Server: "+strings.Repeat("s", 200<<10), "Location: "+strings.Repeat("l", 200<<10), "Www-Authenticate: "+strings.Repeat("w", 200<<10), `Warning: 299 - "`+strings.Repeat("v", 200<<10)+`"`)},
		{Name: "long header lines of a refusal", answer: responds(401, "", "Server: "+strings.Repeat("s", 200<<10), "Location: "+strings.Repeat("l", 200<<10), "Www-Authenticate: "+strings.Repeat("w", 200<<10))},
		{Name: "warnings by the thousand", Learns: true, answer: adds(many...)},
		{Name: "control characters in a header", answer: says(head + "Server: a\x00b\x1b[2J\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "escapes in a header", Learns: true, answer: adds("Server: \x1b]0;owned\u009b2J\u202e", "Warning: 299 - \"\x1b[2J\u202e\"", "Audit-Id: \x1b[2J")},
		{Name: "a Date in the year 9999", Learns: true, answer: says("HTTP/1.1 403 Forbidden\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "a Date that is none", Learns: true, answer: says("HTTP/1.1 403 Forbidden\r\nDate: yesterday\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "two lengths", answer: says(head + "Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}")},
		{Name: "a length that is none", answer: says(head + "Content-Length: -7\r\n\r\n{}")},
		{Name: "no HTTP", answer: says("SSH-2.0-OpenSSH\r\n")},
		{Name: "another HTTP", answer: says("HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}")},
		{Name: "a status of no class", answer: says("HTTP/1.1 999 No\r\nContent-Length: 2\r\n\r\n{}")},
	}
}

func bodies() []Kind {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	}
	_ = z.Close()
	return []Kind{
		{Name: "a body that drips", answer: drips(head+"Content-Length: 100000\r\n\r\n", " ")},
		{Name: "a body without end", answer: pumps(head+"\r\n", " ")},
		{Name: "a body that is too short", answer: says(head + "Content-Length: 1000\r\n\r\n{")},
		{Name: "a body that stops", answer: holds(head + "Content-Length: 1000\r\n\r\n{")},
		{Name: "a body that is too long", Learns: true, answer: func(v *visit, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			status, answer := good(r, body, v.server.URL())
			v.respond(status, nil, answer)
			v.say("HTTP/1.1 200 OK\r\nX-Token: " + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + "\r\n\r\n" + string(body))
			v.wait()
		}},
		{Name: "chunks that are none", answer: says(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")},
		{Name: "a chunk without end", answer: pumps(head+"Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n", " ")},
		{Name: "chunks that drip", answer: drips(head+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
		{Name: "a chunk's extension without end", answer: pumps(head+"Transfer-Encoding: chunked\r\n\r\n1", ";x=y")},
		{Name: "trailers without end", answer: pumps(head+"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n{}\r\n0\r\n", "X: y\r\n")},
		{Name: "compressed, unasked", answer: responds(200, bomb.String(), "Content-Encoding: gzip")},
		{Name: "an empty answer", answer: responds(200, "")},
		{Name: "a web page", answer: says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><title>" + strings.Repeat("log in ", 10000) + "</title>")},
		{Name: "another content type", answer: responds(200, "kind: Status\nmessage: no\n", "Content-Type: application/yaml")},
		{Name: "JSON that is cut", answer: responds(200, `{"kind":"SelfSubjectReview","status":{"userInfo":{"username":"ad`)},
		{Name: "JSON nested deeply", answer: responds(200, strings.Repeat(`[`, longer))},
		{Name: "objects nested deeply", answer: responds(200, strings.Repeat(`{"a":`, 100<<10)+"1"+strings.Repeat("}", 100<<10))},
		{Name: "null", answer: responds(200, "null")},
		{Name: "a list", answer: responds(200, "[1,2,3]")},
		{Name: "another object", answer: responds(200, `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"other"}}`)},
		{Name: "members of the wrong type", answer: responds(403, `{"kind":"Status","message":7,"reason":[],"code":"x","details":"y"}`)},
		{Name: "members of the wrong kind", answer: responds(200, `{"kind":"Status","status":7,"issuer":[],"jwks_uri":{},"keys":"x","spec":[],"data":1,"metadata":"m","items":{}}`)},
	}
}

func statuses() []Kind {
	day := "Retry-After: 86400"
	return []Kind{
		{Name: "204", answer: says("HTTP/1.1 204 No Content\r\n\r\n")},
		{Name: "304", answer: says("HTTP/1.1 304 Not Modified\r\n\r\n")},
		{Name: "407", answer: responds(407, "{}", "Proxy-Authenticate: Basic realm=x")},
		{Name: "429 for a day", answer: responds(429, string(refusal(429, "TooManyRequests", "too many requests")), day)},
		{Name: "429 at once", answer: responds(429, "", "Retry-After: 0")},
		{Name: "500 in words", answer: says("HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nAudit-Id: x\r\n\r\nInternal Server Error: " + strings.Repeat("y", 400))},
		{Name: "503 for a day", answer: responds(503, "<html>down</html>", day, "Content-Type: text/html")},
		{Name: "401 of nobody", answer: says("HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")},
	}
}

func contents() []Kind {
	groups := strings.TrimSuffix(strings.Repeat(`"g",`, 100<<10), ",")
	return []Kind{
		{Name: "a long message", answer: responds(403, string(refusal(403, "Forbidden", strings.Repeat("word ", longer/5))))},
		{Name: "a long message without blanks", answer: responds(403, string(refusal(403, "Forbidden", strings.Repeat("w", longer))))},
		{Name: "a long message of escapes", answer: responds(403, string(refusal(403, "Forbidden", strings.Repeat("\x1b[2J", longer/10))))},
		{Name: "long texts", Learns: true, answer: fills(strings.Repeat("n", 150<<10))},
		{Name: "long claims", Learns: true, answer: func(v *visit, r *http.Request) {
			status, body := filled(r, v.server.URL(), Token(object{"iss": "x", "sub": strings.Repeat("s", 300<<10), "x": strings.Repeat("y", 150<<10)}))
			if len(body) > 1<<20 {
				status, body = 403, refusal(403, "Forbidden", "no")
			}
			v.respond(status, nil, body)
		}},
		{Name: "many groups", Learns: true, answer: responds(201, `{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"authenticated":true,"user":{"username":"x","groups":[`+groups+`]},"userInfo":{"username":"x","groups":[`+groups+`]}}}`)},
		{Name: "many keys", Learns: true, answer: responds(200, `{"issuer":"x","jwks_uri":"y","keys":[`+strings.TrimSuffix(strings.Repeat(`{"kty":"EC"},`, 20<<10), ",")+`]}`)},
		{Name: "pages without end", Learns: true, answer: responds(200, `{"kind":"Table","metadata":{"continue":"more"},"items":[],"rows":[]}`)},
		{Name: "escapes", Learns: true, answer: fills(escapes)},
		{Name: "no UTF-8", Learns: true, answer: func(v *visit, r *http.Request) {
			status, body := filled(r, v.server.URL(), "INVALID")
			v.respond(status, nil, bytes.ReplaceAll(body, []byte("INVALID"), []byte("\xff\xfe\x80\xc3(")))
		}},
		{Name: "echoed credentials", answer: func(v *visit, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			sent := r.Header.Get("Authorization") + " " + string(body)
			line := strings.Join(strings.Fields(sent), " ")
			_, answer := filled(r, v.server.URL(), sent)
			v.respond(403, []string{"Server: " + line, "Location: https://x/?t=" + line, "Www-Authenticate: " + line, `Warning: 299 - "` + strings.ReplaceAll(line, `"`, "'") + `"`, "Audit-Id: " + line, "Content-Type: text/html"},
				append(answer, ("<title>"+sent+"</title>")...))
		}},
	}
}

func redirects() []Kind {
	to := func(target string) func(*visit, *http.Request) {
		return func(v *visit, r *http.Request) {
			_, port, _ := strings.Cut(v.server.listener.Addr().String(), ":")
			v.respond(307, []string{"Location: " + strings.NewReplacer("PORT", port, "PATH", r.URL.Path).Replace(target)}, nil)
		}
	}
	return []Kind{
		{Name: "a redirect in a circle", answer: to("PATHx")},
		{Name: "a redirect to a file", answer: to("file:///etc/passwd")},
		{Name: "a redirect to a script", answer: to("javascript:alert(1)")},
		{Name: "a redirect to plain http", answer: to("http://127.0.0.1:PORT/elsewhere")},
		{Name: "a redirect to another host", answer: to("https://localhost:PORT/elsewhere")},
		{Name: "a redirect to nowhere", answer: to("")},
		{Name: "a redirect to no URL", answer: to("http://[::1%25:x")},
	}
}

func http2s() []Kind {
	return []Kind{
		{Name: "HTTP/2 and silence", frames: func(v *visit, _ uint32) { v.forever(time.Second, frameSettings, 1, 0, nil) }},
		{Name: "HTTP/2 with PING alone", frames: func(v *visit, _ uint32) { v.forever(5*time.Millisecond, framePing, 0, 0, make([]byte, 8)) }},
		{Name: "HTTP/2 with SETTINGS without end", frames: func(v *visit, _ uint32) { v.forever(0, frameSettings, 0, 0, nil) }},
		{Name: "HTTP/2 that goes away", frames: func(v *visit, _ uint32) { v.frame(frameGoAway, 0, 0, make([]byte, 8)) }},
		{Name: "HTTP/2 that refuses the stream", frames: func(v *visit, stream uint32) {
			v.frame(frameReset, 0, stream, []byte{0, 0, 0, 7})
			v.forever(time.Second, frameSettings, 1, 0, nil)
		}},
		{Name: "HTTP/2 that resets the stream", frames: func(v *visit, stream uint32) {
			v.frame(frameReset, 0, stream, []byte{0, 0, 0, 2})
			v.forever(time.Second, frameSettings, 1, 0, nil)
		}},
		{Name: "HTTP/2 with 103 without end", frames: func(v *visit, stream uint32) { v.forever(0, frameHeaders, endHeaders, stream, early) }},
		{Name: "HTTP/2 with a header without end", frames: func(v *visit, stream uint32) {
			v.frame(frameHeaders, 0, stream, ok)
			v.forever(0, frameContinuation, 0, stream, append([]byte{0x00, 1, 'x', 0x7f, 0xa1, 0x7d}, bytes.Repeat([]byte("y"), 16160)...))
		}},
		{Name: "HTTP/2 with a body that drips", frames: func(v *visit, stream uint32) {
			v.frame(frameHeaders, endHeaders, stream, ok)
			v.forever(10*time.Millisecond, frameData, 0, stream, []byte(" "))
		}},
		{Name: "HTTP/2 with a body without end", frames: func(v *visit, stream uint32) {
			v.frame(frameHeaders, endHeaders, stream, ok)
			v.forever(0, frameData, 0, stream, bytes.Repeat([]byte(" "), 16<<10))
		}},
		{Name: "HTTP/2 with bytes that are no frames", frames: func(v *visit, _ uint32) { v.pump("HTTP/1.1 400 No\r\n\r\n") }},
	}
}

func proxies() []Kind {
	connected := func(then func(*visit)) func(*visit) {
		return func(v *visit) {
			if _, err := http.ReadRequest(v.in); err == nil {
				then(v)
			}
		}
	}
	return []Kind{
		{Name: "a proxy that is silent", Proxy: "http", accept: func(v *visit) { v.wait() }},
		{Name: "a proxy that drips", Proxy: "http", accept: connected(func(v *visit) { v.say("HTTP/1.1 200 OK\r\n"); v.drip("X: y\r\n") })},
		{Name: "a proxy whose header has no end", Proxy: "http", accept: connected(func(v *visit) { v.say("HTTP/1.1 200 OK\r\n"); v.pump("X: y\r\n") })},
		{Name: "a proxy that refuses at length", Proxy: "http", accept: connected(func(v *visit) {
			v.say("HTTP/1.1 403 " + strings.Repeat("no ", 100<<10) + "\r\nContent-Length: 0\r\n\r\n")
		})},
		{Name: "a proxy that refuses with escapes", Proxy: "http", accept: connected(func(v *visit) { v.say("HTTP/1.1 502 \x1b[2J\u202e\r\nContent-Length: 0\r\n\r\n") })},
		{Name: "a proxy that stops in the handshake", Proxy: "http", accept: connected(func(v *visit) { v.say("HTTP/1.1 200 OK\r\n\r\n"); v.wait() })},
		{Name: "a SOCKS proxy that is silent", Proxy: "socks5", accept: func(v *visit) { v.wait() }},
		{Name: "a SOCKS proxy that stops", Proxy: "socks5", accept: func(v *visit) { v.say("\x05\x00"); v.wait() }},
		{Name: "a SOCKS proxy that drips", Proxy: "socks5", accept: func(v *visit) { v.say("\x05\x00\x05\x00\x00\x03\xff"); v.drip("x") }},
	}
}
