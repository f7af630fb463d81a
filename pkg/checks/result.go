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

func pass(detail string) Result { return Result{Status: diagnose.Pass, Detail: detail} }

// passed is what was seen where all is well.
func passed(detail finding.Text) Result {
	return Result{Status: diagnose.Pass, Said: detail, Detail: detail.String()}
}

// unsure says what could not be looked at, and which findings therefore remain possible.
func unsure(detail finding.Text, possible ...finding.ID) Result {
	r := Result{Status: diagnose.Unknown, Said: detail, Detail: detail.String()}
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
		if r.Detail == "" || fails && r.Status != diagnose.Fail {
			r.Detail, r.Said = f.Detail, f.Said
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

// reportOr is report where there are findings, and pass where there is none.
func reportOr(passed string, findings ...finding.Finding) Result {
	if len(findings) == 0 {
		return pass(passed)
	}
	return report(findings...)
}

// unknown says what could not be looked at, and which findings therefore remain
// possible.
func unknown(detail string, possible ...finding.ID) Result {
	r := Result{Status: diagnose.Unknown, Detail: detail}
	for _, id := range possible {
		r.Findings = append(r.Findings, finding.New(id, finding.Possible, detail))
	}
	return r
}
