package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const unavailable = credential.Unavailable

// Diagnosis is what the evidence says about one subject.
type Diagnosis struct {
	Subject   *evidence.Subject
	Verdict   Verdict
	DecidedBy DecidedBy
	// User is whom the server takes it for; only where it is accepted.
	User *token.Identity
	// Cause explains the verdict; empty where it is Accepted.
	Cause finding.ID
	// Findings are all that is true or possible, the cause first.
	Findings []finding.Finding
	Outcomes []Outcome
}

// Diagnose judges the subject in focus. All checks that apply run: a server stops
// at the first fault, and hides the others.
func Diagnose(e *evidence.Evidence) *Diagnosis {
	d := &Diagnosis{Subject: e.Subject()}
	d.Verdict, d.DecidedBy, d.User = decide(e)
	d.Outcomes = run(e)
	for _, o := range d.Outcomes {
		d.Findings = append(d.Findings, o.Result.Findings...)
	}
	if d.Verdict == Accepted {
		d.accept()
		return d
	}
	d.lead(d.explain(e))
	return d
}

// Findings judges a credential that no server was asked about: what it says by
// itself.
func Findings(e *evidence.Evidence) []finding.Finding {
	var out []finding.Finding
	for _, o := range run(e) {
		if o.Check.ID == credentialAtHand.ID {
			// Nobody wants to send it.
			continue
		}
		for _, f := range o.Result.Findings {
			if f.Explains() {
				out = append(out, f)
			}
		}
	}
	return out
}

// accept keeps what is true and will hurt as a warning: an accepted credential has
// no errors. What was merely possible has been disproved by the server.
func (d *Diagnosis) accept() {
	d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return !f.Explains() })
	for i := range d.Findings {
		if d.Findings[i].Severity == finding.Error {
			d.Findings[i].Severity = finding.Warning
		}
	}
	for i := range d.Outcomes {
		switch r := &d.Outcomes[i].Result; {
		case r.Status == Fail:
			r.Status = Warn
		}
	}
	d.sort()
}

// sort puts certain findings before possible ones and grave ones before light ones,
// leaving the cause first and the server's order within.
func (d *Diagnosis) sort() {
	rank := func(f finding.Finding) int {
		n := map[finding.Severity]int{finding.Error: 0, finding.Warning: 1, finding.Info: 2}[f.Severity]
		if !f.Explains() {
			n += 3
		}
		return n
	}
	rest := d.Findings
	if d.Cause != "" {
		rest = rest[1:]
	}
	slices.SortStableFunc(rest, func(a, b finding.Finding) int { return rank(a) - rank(b) })
}

// explain finds the finding that explains a verdict other than Accepted.
func (d *Diagnosis) explain(e *evidence.Evidence) finding.Finding {
	switch d.Verdict {
	case Undecided:
		return d.explainUndecided(e)
	case Anonymous:
		return d.explainAnonymous(e)
	}
	// The server may say no to a request without credentials, where anonymous access
	// is off; then what kept the credential away is the cause.
	if f, ok := d.first(keepsCredentialAway); ok {
		return f
	}
	if f, ok := d.byServersWords(e); ok {
		return f
	}
	if f, ok := d.first(func(o Outcome, f finding.Finding) bool { return f.Severity == finding.Error }); ok && decidingText(e) == "" {
		return f
	}
	if decidingText(e) == "" {
		if f, ok := d.byElimination(d.possible(nil)); ok {
			return f
		}
	}
	return credentialRejected(e, d.possible(nil))
}

// first returns the first certain finding, in the order of the checks, that suits.
func (d *Diagnosis) first(suits func(Outcome, finding.Finding) bool) (finding.Finding, bool) {
	for _, o := range d.Outcomes {
		for _, f := range o.Result.Findings {
			if f.Explains() && suits(o, f) {
				return f, true
			}
		}
	}
	return finding.Finding{}, false
}

