package hostile

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// respond writes a correct answer with additional header lines.
func (v *visit) respond(status int, header []string, body []byte) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nAudit-Id: an-id\r\nDate: %s\r\n", status, http.StatusText(status), time.Now().UTC().Format(http.TimeFormat))
	for _, line := range header {
		out.WriteString(line + "\r\n")
	}
	fmt.Fprintf(&out, "Content-Length: %d\r\n\r\n", len(body))
	out.Write(body)
	_, _ = v.Write(out.Bytes())
}

func (v *visit) say(text string) bool {
	_, err := io.WriteString(v, text)
	return err == nil
}

// wait keeps the connection until the client closes it.
func (v *visit) wait() { _, _ = io.Copy(io.Discard, v.in) }

// drip writes a text repeatedly, slowly.
func (v *visit) drip(text string) {
	for v.say(text) {
		time.Sleep(10 * time.Millisecond)
	}
}

// pump writes a text repeatedly, as fast as the client reads.
func (v *visit) pump(text string) {
	block := strings.Repeat(text, 1+(32<<10)/len(text))
	for v.say(block) {
	}
}

// says writes a text and closes the connection.
func says(text string) func(*visit, *http.Request) {
	return func(v *visit, _ *http.Request) { v.say(text) }
}

// holds writes a text and then nothing.
func holds(text string) func(*visit, *http.Request) {
	return func(v *visit, _ *http.Request) { v.say(text); v.wait() }
}

// drips writes a text and then another one repeatedly, slowly.
func drips(text, again string) func(*visit, *http.Request) {
	return func(v *visit, _ *http.Request) { v.say(text); v.drip(again) }
}

// pumps writes a text and then another one repeatedly, as fast as the client reads.
func pumps(text, again string) func(*visit, *http.Request) {
	return func(v *visit, _ *http.Request) { v.say(text); v.pump(again) }
}

// responds writes an answer with this status, header and body to any request.
func responds(status int, body string, header ...string) func(*visit, *http.Request) {
	return func(v *visit, _ *http.Request) { v.respond(status, header, []byte(body)) }
}

// fills replaces each text of a correct answer.
func fills(text string) func(*visit, *http.Request) {
	return func(v *visit, r *http.Request) {
		status, body := filled(r, v.server.URL(), text)
		v.respond(status, nil, body)
	}
}

// adds writes a correct answer with additional header lines.
func adds(header ...string) func(*visit, *http.Request) {
	return func(v *visit, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status, answer := good(r, body, v.server.URL())
		v.respond(status, header, answer)
	}
}

// webSocket is the answer that opens a WebSocket (RFC 6455 section 4.2.2).
func webSocket(r *http.Request) string {
	digest := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(digest[:]) + "\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n"
}
