// Package trace records the steps of an authenticator.
package trace

import (
	"context"
	"errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Outcome is the outcome of a step.
type Outcome string

const (
	// Passed means that the credential passed the step.
	Passed Outcome = "Passed"
	// Failed means that the step rejected the credential.
	Failed Outcome = "Failed"
	// Skipped means that the step was not reached or does not apply.
	Skipped Outcome = "Skipped"
	// Missing means that an input of the step was not given.
	Missing Outcome = "Missing"
)

// Step is one check of an authenticator.
type Step struct {
	// Name is the subject of the check: issuer, key, signature, audience, …
	Name string
	// Key is the key of the user's extra that the step sets; empty for other steps.
	Key     string
	Outcome Outcome
	// Detail is the result as a fragment.
	Detail finding.Text
	// Expression is the unchanged CEL expression. Inputs are the values that it reads, by their
	// path, and Value is its result, all as JSON.
	Expression string
	Inputs     map[string]string
	Value      string
}

// Title returns the name of the step with its key.
func (s Step) Title() finding.Text {
	if s.Key == "" {
		return finding.T("%s", finding.Standard(s.Name))
	}
	return finding.T("%s %s", finding.Standard(s.Name), finding.Claim.Of(s.Key).Whole())
}

type key struct{}

// With returns a context that collects steps, in order, in steps.
func With(ctx context.Context, steps *[]Step) context.Context {
	return context.WithValue(ctx, key{}, steps)
}

// Add adds a step if the context collects steps.
func Add(ctx context.Context, s Step) {
	if steps, ok := ctx.Value(key{}).(*[]Step); ok {
		*steps = append(*steps, s)
	}
}

// Pass adds a step with the outcome Passed.
func Pass(ctx context.Context, name string, detail finding.Text) {
	Add(ctx, Step{Name: name, Outcome: Passed, Detail: detail})
}

// Fail adds a step that rejected the credential, and returns err. If err is a missing input, the
// step is Missing, as nothing was rejected.
func Fail(ctx context.Context, name string, err error) error {
	step := Step{Name: name, Outcome: Failed, Detail: finding.T("%s", finding.Err(err))}
	var missing interface{ Missing() finding.Text }
	if errors.As(err, &missing) {
		step.Outcome, step.Detail = Missing, missing.Missing()
		// The lookup may have added an unnamed step for the same input.
		if steps, ok := ctx.Value(key{}).(*[]Step); ok {
			if n := len(*steps); n > 0 && (*steps)[n-1].Outcome == Missing {
				*steps = (*steps)[:n-1]
			}
		}
	}
	Add(ctx, step)
	return err
}

// Signature is the step that verifies a token's signature.
const Signature = "signature"

// Discovery is the step that reads the discovery document, traced only if no API server can use it.
const Discovery = "discovery"
