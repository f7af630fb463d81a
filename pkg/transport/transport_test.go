package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport/hostile"
)

// client is a client of a test server, with the settings of this program.
func client(t *testing.T, server *hostile.Server, http2 bool, timeout time.Duration) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(server.CA()) {
		t.Fatal("no CA")
	}
	o := transport.Options{TLS: &tls.Config{RootCAs: roots}, HTTP2: http2, Timeout: timeout}
	if server.Proxy != "" {
		o.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(server.ProxyURL()) }
	}
	c := transport.Client(transport.New(o), timeout)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func read(ctx context.Context, c *http.Client, target string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, target+"/version", nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20))
	return answer, err
}

// patience is much longer than a call, and much shorter than a hang.
const patience = 10 * time.Second

// A call ends in time for any server, and immediately if the user stops it, even without a time limit.
func TestBounded(t *testing.T) {
	kinds := hostile.Kinds()
	if len(kinds) < 50 {
		t.Fatalf("%d kinds", len(kinds))
	}
	var all sync.WaitGroup
	for _, kind := range kinds {
		for _, http2 := range []bool{false, true} {
			server, err := hostile.New(kind, "")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			timed, endless := client(t, server, http2, 100*time.Millisecond), client(t, server, http2, 0)
			all.Go(func() {
				began := time.Now()
				answer, _ := read(t.Context(), timed, server.URL())
				if took := time.Since(began); took > patience {
					t.Errorf("%s: it took %s", kind.Name, took)
				}
				if answer != nil {
					size := len(answer.Status)
					for _, values := range answer.Header {
						for _, v := range values {
							size += len(v)
						}
					}
					if size > 128<<10 {
						t.Errorf("%s: %d bytes of header are kept", kind.Name, size)
					}
				}
			})
			all.Go(func() {
				ctx, stop := context.WithCancel(t.Context())
				defer time.AfterFunc(100*time.Millisecond, stop).Stop()
				defer stop()
				began := time.Now()
				_, _ = read(ctx, endless, server.URL())
				if took := time.Since(began); took > patience {
					t.Errorf("%s: stopped, it took %s", kind.Name, took)
				}
			})
		}
	}
	all.Wait()
}

// named returns the kind with that name.
func named(t *testing.T, name string) hostile.Kind {
	t.Helper()
	for _, k := range hostile.Kinds() {
		if k.Name == name {
			return k
		}
	}
	t.Fatalf("there is no kind %q", name)
	return hostile.Kind{}
}

// An upgrade that was not requested is rejected. A requested one ends with its context.
func TestUpgrades(t *testing.T) {
	for _, name := range []string{"101 and silence", "101 without Upgrade", "101 and endless bytes"} {
		server, err := hostile.New(named(t, name), "")
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		if _, err := read(t.Context(), client(t, server, true, time.Minute), server.URL()); !errors.Is(err, transport.ErrSwitched) {
			t.Errorf("%s: %v", name, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "x")
		answer, err := client(t, server, false, 0).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(50*time.Millisecond, stop)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = io.Copy(io.Discard, answer.Body)
		}()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Errorf("%s: the stream goes on", name)
		}
	}
}

// A proxy's error message is limited.
func TestProxyError(t *testing.T) {
	server, err := hostile.New(named(t, "a proxy that refuses at length"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var refused *transport.ProxyError
	_, err = read(t.Context(), client(t, server, true, time.Minute), server.URL())
	if want := "the proxy " + server.ProxyURL() + " refused the connection: 403 Forbidden"; !errors.As(err, &refused) || refused.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A compressed answer is not decompressed, so its size is the size that was sent.
func TestNoCompression(t *testing.T) {
	server, err := hostile.New(named(t, "compressed, unasked"), "")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer, err := read(t.Context(), client(t, server, true, time.Minute), server.URL())
	runtime.ReadMemStats(&after)
	if err != nil || answer.Uncompressed || answer.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%+v, %v", answer, err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
		t.Errorf("it took %d MiB", taken>>20)
	}
}

func TestTrusted(t *testing.T) {
	for written, want := range map[string]bool{
		"https://issuer.example": true, "https://10.0.0.1": true, "http://127.0.0.1:8080": true, "http://127.1.2.3": true, "http://[::1]:1": true, "http://localhost": true, "http://LOCALHOST:1": true,
		"http://issuer.example": false, "http://10.0.0.1": false, "http://128.0.0.1": false, "http://126.255.255.255": false, "http://[::2]": false, "http://localhost.example": false, "http://0.0.0.0": false, "file:///etc/passwd": false, "": false,
	} {
		u, err := url.Parse(written)
		if err != nil {
			t.Fatal(err)
		}
		if got := transport.Trusted(u); got != want {
			t.Errorf("%q: %v", written, got)
		}
	}
	if text := transport.ErrPlainHTTP.Error(); !strings.HasPrefix(text, "keys read over plain http") {
		t.Error(text)
	}
}