// keepsCredentialAway: the finding says that no usable credential reaches the server.
func keepsCredentialAway(_ Outcome, f finding.Finding) bool {
	switch f.ID {
	case finding.NoCredential, finding.EmptyBearerToken, finding.PlainHTTPServer, finding.BasicAuthUnsupported,
		finding.AuthProviderRemoved, finding.ClientCertificateNotRequested, finding.CertificateWithoutCommonName,
		finding.CredentialStripped:
		return true
	}
	return false
}

// byServersWords takes the server's messages one after the other. Of the findings
// that a message may stand for, the first that the evidence proves is the cause, or
// the only one that it does not disprove.
func (d *Diagnosis) byServersWords(e *evidence.Evidence) (finding.Finding, bool) {
	for _, reason := range errortext.Parse(decidingText(e)) {
		if len(reason.IDs) == 0 {
			continue
		}
		of := func(_ Outcome, f finding.Finding) bool { return slices.Contains(reason.IDs, f.ID) }
		if f, ok := d.first(of); ok {
			return f, true
		}
		if len(reason.IDs) == 1 {
			return proved(reason.IDs[0], "").See(statusError, reason.Text), true
		}
		if f, ok := d.byElimination(d.possible(reason.IDs)); ok {
			return f.See(statusError, reason.Text), true
		}
	}
	return finding.Finding{}, false
}

// possible lists the errors that the evidence neither proves nor disproves, out of
// those named, or out of all.
func (d *Diagnosis) possible(of []finding.ID) []finding.Finding {
	var out []finding.Finding
	for _, o := range d.Outcomes {
		for _, f := range o.Result.Findings {
			if !f.Explains() && f.Severity == finding.Error && (of == nil || slices.Contains(of, f.ID)) {
				out = append(out, f)
			}
		}
	}
	return out
}

// byElimination names the only explanation left, if there is only one.
func (d *Diagnosis) byElimination(left []finding.Finding) (finding.Finding, bool) {
	if len(left) != 1 {
		return finding.Finding{}, false
	}
	f := left[0]
	f.Certainty = finding.Eliminated
	var out []string
	for _, o := range d.Outcomes {
		if o.Result.Status == Pass && o.Check.Stage != StageClient && o.Check.Stage != StageWay && o.Check.Stage != StageServer {
			out = append(out, o.Check.Title)
		}
	}
	return f.See("ruled out, because", join(out)), true
}

// AcceptedBy reports whether a TokenReview names somebody: authenticated, and not as
// system:anonymous.
func AcceptedBy(r evidence.ReviewStatus) bool { return accepted(r) }

// Meaning says what the TokenReviews in the evidence mean, with nothing else asked:
// what the server's text stands for, and what the token itself shows.
func Meaning(e *evidence.Evidence) []finding.Finding {
	d := &Diagnosis{Subject: e.Subject(), Outcomes: run(e)}
	for _, o := range d.Outcomes {
		for _, f := range o.Result.Findings {
			if f.Explains() {
				d.Findings = append(d.Findings, f)
			}
		}
	}
	r, ok := e.Subject().Review(e.Audiences)
	if !ok || !r.Answer.Known() {
		return d.Findings
	}
	switch {
	case accepted(r.Answer.Value):
		d.accept()
		return d.Findings
	case r.Answer.Value.Authenticated:
		cause, found := d.first(func(_ Outcome, f finding.Finding) bool {
			return f.ID == finding.EmptyBearerToken || f.ID == finding.TokenHasWhitespace
		})
		if !found {
			cause = proved(finding.AnonymousRequest, "the server saw no token in what it was given, and reviewed nobody")
		}
		d.lead(cause)
	default:
		cause, found := d.byServersWords(e)
		if !found {
			cause = credentialRejected(e, d.possible(nil))
		}
		d.lead(cause)
	}
	return d.Findings
}

// lead puts the cause first.
func (d *Diagnosis) lead(cause finding.Finding) {
	d.Cause = cause.ID
	d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool { return f.ID == cause.ID })
	d.Findings = append([]finding.Finding{cause}, d.Findings...)
	d.sort()
}
