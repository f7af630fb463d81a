// Package diagnose judges evidence: which checks hold, what the verdict is, and
// which finding explains it. It is pure. A check cannot do I/O: its signature has
// neither a context nor an error.
package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
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

// Check is one question about the evidence. Its title states the good case.
type Check struct {
	// ID names the check; it can be found with grep and is never reused.
	ID    string
	Stage Stage
	Title string
	// Reference is where the rule stands.
	Reference string
	// Finds lists every finding that the check may report. What it does not report,
	// it has disproved, unless it ends Unknown.
	Finds []finding.ID
	// Applies says whether the question makes sense for the subject in focus.
	Applies func(*evidence.Evidence) bool
	Run     func(*evidence.Evidence) Result
}

// Result is a check's answer. Findings may be certain or possible; only certain
// ones explain a verdict.
type Result struct {
	Status   Status
	Detail   string
	Findings []finding.Finding
	// Verified: the check saw the signature verified.
	Verified bool
}

// SignatureCheck is the ID of the check that verifies signatures.
const SignatureCheck = "signature"

// Outcome is a check and its answer.
type Outcome struct {
	Check  Check
	Result Result
}

func pass(detail string) Result { return Result{Status: Pass, Detail: detail} }

// report gives findings the status that the gravest of the certain ones deserves.
// With only possible ones the check is Unknown.
func report(findings ...finding.Finding) Result {
	r := Result{Status: Pass, Findings: findings}
	for _, f := range findings {
		switch {
		case !f.Explains():
			if r.Status == Pass {
				r.Status = Unknown
			}
		case f.Severity == finding.Error:
			r.Status = Fail
		case f.Severity == finding.Warning && r.Status != Fail:
			r.Status = Warn
		}
		if r.Detail == "" {
			r.Detail = f.Detail
		}
	}
	if len(findings) > 0 && r.Status == Fail {
		for _, f := range findings {
			if f.Explains() && f.Severity == finding.Error {
				r.Detail = f.Detail
				break
			}
		}
	}
	return r
}

// unknown says what could not be looked at, and which findings therefore remain
// possible.
func unknown(detail string, possible ...finding.ID) Result {
	r := Result{Status: Unknown, Detail: detail}
	for _, id := range possible {
		r.Findings = append(r.Findings, finding.New(id, finding.Possible, detail))
	}
	return r
}

// run answers all checks about the subject in focus, in order.
func run(e *evidence.Evidence) []Outcome {
	out := make([]Outcome, 0, len(Checks))
	for _, c := range Checks {
		r := Result{Status: NotApplicable}
		if c.Applies(e) {
			r = c.Run(e)
		}
		out = append(out, Outcome{c, r})
	}
	return out
}

func proved(id finding.ID, detail string) finding.Finding {
	return finding.New(id, finding.Proved, detail)
}
