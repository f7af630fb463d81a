package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// transportFailure returns how far a request without a response came.
func transportFailure(err error, way *progress) *evidence.Failure {
	f := &evidence.Failure{Kind: evidence.Unreachable, Transport: evidence.TransportOther, Err: err}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		// Every report has the URL elsewhere; the inner error is the reason.
		f.Said = finding.T("%s", finding.Err(urlErr.Err))
	} else {
		f.Said = finding.T("%s", finding.Err(err))
	}
	var (
		dns          *net.DNSError
		untrusted    x509.UnknownAuthorityError
		name         x509.HostnameError
		invalid      x509.CertificateInvalidError
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		timeout      interface{ Timeout() bool }
		refused      *transport.ProxyError
	)
	if errors.As(err, &verification) {
		f.Presented = verification.UnverifiedCertificates
	}
	switch {
	case errors.As(err, &refused), proxied(err):
		f.Transport = evidence.TransportProxy
	case errors.As(err, &dns):
		f.Transport = evidence.TransportDNS
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaRefused):
		f.Transport = evidence.TransportRefused
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, wsaHostUnreachable), errors.Is(err, wsaNetUnreachable):
		f.Transport = evidence.TransportNoRoute
	case errors.As(err, &untrusted):
		f.Transport = evidence.TransportUntrusted
	case errors.As(err, &name):
		f.Transport = evidence.TransportWrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Transport = evidence.TransportExpired
	case errors.As(err, &invalid), verification != nil:
		f.Transport = evidence.TransportUntrusted
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.Transport = evidence.TransportPlainHTTP
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Transport, f.Said = way.timeout()
	case errors.Is(err, context.Canceled):
		f.Said = finding.T("stopped before a response arrived")
	case IsAlert(err), strings.Contains(f.Error(), "tls: ") && way.in(connected, secured):
		f.Transport = evidence.TransportHandshake
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, wsaReset), errors.Is(err, wsaAborted):
		f.Transport = evidence.TransportClosed
		f.Said = finding.T("%s: %s", way.closed(), f.Said)
	}
	return f
}

// IsAlert reports whether an error is a TLS alert that the server sent.
func IsAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// Windows has its own codes for these errors, which package syscall names differently:
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2. No other
// system gives an error a number that high.
const (
	wsaNetUnreachable  = syscall.Errno(10051)
	wsaAborted         = syscall.Errno(10053)
	wsaReset           = syscall.Errno(10054)
	wsaRefused         = syscall.Errno(10061)
	wsaHostUnreachable = syscall.Errno(10065)
)

// proxied reports whether the error is about the connection to a proxy.
func proxied(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks"))
}

// The stages of a request.
const (
	started int32 = iota
	connected
	secured
	asked
)

// progress records how far a request came.
type progress struct {
	station atomic.Int32
	tls     bool
}

func (p *progress) reached(station int32) {
	if station > p.station.Load() {
		p.station.Store(station)
	}
}

// in reports whether the request reached the stage from and not the stage to.
func (p *progress) in(from, to int32) bool {
	at := p.station.Load()
	return at >= from && at < to
}

// trace makes the transport report the progress of a request.
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				p.reached(connected)
			}
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err == nil {
				p.reached(secured)
			}
		},
		GotConn:      func(httptrace.GotConnInfo) { p.reached(secured) },
		WroteRequest: func(httptrace.WroteRequestInfo) { p.reached(asked) },
	})
}

// timeout returns the stage that timed out.
func (p *progress) timeout() (evidence.Transport, finding.Text) {
	switch {
	case p.in(started, connected):
		return evidence.TransportNoConnection, finding.T("no connection in time")
	case p.in(connected, secured) && p.tls:
		return evidence.TransportNoHandshake, finding.T("no TLS handshake in time")
	}
	return evidence.TransportTimeout, finding.T("no answer in time")
}

func (p *progress) closed() finding.Text {
	if p.in(started, secured) && p.tls {
		return finding.T("the connection was closed in the TLS handshake")
	}
	return finding.T("the connection was closed before a response arrived")
}
