package transport

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// MaxRedirects is how many redirects are followed to keys and discovery documents.
const MaxRedirects = 3

// Why keys are not read from somewhere.
var (
	ErrPlainHTTP = finding.Errorf("keys that come over plain http prove nothing, since anybody on the way can change them")
	ErrRedirects = finding.Errorf("the server redirects more than %s times", finding.Count(MaxRedirects))
	ErrDowngrade = finding.Errorf("the server redirects from https to http, which is not followed")
)

// Trusted reports whether nobody on the way can change what a URL answers: keys are taken
// over https, and over plain http from this machine alone (127.0.0.0/8, ::1, localhost).
func Trusted(u *url.URL) bool {
	switch u.Scheme {
	case "https":
		return true
	case "http":
		ip := net.ParseIP(u.Hostname())
		return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
	}
	return false
}

// Redirect is the rule for redirects to keys and discovery documents, as
// http.Client.CheckRedirect has it.
func Redirect(next *http.Request, via []*http.Request) error {
	switch scheme := next.URL.Scheme; {
	case scheme != "https" && scheme != "http":
		return finding.Errorf("the server redirects to a %s:// URL, which is not followed", finding.Quoted(scheme[:min(len(scheme), 20)]))
	case len(via) > MaxRedirects:
		return ErrRedirects
	case scheme == "http" && via[len(via)-1].URL.Scheme == "https":
		return ErrDowngrade
	case !Trusted(next.URL):
		return ErrPlainHTTP
	}
	next.URL.User = nil
	next.Header.Del("Referer")
	return nil
}
