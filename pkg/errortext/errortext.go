// Package errortext recognises the words in which a server says why it refused a
// credential: TokenReview's status.error, the err= of "Unable to authenticate the
// request", the message of a Status. A failed request itself is answered with the
// bare word Unauthorized; these texts are all the reason the API server ever gives.
//
// The package is a leaf: it knows the catalogue of findings and nothing else of
// this module. It reads texts and takes no decision. A text often fits several
// findings, and pkg/diagnose picks among them by evidence.
//
// Each source of texts is a table of patterns in files of its own: server_*.go is
// the API server, client_*.go what clients say before and after they ask one, and
// cloud_*.go what those say that the API server's tokens are shown to.
package errortext

import (
	"strconv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Stage names the part of the server that speaks.
type Stage string

const (
	// Unknown: no pattern matched. It may be the words of a token webhook, which
	// the API server passes on verbatim, or an API error that leaked through.
	Unknown Stage = "Unknown"
	// Bearer reads the Authorization header.
	Bearer Stage = "Bearer"
	// WebSocket reads a token out of Sec-WebSocket-Protocol.
	WebSocket Stage = "WebSocket"
	// ServiceAccount verifies ServiceAccount JWTs of both kinds, and validates the
	// bound ones.
	ServiceAccount Stage = "ServiceAccount"
	// LegacyServiceAccount validates the tokens kept in Secrets.
	LegacyServiceAccount Stage = "LegacyServiceAccount"
	// Bootstrap knows the bootstrap tokens.
	Bootstrap Stage = "Bootstrap"
	// OIDC is --oidc-issuer-url and every issuer of an AuthenticationConfiguration.
	OIDC Stage = "OIDC"
	// Webhook asks a remote service, by TokenReview.
	Webhook Stage = "Webhook"
	// TokenFile is --token-auth-file.
	TokenFile Stage = "TokenFile"
	// X509 verifies client certificates with --client-ca-file.
	X509 Stage = "X509"
	// RequestHeader verifies the certificate of a front proxy. Every client
	// certificate is tried here first, so its complaint is usually beside the point.
	RequestHeader Stage = "RequestHeader"
	// Request is the filter around all authenticators: what a client and the audit
	// log are told.
	Request Stage = "Request"
	// Authorization comes after authentication: the server knows who is asking.
	Authorization Stage = "Authorization"
	// TokenReview is the review API itself.
	TokenReview Stage = "TokenReview"
	// TokenRequest is the API that issues ServiceAccount tokens.
	TokenRequest Stage = "TokenRequest"
	// API is the server's own trouble: a timeout, a storage error. It says nothing
	// about the credential.
	API Stage = "API"
)

// The stages of those who are not an API server.
const (
	// Client is a client that read the API server's answer, or could not produce a
	// credential.
	Client Stage = "Client"
	// Transport is a client that got no answer: no credential was looked at.
	Transport Stage = "Transport"
	// Joining is kubeadm, which looks for a bootstrap token in the cluster-info.
	Joining Stage = "Joining"
	// Service is another service that was shown a token, or asked the API server about
	// one; the value "service" names it.
	Service Stage = "Service"
	// HTTP is whoever answered 401: nothing says who that was.
	HTTP Stage = "HTTP"
)

// Refuses reports whether it is the API server that speaks, and of a credential that
// it does not take.
func (s Stage) Refuses() bool {
	switch s {
	case Unknown, Bearer, WebSocket, ServiceAccount, LegacyServiceAccount, Bootstrap, OIDC, Webhook, TokenFile, X509, RequestHeader, Request:
		return true
	}
	return false
}

// Reason is one message of the server.
type Reason struct {
	// Text is the message as the server wrote it. It may hold what a stranger put
	// into a token: escape it before it reaches a terminal.
	Text string
	// Stage is who said it.
	Stage Stage
	// IDs are the findings the message may stand for, the most likely first. One
	// means that the text alone settles it. None means that it says nothing about
	// the credential: its own trouble, an unknown text, or `invalid bearer token`
	// beside an authenticator that says more.
	IDs []finding.ID
	// Values are what the message tells: realUID, claimUID, wantAudiences,
	// expiry, … They are as untrusted as the text. Lists of audiences keep the
	// server's notation; Strings reads it.
	Values map[string]string
	// Pattern is the one that the message matched, with its variables in braces; empty where none
	// did.
	Pattern string
	// Since and Until are the first and the last release of Kubernetes known to use
	// this wording, both included; empty where 1.30 to 1.36 all do. Until is "old"
	// for wordings known from issue threads alone.
	Since, Until string
}

// Parse splits an aggregate into its messages and recognises each of them.
//
// The API server joins what its authenticators say as `[a, b]`, flattened and
// without duplicates, and without brackets where there is one message. A server
// that asks another server wraps that answer once more: `[a, [a, b]]`. Messages may
// contain `, ` themselves, so a message ends where it is complete or where the next
// known one begins. A stranger who can get a known message into a claim of a
// properly signed token can thus forge a message behind a real one.
//
// The result keeps the server's order and has no message twice. What no pattern
// matches is a Reason of stage Unknown. Parse takes time linear in len(text).
func Parse(text string) []Reason {
	return settle(server().split(text))
}

// Bare reports whether the text is nothing but `invalid bearer token`, however
// often and however deeply nested: no authenticator had anything to say.
func Bare(text string) bool {
	reasons := server().split(text)
	return len(reasons) == 1 && reasons[0].Text == invalidBearerToken
}

// Strings reads Go's notation of one or several quoted strings, as it stands in
// the wantAudiences and gotAudiences of a Reason: `"a"` or `["a" "b"]`. It reports
// false for anything else.
func Strings(value string) ([]string, bool) {
	n := listEnd(value)
	if n != len(value) || n == 0 {
		return nil, false
	}
	list := []string{}
	for i := 0; i < len(value); {
		if value[i] != '"' {
			i++
			continue
		}
		n := quotedEnd(value[i:])
		s, err := strconv.Unquote(value[i : i+n])
		if err != nil {
			return nil, false
		}
		list = append(list, s)
		i += n
	}
	return list, true
}

// settle takes away what a message seems to say and, beside the others, does not.
func settle(reasons []Reason) []Reason {
	var certificate, token bool
	for _, r := range reasons {
		switch r.Stage {
		case X509:
			certificate = true
		case Bearer, RequestHeader:
		default:
			token = true
		}
	}
	for i, r := range reasons {
		switch {
		case r.Stage == Bearer && r.Text == invalidBearerToken && token,
			// The loopback authenticator, which knows one token and is asked first,
			// says this of every other token; only the second voice counts.
			r.Stage == RequestHeader && certificate:
			// The front proxy's CA is tried on every client certificate before the
			// client CA is.
			reasons[i].IDs = nil
		}
	}
	return reasons
}
