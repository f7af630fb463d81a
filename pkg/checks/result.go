package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The types of the engine that a check uses.
type (
	Case   = diagnose.Case
	Check  = diagnose.Check
	Result = diagnose.Result
)

// pass returns a passed check with its state; without a detail, the state is the check's Passed.
func pass(detail finding.Text) Result { return Result{Status: diagnose.Pass, Detail: detail} }

// unknown returns an undecided check: detail is what could not be examined, and possible has the findings that it leaves open.
func unknown(detail finding.Text, possible ...finding.ID) Result {
	r := Result{Status: diagnose.Unknown, Detail: detail}
	for _, id := range possible {
		r.Findings = append(r.Findings, finding.Found(id, finding.Possible, "%s", detail))
	}
	return r
}

// report derives the status of a check from the worst of its certain findings. With only possible findings, the check is
// Unknown. The state is that of the worst finding in states, or the finding's detail.
func report(findings ...finding.Finding) Result {
	r := Result{Status: diagnose.Pass, Findings: findings}
	for _, f := range findings {
		fails := f.Explains() && f.Severity == finding.Error
		if r.Detail.IsZero() || fails && r.Status != diagnose.Fail {
			r.Detail = stateOf(f)
		}
		switch {
		case fails:
			r.Status = diagnose.Fail
		case f.Explains() && f.Severity == finding.Warning && r.Status != diagnose.Fail:
			r.Status = diagnose.Warn
		case !f.Explains() && r.Status == diagnose.Pass:
			r.Status = diagnose.Unknown
		}
	}
	return r
}
