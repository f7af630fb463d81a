package resolve

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/metrics"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/waiting"
)

// prepared is the credential that client-go would send.
type prepared struct {
	header      string
	certificate *tls.Certificate
	// runs counts the runs of the exec plugin for this request.
	runs int64
}

// patience is how long a plugin runs before the user gets a notice. Tests shorten it.
var patience = 3 * time.Second

// timeoutError is the error for a plugin or an auth provider that timed out and was stopped.
type timeoutError struct {
	what  finding.Text
	after time.Duration
}

func (e *timeoutError) Error() string { return e.Text().String() }

// Text returns the error message with its values.
func (e *timeoutError) Text() finding.Text {
	return finding.T("%s did not end within %s and was stopped", e.what, finding.Message(e.after.String()))
}

// Produce returns the credential that an exec plugin or an auth provider produces for config's
// user; nil if config has neither.
func (r *Resolver) Produce(ctx context.Context, config *rest.Config) (*credential.Credential, error) {
	if !runsPlugin(config) && config.AuthProvider == nil {
		return nil, nil
	}
	sent, err := r.prepare(ctx, config)
	if err != nil {
		return nil, err
	}
	c := &credential.Credential{}
	if sent.certificate != nil {
		if c.Certificate, err = credential.FromTLS(sent.certificate); err != nil {
			return nil, err
		}
	}
	if scheme, value, _ := strings.Cut(sent.header, " "); scheme == "Bearer" {
		c.Token = token.Parse(value)
	}
	return c, nil
}

// runsPlugin reports whether client-go runs an exec plugin for config's credential.
func runsPlugin(config *rest.Config) bool { return config.ExecProvider != nil && !skipsPlugin(config) }

// prepare lets client-go prepare a request. client-go has no timeout, so prepare stops a plugin
// after PluginTimeout, an auth provider after Timeout, and both when ctx ends.
func (r *Resolver) prepare(ctx context.Context, config *rest.Config) (prepared, error) {
	type result struct {
		prepared
		err   error
		crash *crash.Crash
	}
	plugin := runsPlugin(config)
	if !plugin && config.AuthProvider == nil {
		return capture(ctx, config)
	}
	timeout, what := r.Timeout, finding.Text{}
	if plugin {
		timeout, what = r.PluginTimeout, finding.T("the exec plugin %q", finding.Program.Of(config.ExecProvider.Command))
		defer waiting.For(ctx, "", "running the exec plugin "+filepath.Base(config.ExecProvider.Command)+"; Ctrl-C stops")()
	} else {
		what = finding.T("the auth provider %q", finding.Program.Of(config.AuthProvider.Name))
		defer waiting.For(ctx, "", "waiting for the auth provider "+config.AuthProvider.Name)()
	}
	others := children()
	ended := make(chan result, 1)
	var got result
	crash.Go(func() { got.prepared, got.err = capture(ctx, config) }, func(c *crash.Crash) {
		got.crash = c
		ended <- got
	})
	notice := time.After(patience)
	var limit <-chan time.Time
	if timeout > 0 {
		limit = time.After(timeout)
	}
	for {
		select {
		case got := <-ended:
			if got.crash != nil {
				panic(got.crash)
			}
			return got.prepared, got.err
		case <-ctx.Done():
			end(others)
			return prepared{}, ctx.Err()
		case <-notice:
			if !waiting.Watched(ctx) {
				r.Notice(finding.T("note: waiting for %s, as kubectl does; Ctrl-C stops", what))
			}
		case <-limit:
			end(others)
			return prepared{}, &timeoutError{what, timeout}
		}
	}
}

// errCaptured ends a request before it is sent.
var errCaptured = errors.New("captured")

// capture lets client-go prepare a request and returns its credential, without sending it.
func capture(ctx context.Context, config *rest.Config) (sent prepared, err error) {
	config = rest.CopyConfig(config)
	// Load the files first: client-go would load them in the background and log errors.
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
		// client-go presents its certificate whatever CAs the server names.
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
