// Package errortext recognizes the error messages with which an API server rejects a credential:
// TokenReview's status.error, the err= of "Unable to authenticate the request", and the message of
// a Status. The answer to the request itself is only `Unauthorized`, so these messages are the only
// reason that the API server gives.
//
// The package imports only the catalogue of findings. It reads messages and decides nothing: a
// message often fits several findings, and pkg/diagnose chooses among them by evidence.
//
// Each source of messages has tables of patterns in its own files: server_*.go for the API server,
// client_*.go for clients before and after a request, and cloud_*.go for services that receive
// tokens of the API server.
package errortext

import (
	"strconv"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Stage is the part of the API server, or the other program, that wrote a message.
type Stage string

const (
	// Unknown means that no pattern matched. It may be the message of a token webhook, which the
	// API server passes on unchanged, or an API error.
	Unknown Stage = "Unknown"
	// Bearer reads the Authorization header.
	Bearer Stage = "Bearer"
	// WebSocket reads a token from Sec-WebSocket-Protocol.
	WebSocket Stage = "WebSocket"
	// ServiceAccount verifies all ServiceAccount JWTs and validates the bound ones.
	ServiceAccount Stage = "ServiceAccount"
	// LegacyServiceAccount validates the tokens of Secrets.
	LegacyServiceAccount Stage = "LegacyServiceAccount"
	// Bootstrap validates bootstrap tokens.
	Bootstrap Stage = "Bootstrap"
	// OIDC is --oidc-issuer-url, and each issuer of an AuthenticationConfiguration.
	OIDC Stage = "OIDC"
	// Webhook sends a TokenReview to a remote service.
	Webhook Stage = "Webhook"
	// TokenFile is --token-auth-file.
	TokenFile Stage = "TokenFile"
	// X509 verifies client certificates with --client-ca-file.
	X509 Stage = "X509"
	// RequestHeader verifies the certificate of a front proxy. It is asked first about every client
	// certificate, so its message is usually irrelevant.
	RequestHeader Stage = "RequestHeader"
	// Request is the filter around all authenticators, which writes the answer to the client and
	// the audit log.
	Request Stage = "Request"
	// Authorization follows authentication, so the message names the authenticated user.
	Authorization Stage = "Authorization"
	// TokenReview is the review API itself.
	TokenReview Stage = "TokenReview"
	// TokenRequest is the API that issues ServiceAccount tokens.
	TokenRequest Stage = "TokenRequest"
	// API is a fault of the API server, such as a timeout or a storage error, and does not depend
	// on the credential.
	API Stage = "API"
)

// The stages of programs other than the API server.
const (
	// Client is a client that read the API server's answer, or that could not produce a credential.
	Client Stage = "Client"
	// Plugin is a program that obtains the credential for a client: an exec plugin, or the tool of
	// a cloud or identity provider that the plugin runs. The value "service" names it.
	Plugin Stage = "Plugin"
	// Transport is a client that got no answer, so no credential was judged.
	Transport Stage = "Transport"
	// Joining is kubeadm, which looks for a bootstrap token in cluster-info.
	Joining Stage = "Joining"
	// Service is another service that received a token, or that asked the API server about a token.
	// The value "service" names it.
	Service Stage = "Service"
	// HTTP is an unknown server that answered 401.
	HTTP Stage = "HTTP"
)

// Refuses reports whether the message is an API server's and rejects a credential.
func (s Stage) Refuses() bool {
	switch s {
	case Unknown, Bearer, WebSocket, ServiceAccount, LegacyServiceAccount, Bootstrap, OIDC, Webhook, TokenFile, X509, RequestHeader, Request:
		return true
	}
	return false
}

// Key names a message among others with the same finding. pkg/pasted has the headline and the fix of
// each Key.
type Key string

// Reason is one error message.
type Reason struct {
	// Text is the unchanged message. It may contain claims that anyone can set: escape it before
	// it reaches a terminal.
	Text string
	// Stage is the part that wrote the message.
	Stage Stage
	// IDs are the findings that the message may indicate, the most likely first. With one, the
	// message alone proves it. With none, the message says nothing about the credential: it is a
	// fault of the API server, an unknown message, or `invalid bearer token` beside an
	// authenticator that says more.
	IDs []finding.ID
	// Values are the variables of the message: realUID, claimUID, wantAudiences, expiry, and so on.
	// They are as untrusted as Text. Lists of audiences keep the server's notation, which Strings
	// reads.
	Values map[string]string
	// Pattern is the matched pattern, with its variables in braces; empty if none matched.
	Pattern string
	// Key is empty for most messages.
	Key Key
	// Wraps reports that the end of the message is the message of another program or function. If
	// that message is known, it is a Reason too, and explains more.
	Wraps bool
	// Line is the line of the pasted text in which Find found the message: its prefix often shows
	// which program wrote the message. Parse leaves it empty.
	Line string
	// Since and Until are the first and the last release of Kubernetes with this message, both
	// included; empty if 1.30 to 1.36 all have it. Until is "old" for messages that only issue
	// threads show.
	Since, Until string

	beside bool
	// cut is the length of the recognized part of a message without its end.
	cut int
}

// Parse splits an aggregate of error messages and recognizes each message.
//
// The API server joins the messages of its authenticators as `[a, b]`, flattened and without
// duplicates, and without brackets if there is only one. A server that asks another server wraps
// that answer again: `[a, [a, b]]`. A message may contain `, `, so it ends where its pattern is
// complete or where the next known message begins. Therefore, a claim of a correctly signed token
// that contains a known message can forge a message behind the real one.
//
// The result keeps the server's order and has no duplicates. Text that no pattern matches is a
// Reason of stage Unknown. Parse takes time linear in len(text).
func Parse(text string) []Reason {
	return settle(server().split(text))
}

// InvalidBearerTokenOnly reports whether the text is only `invalid bearer token`, at any depth and
// any number of times, so that no authenticator gave a reason.
func InvalidBearerTokenOnly(text string) bool {
	reasons := server().split(text)
	return len(reasons) == 1 && reasons[0].Text == invalidBearerToken
}

// Strings reads one or several quoted strings in Go's notation, as in the wantAudiences and
// gotAudiences of a Reason: `"a"` or `["a" "b"]`. It returns false for anything else.
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

// settle removes the findings of messages that mean nothing beside the other messages.
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
			// The loopback authenticator is asked first and returns this for every token but its
			// own, so only another message counts.
			r.Stage == RequestHeader && certificate:
			// The API server tries the front proxy's CA on every client certificate before the
			// client CA.
			reasons[i].IDs = nil
		}
	}
	return reasons
}
