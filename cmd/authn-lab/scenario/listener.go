package scenario

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"
)

// web is an HTTPS server on loopback, with the certificate of the lab's API server. It can be stopped and started again, at the
// same address.
type web struct {
	address     string // empty until it has run once
	certificate string // PREFIX.crt and PREFIX.key
	handler     http.Handler
	server      *http.Server
}

func (r *Runner) newWeb(handler http.Handler) *web {
	return &web{certificate: r.Lab.Path("pki", "apiserver"), handler: handler}
}

func (w *web) url() string { return "https://" + w.address }

func (w *web) start() error {
	if w.server != nil {
		return errors.New("it already runs")
	}
	listener, err := listen(&w.address)
	if err != nil {
		return err
	}
	w.server = &http.Server{
		Handler:           w.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // who does not trust it is what a scenario is about
	}
	go func(server *http.Server) { _ = server.ServeTLS(listener, w.certificate+".crt", w.certificate+".key") }(w.server)
	return nil
}

func (w *web) stop() {
	if w.server != nil {
		_ = w.server.Close()
		w.server = nil
	}
}

// listen listens at the address; the first time, at a free port of loopback.
func listen(address *string) (net.Listener, error) {
	at := *address
	if at == "" {
		at = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", at)
	if err == nil {
		*address = listener.Addr().String()
	}
	return listener, err
}

// tunnel forwards connections to another address until it is closed.
type tunnel struct {
	address, to string
	listener    net.Listener

	mu    sync.Mutex
	conns []net.Conn
}

func (t *tunnel) start() (err error) {
	if t.listener != nil {
		return errors.New("it already runs")
	}
	if t.listener, err = listen(&t.address); err != nil {
		return err
	}
	go func(listener net.Listener) {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", t.to)
			if err != nil {
				near.Close()
				continue
			}
			t.mu.Lock()
			t.conns = append(t.conns, near, far)
			t.mu.Unlock()
			for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
				go func() {
					_, _ = io.Copy(to, from)
					to.Close()
				}()
			}
		}
	}(t.listener)
	return nil
}

func (t *tunnel) stop() {
	if t.listener == nil {
		return
	}
	t.listener.Close()
	t.listener = nil
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, conn := range t.conns {
		conn.Close()
	}
	t.conns = nil
}

// absolute makes a path of a script absolute, for a server that runs in another directory.
func absolute(work, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(work, path)
}
