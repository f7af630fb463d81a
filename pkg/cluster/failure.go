package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// transportFailure says how far a request came that got no answer.
func transportFailure(err error) *evidence.Failure {
	f := &evidence.Failure{Kind: evidence.Unreachable, Transport: evidence.TransportOther}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		// The URL stands elsewhere in every report; the rest is the reason.
		f.Text = urlErr.Err.Error()
	} else {
		f.Text = err.Error()
	}
	var (
		dns       *net.DNSError
		untrusted x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		timeout   interface{ Timeout() bool }
	)
	switch {
	case errors.As(err, &dns):
		f.Transport = evidence.TransportDNS
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Transport = evidence.TransportRefused
	case errors.As(err, &untrusted):
		f.Transport = evidence.TransportUntrusted
	case errors.As(err, &name):
		f.Transport = evidence.TransportWrongName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.Transport = evidence.TransportExpired
	case errors.As(err, &invalid):
		f.Transport = evidence.TransportUntrusted
	case errors.As(err, &record) || strings.Contains(f.Text, "server gave HTTP response to HTTPS client"):
		f.Transport = evidence.TransportPlainHTTP
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.Transport = evidence.TransportTimeout
		f.Text = "no answer in time"
	case errors.Is(err, context.Canceled):
		f.Text = "stopped before there was an answer"
	}
	return f
}
