// Package serve decides for proxies and services who sent a request. It reads no body and forwards
// nothing. A Decider knows no protocol: HTTP and gRPC (Envoy's ext_authz) print the same Decision.
package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"time"

	"google.golang.org/grpc"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Mode is how tokens are verified.
type Mode string

const (
	// Review asks the API server (TokenReview).
	Review Mode = "review"
	// Keys verifies offline with given keys.
	Keys Mode = "keys"
	// Discovery verifies offline with the keys that the issuer publishes.
	Discovery Mode = "discovery"
	// ReviewAndKeys rejects offline what the keys disprove, and asks the API server about the rest.
	ReviewAndKeys Mode = "review+keys"
)

// Modes are all modes.
var Modes = []Mode{Review, Keys, Discovery, ReviewAndKeys}

// Asks reports whether the mode asks the API server.
func (m Mode) Asks() bool { return m == Review || m == ReviewAndKeys }

// Reason is how much a client is told about a rejection.
type Reason string

const (
	// ReasonCode is the finding's ID and its title in the catalogue.
	ReasonCode Reason = "code"
	// ReasonText adds the API server's error message, which may name objects.
	ReasonText Reason = "text"
	// ReasonNone is the status alone.
	ReasonNone Reason = "none"
)

// Reasons are all reasons.
var Reasons = []Reason{ReasonCode, ReasonText, ReasonNone}

// Options are the settings of a server. Limits are those of contract.md, section 7.
type Options struct {
	Mode Mode
	// Audiences are the audiences of the service: a token must have one of them. Empty means the API server's own
	// audiences in modes that ask it, and any audience otherwise.
	Audiences []string
	// Issuer is the issuer of all tokens; empty takes any issuer whose key is known.
	Issuer string

	// UsernameClaim is the claim with the user name of tokens that are not of a ServiceAccount; empty rejects them.
	UsernameClaim string
	// UsernamePrefix precedes that name; nil is the issuer and #.
	UsernamePrefix *string
	// UserPrefix precedes each user name in the answer, after Rewrites.
	UserPrefix string
	// Rewrites change user names in the answer: the first that matches counts.
	Rewrites []Rewrite
	// Allow are the allowed ServiceAccounts; empty allows every user.
	Allow []ServiceAccountPattern

	UserHeader, GroupsHeader string
	SuccessStatus            int
	Reason                   Reason
	SkipPaths                []string
	// PathHeader is the header with the path that the client requested; empty is the path of the request itself.
	PathHeader string

	CacheTTL, NegativeTTL time.Duration
	CacheSize             int
	ReviewTimeout         time.Duration
	MaxReviews            int
	// Explain writes the states of the objects that a rejected token names to the log, in modes that ask the API server.
	Explain bool
	// Grace is the time for requests that are under way when the server stops.
	Grace time.Duration
}

// Rewrite replaces each match in a user name.
type Rewrite struct {
	Matches *regexp.Regexp
	// Replacement may refer to groups of Matches, as in regexp.ReplaceAllString.
	Replacement string
}

// Listeners are where a server listens. Health is a listener of its own, because each path of HTTP is a decision.
type Listeners struct {
	// HTTP, GRPC and Health are nil if they are not wanted.
	HTTP, GRPC, Health net.Listener
}

// Server serves decisions until its context ends.
type Server struct {
	decider *Decider
	health  *health
	options Options
	// tls is nil for plain connections of HTTP and GRPC.
	tls *certificates
}

// Limits of connections. A slow client costs a goroutine and some KiB until they end.
const (
	headerTimeout = 5 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 90 * time.Second
	// maxHeader is in bytes. It leaves room for a token of MaxToken beside the client's other headers.
	maxHeader = 128 << 10
	// maxStreams bounds the requests at once on one HTTP/2 connection.
	maxStreams = 250
)

// Run serves on the listeners until ctx ends, then waits for the requests that are under way, for at most Grace.
// It returns the first error of a listener, nil after a stop.
func (s *Server) Run(ctx context.Context, on Listeners) error {
	failed := make(chan error, 3)
	var stops []func(context.Context)
	serve := func(name string, l net.Listener, run func(net.Listener) error, stop func(context.Context)) {
		if l == nil {
			return
		}
		stops = append(stops, stop)
		crash.Go(func() {
			if err := run(l); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
				failed <- finding.Errorf("%s on %s: %s", finding.Standard(name), finding.Host.Of(l.Addr().String()), finding.Err(err))
			}
		}, func(c *crash.Crash) {
			if c != nil {
				failed <- finding.Errorf("this is a bug in kubectl authn: %s", finding.Message(c.Cause))
			}
		})
	}
	decisions := httpServer(s.decider)
	serve("HTTP", s.tls.listen(on.HTTP), decisions.Serve, func(ctx context.Context) { _ = decisions.Shutdown(ctx) })
	envoy := newGRPC(s.decider)
	serve("gRPC", s.tls.listen(on.GRPC), envoy.Serve, func(ctx context.Context) { stopGRPC(ctx, envoy) })

	checks := &http.Server{Handler: s.health, ReadHeaderTimeout: headerTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: 16 << 10, ErrorLog: quiet}
	// The health listener ends last, so that a probe sees the stop.
	if on.Health != nil {
		crash.Go(func() { _ = checks.Serve(on.Health) }, func(*crash.Crash) {})
	}
	defer checks.Close()

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.health.stopping.Store(true)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Grace)
	defer cancel()
	var all crash.Group
	for _, stop := range stops {
		all.Go(func() { stop(grace) })
	}
	all.Wait()
	return errors.Join(err, s.decider.log.flush())
}

// stopGRPC waits for calls that are under way, and ends them with ctx.
func stopGRPC(ctx context.Context, server *grpc.Server) {
	done := make(chan struct{})
	crash.Go(func() { server.GracefulStop() }, func(*crash.Crash) { close(done) })
	select {
	case <-done:
	case <-ctx.Done():
		server.Stop()
	}
}
