package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A check is written with these words of the engine.
type (
	Case   = diagnose.Case
	Check  = diagnose.Check
	Result = diagnose.Result
)

// pass is what was seen where all is well.
func pass(detail finding.Text) Result { return Result{Status: diagnose.Pass, Detail: detail} }

// unknown says what could not be looked at, and which findings therefore remain possible.
func unknown(detail finding.Text, possible ...finding.ID) Result {
	r := Result{Status: diagnose.Unknown, Detail: detail}
	for _, id := range possible {
		r.Findings = append(r.Findings, finding.Found(id, finding.Possible, "%s", detail))
	}
	return r
}

// report gives findings the status that the gravest of the certain ones deserves.
// With only possible ones the check is Unknown.
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
