// Package trace carries what an authenticator does, step by step, beside its answer.
package trace

import (
	"context"
	"errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Outcome is how a step ended.
type Outcome string

const (
	// Passed: the credential went on.
	Passed Outcome = "Passed"
	// Failed: the credential was refused here.
	Failed Outcome = "Failed"
	// Skipped: the step was not reached, or does not apply.
	Skipped Outcome = "Skipped"
	// Missing: what the step needs was not given.
	Missing Outcome = "Missing"
)

// Step is one thing that an authenticator looks at.
type Step struct {
	// Name is what is looked at: issuer, key, signature, audience, …
	Name string
	// Key is that of the user's extra which a step is about; empty for others.
	Key     string
	Outcome Outcome
	// Detail says what was found, as a fragment.
	Detail finding.Text
	// Expression is a CEL expression, to the letter; Inputs are the values that it reads, by
	// their path, and Value is its result, all as JSON.
	Expression string
	Inputs     map[string]string
	Value      string
}

// Title is the name of the step, and the key that it is about.
func (s Step) Title() finding.Text {
	if s.Key == "" {
		return finding.T("%s", finding.Standard(s.Name))
	}
	return finding.T("%s %s", finding.Standard(s.Name), finding.Claim.Of(s.Key).Whole())
}

type key struct{}

// With returns a context in which the steps are collected, in order, at the place given.
func With(ctx context.Context, steps *[]Step) context.Context {
	return context.WithValue(ctx, key{}, steps)
}

// Add notes a step, where somebody collects them.
func Add(ctx context.Context, s Step) {
	if steps, ok := ctx.Value(key{}).(*[]Step); ok {
		*steps = append(*steps, s)
	}
}

// Pass notes a step that went well.
func Pass(ctx context.Context, name string, detail finding.Text) {
	Add(ctx, Step{Name: name, Outcome: Passed, Detail: detail})
}

// Fail notes a step that refused the credential, and returns err. Where err is of something
// that was not given, the step is Missing: nobody refused anything.
func Fail(ctx context.Context, name string, err error) error {
	step := Step{Name: name, Outcome: Failed, Detail: finding.T("%s", finding.Err(err))}
	var missing interface{ Missing() finding.Text }
	if errors.As(err, &missing) {
		step.Outcome, step.Detail = Missing, missing.Missing()
		// Whoever looked for it may have noted it without a name.
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
