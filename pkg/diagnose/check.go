// Package diagnose judges evidence: which checks hold, what the verdict is, and
// which finding explains it. It is pure. A check cannot do I/O: its signature has
// neither a context nor an error.
package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Status says how a check ended.
type Status string

const (
	Pass          Status = "Pass"
	Warn          Status = "Warn"
	Fail          Status = "Fail"
	NotApplicable Status = "NotApplicable"
	// Unknown: what the check needs could not be looked at.
	Unknown Status = "Unknown"
)

// Stage is the station on a credential's way at which a check looks. The stages
// stand in the order in which a request meets them.
type Stage string

const (
	StageClient      Stage = "What the client sends"
	StageWay         Stage = "The way to the server"
	StageCertificate Stage = "Client certificate"
	StageWriting     Stage = "How the token is written"
	StageSignature   Stage = "Issuer, key and signature"
	StageAudience    Stage = "Audience"
	StageTime        Stage = "Lifetime"
	StageObjects     Stage = "The objects behind the token"
	StagePolicy      Stage = "The server's rules"
	StageServer      Stage = "What the server says"
)

// Check is one question about the evidence.
type Check struct {
	// ID names the check; it can be found with grep and is never reused.
	ID    string
	Stage Stage
	// Title is the noun phrase of what is looked at; the result's detail is its state.
	Title string
	// Passed is the state of a check that passes and has no more to say.
	Passed finding.Text
	// Reference is where the rule stands.
	Reference string
	// Finds lists every finding that the check may report. What it does not report,
	// it has disproved, unless it ends Unknown.
	Finds []finding.ID
	// Applies says whether the question makes sense for the subject in focus; without it,
	// it always does.
	Applies func(*Case) bool
	Run     func(*Case) Result
}

// Result is a check's answer. Findings may be certain or possible; only certain
// ones explain a verdict.
type Result struct {
	Status Status
	// Detail is the state of what the check's title names.
	Detail   finding.Text
	Findings []finding.Finding
}

// Outcome is a check and its answer.
type Outcome struct {
	Check  Check
	Result Result
}

// Answers are those of the checks about the subject in focus, in order.
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
