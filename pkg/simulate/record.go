package simulate

import (
	"context"
	"net/http"

	"k8s.io/apiserver/pkg/authentication/authenticator"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
)

// Opinion is the answer of one authenticator.
type Opinion string

const (
	Accepted  Opinion = "Accepted"
	Rejected  Opinion = "Rejected"
	NoOpinion Opinion = "NoOpinion"
	// Unknown means that an input of the authenticator was not given.
	Unknown Opinion = "Unknown"
)

// Attempt is one authenticator's answer for the credential.
type Attempt struct {
	Name    finding.Text
	Opinion Opinion
	// Error is the authenticator's unchanged error message.
	Error string
	Steps []trace.Step
}

// record collects the attempts of one request and the inputs that were missing.
type record struct {
	attempts []Attempt
	missing  []*Missing
}

type recordKey struct{}

func (r *record) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, recordKey{}, r)
}

func recordOf(ctx context.Context) *record {
	r, ok := ctx.Value(recordKey{}).(*record)
	if !ok {
		// A request of the server's own, whose record is not read.
		return &record{}
	}
	return r
}

// miss records a missing input and returns it as an error. Authenticators call it during an attempt.
func miss(ctx context.Context, m *Missing) error {
	r := recordOf(ctx)
	r.missing = append(r.missing, m)
	trace.Add(ctx, trace.Step{Name: "input", Outcome: trace.Missing, Detail: m.What})
	return m
}

// attempt runs one authenticator and records its answer.
func attempt(ctx context.Context, name finding.Text, ask func(context.Context) (*authenticator.Response, bool, error)) (*authenticator.Response, bool, error) {
	r := recordOf(ctx)
	before := len(r.missing)
	var steps []trace.Step
	response, ok, err := ask(trace.With(ctx, &steps))
	a := Attempt{Name: name, Opinion: NoOpinion, Steps: steps}
	switch {
	case ok:
		a.Opinion = Accepted
	case len(r.missing) > before:
		a.Opinion = Unknown
	case err != nil:
		a.Opinion, a.Error = Rejected, err.Error()
	}
	r.attempts = append(r.attempts, a)
	return response, ok, err
}

// asToken wraps a token authenticator so that its attempts are recorded under a name.
func asToken(name finding.Text, t authenticator.Token) authenticator.Token {
	return authenticator.TokenFunc(func(ctx context.Context, token string) (*authenticator.Response, bool, error) {
		return attempt(ctx, name, func(ctx context.Context) (*authenticator.Response, bool, error) {
			return t.AuthenticateToken(ctx, token)
		})
	})
}

// asRequest wraps a request authenticator so that its attempts are recorded under a name.
func asRequest(name finding.Text, a authenticator.Request) authenticator.Request {
	return authenticator.RequestFunc(func(req *http.Request) (*authenticator.Response, bool, error) {
		return attempt(req.Context(), name, func(ctx context.Context) (*authenticator.Response, bool, error) {
			return a.AuthenticateRequest(req.WithContext(ctx))
		})
	})
}
