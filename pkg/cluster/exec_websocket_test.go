package cluster

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport/hostile"
	"k8s.io/client-go/rest"
)

// frame is a WebSocket frame of a server.
func frame(head byte, payload string) string {
	switch n := len(payload); {
	case n < 126:
		return string([]byte{head, byte(n)}) + payload
	case n < 1<<16:
		return string(binary.BigEndian.AppendUint16([]byte{head, 126}, uint16(n))) + payload
	default:
		return string(binary.BigEndian.AppendUint64([]byte{head, 127}, uint64(n))) + payload
	}
}

// duplex reads the output of the other side, and records its input.
type duplex struct {
	io.Reader
	wrote bytes.Buffer
}

func (d *duplex) Write(p []byte) (int, error) { return d.wrote.Write(p) }

// Messages may have frames of any size and number. Other data or a truncated frame is an error.
func TestReadMessages(t *testing.T) {
	const final, text, binaryFrame, more = 0x80, 0x1, 0x2, 0x0
	normally := frame(final|frameClose, "\x03\xe8bye")
	long := strings.Repeat("l", 70000)
	for name, c := range map[string]struct {
		in             string
		stdout, stderr string
		wrote          string
		err            error
	}{
		"one":                    {in: frame(final|binaryFrame, "\x01out") + normally, stdout: "out"},
		"text":                   {in: frame(final|text, "\x02err") + normally, stderr: "err"},
		"both":                   {in: frame(final|binaryFrame, "\x01a") + frame(final|binaryFrame, "\x02b") + frame(final|binaryFrame, "\x01c") + normally, stdout: "ac", stderr: "b"},
		"in parts":               {in: frame(binaryFrame, "\x01a") + frame(more, "b") + frame(final|more, "c") + frame(final|binaryFrame, "\x02d") + normally, stdout: "abc", stderr: "d"},
		"in parts, first empty":  {in: frame(binaryFrame, "") + frame(final|more, "\x01c") + normally, stdout: "c"},
		"a ping between parts":   {in: frame(binaryFrame, "\x01a") + frame(final|framePing, "p") + frame(final|more, "b") + normally, stdout: "ab", wrote: "\x8a\x81\x00\x00\x00\x00p"},
		"medium":                 {in: frame(final|binaryFrame, "\x01"+long[:300]) + normally, stdout: long[:300]},
		"long":                   {in: frame(final|binaryFrame, "\x01"+long) + normally, stdout: long},
		"an empty message":       {in: frame(final|binaryFrame, "\x01") + frame(final|binaryFrame, "") + normally},
		"another channel":        {in: frame(final|binaryFrame, "\x09x") + normally},
		"closed without a code":  {in: frame(final|frameClose, "")},
		"closed for a reason":    {in: frame(final|frameClose, "\x03\xf3"), err: io.ErrUnexpectedEOF},
		"not closed":             {in: frame(final|binaryFrame, "\x01a"), stdout: "a", err: io.ErrUnexpectedEOF},
		"cut in a head":          {in: "\x82", err: io.ErrUnexpectedEOF},
		"cut in a length":        {in: "\x82\x7e\x01", err: io.ErrUnexpectedEOF},
		"cut in a message":       {in: frame(final|binaryFrame, "\x01abc")[:4], stdout: "a", err: io.ErrUnexpectedEOF},
		"cut before the channel": {in: "\x82\x05", err: io.ErrUnexpectedEOF},
		"cut in a close":         {in: "\x88\x05\x03", err: io.ErrUnexpectedEOF},
		"a frame of no kind":     {in: frame(final|0x3, "x"), err: io.ErrUnexpectedEOF},
		"a length of no sense":   {in: "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", err: errTooLong},
		"a length beyond bounds": {in: "\x82\x7f\x00\x00\x00\x00\x00\x40\x00\x01", err: errTooLong},
	} {
		var stdout, stderr bytes.Buffer
		conn := &duplex{Reader: strings.NewReader(c.in)}
		err := readMessages(conn, map[byte]io.Writer{1: &stdout, 2: &stderr}, func() bool { return false })
		if !errors.Is(err, c.err) || stdout.String() != c.stdout || stderr.String() != c.stderr || conn.wrote.String() != c.wrote {
			t.Errorf("%s: %.50q, %.50q, wrote %q, %v", name, stdout.String(), stderr.String(), conn.wrote.String(), err)
		}
	}
}

// The exec of a Pod ends in time with a failure, for any protocol that a server switches to.
func TestExecIsBounded(t *testing.T) {
	n := 0
	for _, kind := range hostile.Kinds() {
		if !strings.HasPrefix(kind.Name, "101 ") && !strings.HasPrefix(kind.Name, "a WebSocket") {
			continue
		}
		n++
		server := must(hostile.New(kind, ""))
		defer server.Close()
		c := caller(t, &rest.Config{Host: server.URL(), Timeout: 500 * time.Millisecond, TLSClientConfig: rest.TLSClientConfig{CAData: server.CA()}})
		began := time.Now()
		ran, failure := c.Exec(t.Context(), "shop", "web", "main", []string{"cat", "/token"})
		if failure == nil || failure.Kind != evidence.Unreachable && failure.Kind != evidence.Unusable || failure.Error() == "" {
			t.Errorf("%s: %s, %+v", kind.Name, fmt.Sprint(ran), failure)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: it took %s", kind.Name, took)
		}
	}
	if n < 8 {
		t.Errorf("%d kinds", n)
	}
}

// A protocol switch that was not requested is no answer.
func TestUnaskedUpgrade(t *testing.T) {
	for _, kind := range hostile.Kinds() {
		if kind.Name != "101 and silence" {
			continue
		}
		server := must(hostile.New(kind, ""))
		defer server.Close()
		c := caller(t, &rest.Config{Host: server.URL(), TLSClientConfig: rest.TLSClientConfig{CAData: server.CA()}})
		if v := c.Version(t.Context()); v.Known() || v.Failure == nil || v.Failure.Kind != evidence.Unreachable || !strings.Contains(v.Failure.Error(), "(101)") {
			t.Errorf("%+v", v)
		}
		return
	}
	t.Error("there is no such kind")
}
