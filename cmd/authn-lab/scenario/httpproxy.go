package scenario

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// far are the addresses that an httpproxy connects to this machine. An API server rejects loopback addresses in an EndpointSlice,
// and accepts these, which are reserved for documentation (RFC 5737).
var far = netip.MustParsePrefix("198.51.100.0/24")

// httpproxy starts a proxy for a kubeconfig's proxy-url. It connects 198.51.100.1 to .99 to the same
// port of this machine, and otherwise only loopback addresses.
func httpproxy(ts *testscript.TestScript, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: httpproxy NAME")
	}
	name := remember(ts).newName(ts, args[0])
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	server := &http.Server{Handler: http.HandlerFunc(connect), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	ts.Defer(func() { _ = server.Close() })
	remember(ts).setURL(ts, name, "http://"+listener.Addr().String())
}

func connect(w http.ResponseWriter, r *http.Request) {
	to, err := netip.ParseAddrPort(r.Host)
	last := to.Addr().AsSlice()
	if r.Method != http.MethodConnect || err != nil || !to.Addr().IsLoopback() && !(far.Contains(to.Addr()) && last[3] < 100) {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	server, err := net.Dial("tcp", netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.Port()).String())
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer server.Close()
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	if _, err := io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(server, buffered)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}
