package cluster

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/remotecommand"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// errNoWebSocket is the error for a server or proxy that does not open a WebSocket.
var errNoWebSocket = finding.Errorf("the server does not open a WebSocket")

// overWebSocket runs a command over a WebSocket (RFC 6455) that the transport opens, since
// client-go's client does not bound headers.
func (c *Caller) overWebSocket(ctx context.Context, rt http.RoundTripper, target *url.URL) (Ran, *response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return Ran{}, nil, err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	key := base64.StdEncoding.EncodeToString(nonce)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "User-Agent": "kubectl-authn/" + version.Short(),
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, "Sec-WebSocket-Protocol": remotecommand.StreamProtocolV5Name,
	} {
		request.Header.Set(name, value)
	}
	answer, err := rt.RoundTrip(request)
	if err != nil {
		return Ran{}, nil, err
	}
	defer answer.Body.Close()
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if answer.StatusCode != http.StatusSwitchingProtocols || !strings.EqualFold(answer.Header.Get("Upgrade"), "websocket") ||
		answer.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(digest[:]) ||
		answer.Header.Get("Sec-WebSocket-Protocol") != remotecommand.StreamProtocolV5Name {
		return Ran{}, nil, errNoWebSocket
	}
	opened, err := newStream(answer)
	if err != nil {
		return Ran{}, nil, err
	}
	tooLong := false
	stdout, stderr, status := &bounded{limit: maxStdout, full: func() { tooLong = true }}, &bounded{limit: maxStderr}, &bounded{limit: maxBody}
	err = readMessages(opened, map[byte]io.Writer{
		remotecommand.StreamStdOut: stdout, remotecommand.StreamStdErr: stderr, remotecommand.StreamErr: status,
	}, func() bool { return tooLong })
	ran := c.ran(stdout, stderr)
	switch {
	case tooLong:
		return Ran{}, nil, errTooLong
	case err == nil && status.String() == "":
		// The server may close the connection at the same time.
		err = ctx.Err()
	}
	if err != nil {
		return ran, nil, err
	}
	err = c.end(&ran, status.String())
	return ran, nil, err
}

// end sets the exit code or the rejection from the error stream
// (k8s.io/client-go tools/remotecommand/v4.go).
func (c *Caller) end(ran *Ran, text string) error {
	if text == "" {
		return nil
	}
	var status metav1.Status
	if err := json.Unmarshal([]byte(text), &status); err != nil {
		return finding.Errorf("the exit status of the command cannot be read: %s", finding.Err(err))
	}
	switch {
	case status.Status == metav1.StatusSuccess:
		return nil
	case status.Reason != remotecommand.NonZeroExitCodeReason || status.Details == nil:
		ran.Refused = c.secrets.Redact(status.Message)
		return nil
	}
	for _, cause := range status.Details.Causes {
		if cause.Type == remotecommand.ExitCodeCauseType {
			code, err := strconv.ParseUint(cause.Message, 10, 8)
			if err != nil {
				return finding.Errorf("the exit code of the command cannot be read: %s", finding.Err(err))
			}
			ran.ExitCode = int(code)
		}
	}
	return nil
}

// The frames of a WebSocket (RFC 6455 section 5.2).
const (
	frameContinues = 0x0
	frameText      = 0x1
	frameBinary    = 0x2
	frameClose     = 0x8
	framePing      = 0x9
	framePong      = 0xA
	finalFrame     = 0x80
	masked         = 0x80
	closedNormally = 1000
)

// readMessages reads messages until the peer closes the connection or enough returns true. The
// first byte of each message is its channel. It has a branch for each kind of frame of RFC 6455,
// and for each rule that a frame may violate.
func readMessages(conn io.ReadWriter, channels map[byte]io.Writer, enough func() bool) error {
	in := bufio.NewReader(conn)
	var to io.Writer
	for !enough() {
		var head [2]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return broken(err)
		}
		length := uint64(head[1] &^ masked)
		switch length {
		case 126:
			var long [2]byte
			if _, err := io.ReadFull(in, long[:]); err != nil {
				return broken(err)
			}
			length = uint64(binary.BigEndian.Uint16(long[:]))
		case 127:
			var long [8]byte
			if _, err := io.ReadFull(in, long[:]); err != nil {
				return broken(err)
			}
			length = binary.BigEndian.Uint64(long[:])
		}
		if length > maxStream {
			return errTooLong
		}
		switch opcode := head[0] & 0xF; opcode {
		case frameText, frameBinary, frameContinues:
			if opcode != frameContinues {
				to = nil
			}
			if to == nil && length > 0 {
				channel, err := in.ReadByte()
				if err != nil {
					return broken(err)
				}
				length--
				if to = channels[channel]; to == nil {
					to = io.Discard
				}
			}
			if _, err := io.CopyN(orDiscard(to), in, int64(length)); err != nil {
				return broken(err)
			}
			if head[0]&finalFrame != 0 {
				to = nil
			}
		case framePing, framePong, frameClose:
			// Such a frame has at most 125 bytes (section 5.5).
			payload := make([]byte, min(length, 125))
			if _, err := io.ReadFull(in, payload); err != nil {
				return broken(err)
			}
			switch {
			case opcode == framePing:
				// A zero mask leaves the payload unchanged.
				if _, err := conn.Write(append([]byte{finalFrame | framePong, masked | byte(len(payload)), 0, 0, 0, 0}, payload...)); err != nil {
					return broken(err)
				}
			case opcode == frameClose && len(payload) >= 2 && binary.BigEndian.Uint16(payload) != closedNormally:
				return finding.Errorf("the WebSocket was closed with %s: %s", finding.Count(int(binary.BigEndian.Uint16(payload))), finding.Err(io.ErrUnexpectedEOF))
			case opcode == frameClose:
				return nil
			}
		default:
			return finding.Errorf("the WebSocket has a frame with an unknown opcode (%s): %s", finding.Count(int(opcode)), finding.Err(io.ErrUnexpectedEOF))
		}
	}
	return nil
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// broken wraps the error of a WebSocket that ends without a close frame.
func broken(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return finding.Errorf("reading the WebSocket: %s", finding.Err(err))
}
