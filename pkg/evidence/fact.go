// Package evidence is everything that is known about a credential when it is
// judged, as plain data: what was asked, what was answered, and for each question
// that has no answer, why not.
package evidence

import (
	"crypto/x509"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// State says what became of a question.
type State int

const (
	// NotLooked: the question was not asked; Why says why.
	NotLooked State = iota
	// Known: there is an answer. For an object, "it does not exist" is an answer.
	Known
	// Failed: the question was asked and not answered.
	Failed
)

// FailureKind says why a question was not answered.
type FailureKind string

const (
	// Forbidden: the asker is known to the server and not allowed to ask.
	Forbidden FailureKind = "forbidden"
	// Unauthenticated: the server did not take the asker's own credential.
	Unauthenticated FailureKind = "unauthenticated"
	// Unreachable: there was no answer at all: DNS, refused, TLS, timeout.
	Unreachable FailureKind = "unreachable"
	// Unsupported: the server does not know the question (404 of an API).
	Unsupported FailureKind = "unsupported"
	// Absent: what had to be there is not.
	Absent FailureKind = "absent"
	// Unusable: there was an answer that cannot be used.
	Unusable FailureKind = "unusable"
)

// Failure is why a question was not answered.
type Failure struct {
	Kind FailureKind
	// Said is the reason in words.
	Said finding.Text
	// Transport details an Unreachable failure.
	Transport Transport
	// User is whom the server named as not allowed, where Kind is Forbidden.
	User string
	// Presented are the certificates that the server showed, leaf first, where the client
	// did not believe them.
	Presented []*x509.Certificate
	// Err is the error behind it, whose words Said may not repeat; nil where there is none.
	Err error
}

// Because is a failure for the reason that err says, which it wraps.
func Because(kind FailureKind, err error) *Failure {
	return &Failure{Kind: kind, Said: finding.T("%s", finding.Err(err)), Err: err}
}

// Error makes a Failure an error.
func (f *Failure) Error() string { return f.Said.String() }

// Text is what the failure says, with its values.
func (f *Failure) Text() finding.Text { return f.Said }

func (f *Failure) Unwrap() error { return f.Err }

// Transport says how far a connection came.
type Transport string

const (
	TransportDNS     Transport = "dns"
	TransportRefused Transport = "refused"
	// TransportNoRoute: the network knows no way to the address.
	TransportNoRoute Transport = "no-route"
	// TransportNoConnection, TransportNoHandshake and TransportTimeout: time was up before
	// there was a connection, before TLS stood, and before the answer came.
	TransportNoConnection Transport = "no-connection"
	TransportNoHandshake  Transport = "no-handshake"
	TransportTimeout      Transport = "timeout"
	// TransportClosed: whoever is there closed the connection without an answer.
	TransportClosed Transport = "closed"
	// TransportProxy: a proxy that is configured here was not reached, or refused.
	TransportProxy     Transport = "proxy"
	TransportUntrusted Transport = "untrusted"
	TransportWrongName Transport = "wrong-name"
	TransportExpired   Transport = "expired"
	TransportPlainHTTP Transport = "plain-http"
	// TransportHandshake: the two do not agree on TLS, or the server refused with an alert.
	TransportHandshake Transport = "handshake"
	TransportOther     Transport = "other"
)

// Fact is the answer to one question: a value, a failure, or the reason for not
// having asked. "Forbidden to look" therefore never reads as "absent".
type Fact[T any] struct {
	State   State
	Value   T
	Failure *Failure
	// Why says, where State is NotLooked, why the question was not asked.
	Why finding.Text
	// Source says where the answer was read, as a person would name it.
	Source finding.Text
}

// Is returns a known fact.
func Is[T any](value T, source finding.Text) Fact[T] {
	return Fact[T]{State: Known, Value: value, Source: source}
}

// Not returns a fact that was asked for in vain.
func Not[T any](f *Failure, source finding.Text) Fact[T] {
	return Fact[T]{State: Failed, Failure: f, Source: source}
}

// Unasked returns a fact that was not looked at.
func Unasked[T any](why finding.Text) Fact[T] { return Fact[T]{Why: why} }

// Known reports whether there is an answer.
func (f Fact[T]) Known() bool { return f.State == Known }

// Failed reports whether the question was asked in vain for that reason.
func (f Fact[T]) Failed(kind FailureKind) bool {
	return f.State == Failed && f.Failure != nil && f.Failure.Kind == kind
}

// Reason says why there is no answer; nothing where there is one.
func (f Fact[T]) Reason() finding.Text {
	switch {
	case f.State == Known:
		return finding.Text{}
	case f.State == Failed && f.Failure != nil:
		return f.Failure.Said
	}
	return f.Why
}
