package transport

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// MaxRedirects bounds the redirects to key sets and discovery documents.
const MaxRedirects = 3

// The reasons not to read keys from a URL.
var (
	ErrPlainHTTP = finding.Errorf("keys read over plain http prove nothing, since an attacker on the network can change them")
	ErrRedirects = finding.Errorf("the server redirects more than %s times", finding.Count(MaxRedirects))
	ErrDowngrade = finding.Errorf("the server redirects from https to http, which is not followed")
)

// Trusted reports whether keys may be read from a URL: over https, or over plain http from this
// machine (127.0.0.0/8, ::1, localhost).
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

// Redirect is a http.Client.CheckRedirect function for key sets and discovery documents.
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
