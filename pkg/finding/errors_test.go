package finding

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// An error of a library keeps its text, with its names as names.
func TestErrorsOfLibraries(t *testing.T) {
	_, noFile := os.ReadFile("/home/jane/token")
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 6443}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	reset := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 6443}, Err: io.EOF}
	long := strings.Repeat("x", MaxText)
	for _, c := range []struct {
		err   error
		names []Name
	}{
		{noFile, []Name{File.Of("/home/jane/token")}},
		{&fs.PathError{Op: "open", Path: "a", Err: io.ErrUnexpectedEOF}, []Name{File.Of("a")}},
		{refused, []Name{Address.Of("192.0.2.7:6443")}},
		{reset, []Name{Address.Of("192.0.2.1:1"), Address.Of("192.0.2.7:6443")}},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(42)}, nil},
		{&net.DNSError{Err: "no such host", Name: "api.acme.corp", Server: "192.0.2.53:53"}, []Name{Host.Of("api.acme.corp"), Address.Of("192.0.2.53:53")}},
		{&net.DNSError{Err: "no such host", Name: "api.acme.corp"}, []Name{Host.Of("api.acme.corp")}},
		{&url.Error{Op: "Post", URL: "https://api.acme.corp/a?b=c", Err: refused}, []Name{URL.Of("https://api.acme.corp/a?b=c"), Address.Of("192.0.2.7:6443")}},
		{fmt.Errorf("it ends: %w", Errorf("pod %s", Pod.Of("web"))), []Name{Pod.Of("web")}},
		{fmt.Errorf("%w, so it ends", noFile), nil},
		{fmt.Errorf("it ends: %w", &url.Error{Op: "Get", URL: "https://a", Err: refused}), []Name{URL.Of("https://a"), Address.Of("192.0.2.7:6443")}},
		{errors.New("a plain one"), nil},
		{&fs.PathError{Op: "open", Path: long, Err: errors.New(long)}, nil}, // The error is shortened as a whole.
	} {
		text := T("%s", Err(c.err))
		if !slices.Equal(text.Names(), c.names) {
			t.Errorf("%.200q names %v", text, text.Names())
		}
		if text.String() != Shorten(c.err.Error(), MaxText) {
			t.Errorf("%q reads %q", c.err, text)
		}
	}
}
