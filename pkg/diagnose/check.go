// Package diagnose turns evidence into a verdict, the answers of the checks, and the finding that explains the
// verdict. It does no I/O: the signature of a check has neither a context nor an error.
package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Status is the outcome of a check.
type Status string

const (
	Pass          Status = "Pass"
	Warn          Status = "Warn"
	Fail          Status = "Fail"
	NotApplicable Status = "NotApplicable"
	// Unknown: the evidence that the check needs is missing.
	Unknown Status = "Unknown"
)

// Stage is the part of a request that a check looks at. The stages are in the order in which a request meets them.
type Stage string

const (
	StageClient      Stage = "What the client sends"
	StageConnection  Stage = "Connection to the server"
	StageCertificate Stage = "Client certificate"
	StageEncoding    Stage = "Token encoding"
	StageSignature   Stage = "Issuer, key and signature"
	StageAudience    Stage = "Audience"
	StageTime        Stage = "Lifetime"
	StageObjects     Stage = "Objects of the token"
	StagePolicy      Stage = "API server's rules"
	StageServer      Stage = "API server's answers"
)

// Check is one question about the evidence.
type Check struct {
	// ID is never changed and never reused.
	ID    string
	Stage Stage
	// Title is a noun phrase that names what the check examines. The result's detail is its state.
	Title string
	// Passed is the detail of a check that passes without one.
	Passed finding.Text
	// Reference is the source of the rule.
	Reference string
	// Finds lists every finding that the check may report. A check that is not Unknown has disproved the ones that it
	// does not report.
	Finds []finding.ID
	// Applies reports whether the check makes sense for the subject; nil means always.
	Applies func(*Case) bool
	Run     func(*Case) Result
}

// Result is the answer of a check. Only certain findings explain a verdict, not possible ones.
type Result struct {
	Status Status
	// Detail is the state of what the check's title names.
	Detail   finding.Text
	Findings []finding.Finding
	// Renewal is the fix that replaces the credential, for any reason of its rejection.
	Renewal []finding.Remedy
}

// Outcome is a check with its result.
type Outcome struct {
	Check  Check
	Result Result
}

// Answers runs the checks on the subject in focus, in order.
func Answers(c *Case, checks []Check) []Outcome {
	out := make([]Outcome, 0, len(checks))
	for _, check := range checks {
		r := Result{Status: NotApplicable}
		if check.Applies == nil || check.Applies(c) {
			r = check.Run(c)
		}
		if r.Status == Pass && r.Detail.IsZero() {
			r.Detail = check.Passed
		}
		out = append(out, Outcome{check, r})
	}
	return out
}
