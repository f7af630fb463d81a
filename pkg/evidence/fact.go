// Package evidence is everything known about a credential when it is judged, as plain data: the
// answers to all questions and, for each question without an answer, the reason.
package evidence

import (
	"crypto/x509"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// State is the state of a question.
type State int

const (
	// NotLooked means that the question was not asked; Why is the reason.
	NotLooked State = iota
	// Known means that there is an answer; that an object does not exist is an answer.
	Known
	// Failed means that the question was asked and not answered.
	Failed
)

// FailureKind is why a question was not answered.
type FailureKind string

const (
	// Forbidden means that the caller lacks the permission.
	Forbidden FailureKind = "forbidden"
	// Unauthenticated means that the server rejected the caller's credential.
	Unauthenticated FailureKind = "unauthenticated"
	// Unreachable means that there was no response: DNS, connection refused, TLS, timeout.
	Unreachable FailureKind = "unreachable"
	// Unsupported means that the server does not serve the API.
	Unsupported FailureKind = "unsupported"
	// Absent means that a required object does not exist.
	Absent FailureKind = "absent"
	// Unusable means that the response cannot be used.
	Unusable FailureKind = "unusable"
)

// Failure is why a question was not answered.
type Failure struct {
	Kind FailureKind
	// Said is the reason as a text.
	Said finding.Text
	// Transport details an Unreachable failure.
	Transport Transport
	// User is the user that the server named as not allowed, if Kind is Forbidden.
	User string
	// Presented are the server's certificates, leaf first, if the client does not trust them.
	Presented []*x509.Certificate
	// Err is the underlying error, whose message Said may omit; may be nil.
	Err error
}

// Because returns a failure with the reason err, which it wraps.
func Because(kind FailureKind, err error) *Failure {
	return &Failure{Kind: kind, Said: finding.T("%s", finding.Err(err)), Err: err}
}

// Error implements error.
func (f *Failure) Error() string { return f.Said.String() }

// Text returns the reason with its values.
func (f *Failure) Text() finding.Text { return f.Said }

func (f *Failure) Unwrap() error { return f.Err }

// Transport is how a connection failed.
type Transport string

const (
	TransportDNS     Transport = "dns"
	TransportRefused Transport = "refused"
	// TransportNoRoute means that the network has no route to the address.
	TransportNoRoute Transport = "no-route"
	// TransportNoConnection, TransportNoHandshake and TransportTimeout mean a timeout before the
	// connection, before the end of the TLS handshake, and before the response.
	TransportNoConnection Transport = "no-connection"
	TransportNoHandshake  Transport = "no-handshake"
	TransportTimeout      Transport = "timeout"
	// TransportClosed means that the server closed the connection without a response.
	TransportClosed Transport = "closed"
	// TransportProxy means that a configured proxy was unreachable or refused the connection.
	TransportProxy     Transport = "proxy"
	TransportUntrusted Transport = "untrusted"
	TransportWrongName Transport = "wrong-name"
	TransportExpired   Transport = "expired"
	TransportPlainHTTP Transport = "plain-http"
	// TransportHandshake means that client and server do not agree on TLS, or the server sent an
	// alert.
	TransportHandshake Transport = "handshake"
	TransportOther     Transport = "other"
)

// Fact is the answer to one question: a value, a failure, or the reason for not asking. So
// "forbidden" is never mistaken for "absent".
type Fact[T any] struct {
	State   State
	Value   T
	Failure *Failure
	// Why is why the question was not asked, if State is NotLooked.
	Why finding.Text
	// Source is where the answer was read, for reports.
	Source finding.Text
}

// Is returns a known fact.
func Is[T any](value T, source finding.Text) Fact[T] {
	return Fact[T]{State: Known, Value: value, Source: source}
}

// Not returns a fact that failed.
func Not[T any](f *Failure, source finding.Text) Fact[T] {
	return Fact[T]{State: Failed, Failure: f, Source: source}
}

// Unasked returns a fact that was not asked for.
func Unasked[T any](why finding.Text) Fact[T] { return Fact[T]{Why: why} }

// Known reports whether there is an answer.
func (f Fact[T]) Known() bool { return f.State == Known }

// Failed reports whether the question failed for that reason.
func (f Fact[T]) Failed(kind FailureKind) bool {
	return f.State == Failed && f.Failure != nil && f.Failure.Kind == kind
}

// Reason returns why there is no answer; empty if there is one.
func (f Fact[T]) Reason() finding.Text {
	switch {
	case f.State == Known:
		return finding.Text{}
	case f.State == Failed && f.Failure != nil:
		return f.Failure.Said
	}
	return f.Why
}
