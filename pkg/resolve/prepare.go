package resolve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/metrics"

	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// prepared is what client-go would send.
type prepared struct {
	header      string
	certificate *tls.Certificate
	// runs is how often the exec plugin was run for it.
	runs int64
}

const (
	// patience is how long a plugin runs before the user is told what is waited for.
	patience = 5 * time.Second
	// unattended is how long a plugin may run where nobody can answer its questions.
	unattended = time.Minute
)

// errUnattended: client-go would wait on.
var errUnattended = errors.New("it has not ended within a minute, and there is no terminal on which it could ask for anything")

// prepare has client-go prepare a request. A plugin may run as long as somebody is there
// to answer it: client-go waits without end. What runs on cannot be stopped from here.
func (r *Resolver) prepare(ctx context.Context, config *rest.Config) (prepared, error) {
	type result struct {
		prepared
		err error
	}
	if config.ExecProvider == nil || skipsPlugin(config) {
		sent, err := capture(ctx, config)
		return sent, err
	}
	ended := make(chan result, 1)
	go func() {
		sent, err := capture(ctx, config)
		ended <- result{sent, err}
	}()
	defer waiting.For(ctx, "", "running the exec plugin "+filepath.Base(config.ExecProvider.Command)+"; Ctrl-C stops")()
	notice := time.After(patience)
	limit := time.After(unattended)
	if r.Interactive {
		limit = nil
	}
	for {
		select {
		case got := <-ended:
			return got.prepared, got.err
		case <-ctx.Done():
			return prepared{}, ctx.Err()
		case <-notice:
			if waiting.Watched(ctx) {
				continue
			}
			r.Notice(fmt.Sprintf("note: waiting for the exec plugin %q, as kubectl does; Ctrl-C stops", config.ExecProvider.Command))
		case <-limit:
			return prepared{}, errUnattended
		}
	}
}

// errCaptured ends a request before it leaves.
var errCaptured = errors.New("captured")

// capture has client-go prepare a request, and takes from it what it would send. Nothing
// is sent.
func capture(ctx context.Context, config *rest.Config) (sent prepared, err error) {
	config = rest.CopyConfig(config)
	// From files, client-go would load certificate and key in the background, and log what
	// it thinks of them; its errors are the same.
	if err := rest.LoadTLSFiles(config); err != nil {
		return sent, err
	}
	if len(config.CertData) > 0 {
		config.CertFile, config.KeyFile = "", ""
	}
	before := calls().Load()
	seen := false
	config.Wrap(func(http.RoundTripper) http.RoundTripper {
		return roundTrip(func(req *http.Request) (*http.Response, error) {
			seen, sent.header = true, req.Header.Get("Authorization")
			return nil, errCaptured
		})
	})
	rt, err := rest.TransportFor(config)
	if err != nil {
		return sent, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://captured.invalid/", nil)
	if err != nil {
		return sent, err
	}
	if _, err := rt.RoundTrip(req); !seen {
		return sent, err
	}
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return sent, err
	}
	if tlsConfig != nil && tlsConfig.GetClientCertificate != nil {
		// client-go presents its certificate whatever the server asks for.
		sent.certificate, err = tlsConfig.GetClientCertificate(&tls.CertificateRequestInfo{AcceptableCAs: [][]byte{anyCA}, Version: tls.VersionTLS13})
		if err != nil {
			return sent, err
		}
		if sent.certificate != nil && len(sent.certificate.Certificate) == 0 {
			sent.certificate = nil
		}
	}
	sent.runs = calls().Load() - before
	return sent, nil
}

// counter counts the runs of exec plugins, which client-go reports as a metric.
type counter struct{ atomic.Int64 }

// Increment is called by client-go after each run.
func (c *counter) Increment(int, string) { c.Add(1) }

var calls = sync.OnceValue(func() *counter {
	c := &counter{}
	metrics.ExecPluginCalls = c
	return c
})

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
