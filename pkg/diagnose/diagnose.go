package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Diagnosis is what the evidence says about one subject.
type Diagnosis struct {
	Subject   *evidence.Subject
	Verdict   Verdict
	DecidedBy DecidedBy
	// User is whom the server takes it for; only where it is accepted.
	User *token.Identity
	// AcceptedFor are those of the audiences asked for that the server takes it for.
	AcceptedFor []string
	// Cause explains the verdict; empty where it is Accepted.
	Cause finding.ID
	// Findings are all that is true or possible, the cause first.
	Findings []finding.Finding
	Outcomes []Outcome
	// SignatureVerified: the server, or its keys, have verified the token's signature.
	SignatureVerified bool
}

// Run judges the subject in focus. All checks that apply run: a server stops
// at the first fault, and hides the others.
func Run(c *Case, checks []Check) *Diagnosis {
	whole := c
	c = c.decisive()
	is := c.Decision()
	d := &Diagnosis{Subject: whole.Subject(), Verdict: is.Verdict, DecidedBy: is.By, User: is.User}
	if d.Verdict == Accepted {
		d.AcceptedFor = whole.confirmedFor()
	}
	judged := c
	d.Outcomes = Answers(judged, checks)
	if _, ok := d.first(isOneOf(finding.ReplicasDisagree)); ok && c.attemptsDisagree() {
		if view, ok := c.accepting(); ok {
			// What speaks against the credential at one of the servers is none of its faults.
			judged = view
			d.Outcomes = Answers(judged, checks)
		}
	}
	d.SignatureVerified = judged.Signature().State.Verified()
	d.Findings = found(d.Outcomes)
	defer d.forReader(c)
	if d.Verdict == Accepted {
		d.accept()
		return d
	}
	d.Lead(d.explain(c))
	return d
}

// Findings judges a credential that no server was asked about: what it says by
// itself.
func Findings(c *Case, checks []Check) []finding.Finding {
	return certain(found(Answers(c, checks)))
}

// found are the findings of all checks, in their order.
func found(outcomes []Outcome) []finding.Finding {
	var out []finding.Finding
	for _, o := range outcomes {
		out = append(out, o.Result.Findings...)
	}
	return out
}

func certain(findings []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(findings, func(f finding.Finding) bool { return !f.Explains() })
}

// forReader makes each remedy one that works for the caller.
func (d *Diagnosis) forReader(c *Case) {
	for i, f := range d.Findings {
		d.Findings[i] = c.forReader(f)
	}
}

// accept keeps what is true and will hurt as a warning: an accepted credential has
// no errors. Of what was merely possible the server has disproved the errors; the checks
// that leave a warning open say so themselves.
func (d *Diagnosis) accept() {
	d.Findings = certain(d.Findings)
	for i := range d.Findings {
		if d.Findings[i].Severity == finding.Error {
			d.Findings[i].Severity = finding.Warning
		}
	}
	for i := range d.Outcomes {
		if r := &d.Outcomes[i].Result; r.Status == Fail {
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
func (d *Diagnosis) explain(c *Case) finding.Finding {
	if f, ok := d.first(isOneOf(finding.ReplicasDisagree)); ok && c.attemptsDisagree() {
		// Some accept it: why one of them does not is no fault of the credential.
		return f
	}
	switch d.Verdict {
	case Undecided:
		return d.explainUndecided(c)
	case Anonymous:
		return d.explainAnonymous(c)
	}
	if d.DecidedBy == ByInference || c.AcceptedForOtherAudiences() {
		// The server takes the token; only the audience speaks against it.
		if f, ok := d.first(isOneOf(finding.AudienceMismatch)); ok {
			return f
		}
	}
	if c.DecidingText() != "" {
		// What the server did not mean is no explanation, however true it is.
		if f, ok := d.byServersWords(c); ok {
			return f
		}
		return d.credentialRejected(c)
	}
	refuses := func(o Outcome, f finding.Finding) bool {
		// The server says no to a request without credentials only where anonymous
		// access is off; else it saw one.
		return f.Severity == finding.Error && !(c.ServesAnonymousRequests() && LeavesNoCredential(f.ID))
	}
	if f, ok := d.first(refuses); ok {
		return f
	}
	if f, ok := d.byElimination(nil); ok {
		return f
	}
	return d.credentialRejected(c)
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

func isOneOf(ids ...finding.ID) func(Outcome, finding.Finding) bool {
	return func(_ Outcome, f finding.Finding) bool { return slices.Contains(ids, f.ID) }
}

// LeavesNoCredential: with that finding, no credential at all reaches the server.
func LeavesNoCredential(id finding.ID) bool { return slices.Contains(withoutCredential, id) }

var withoutCredential = []finding.ID{
	finding.NoCredential, finding.EmptyBearerToken, finding.PlainHTTPServer, finding.BasicAuthUnsupported, finding.KubeconfigInvalid,
	finding.AuthProviderRemoved, finding.ClientCertificateNotRequested, finding.CredentialStripped,
}

// keepsCredentialAway: the finding says that no usable credential reaches the server.
// A certificate that names nobody reaches it, and is anonymous, or refused by the
// authenticator of the front proxy, which is asked about every certificate.
func keepsCredentialAway(_ Outcome, f finding.Finding) bool {
	return LeavesNoCredential(f.ID) || f.ID == finding.CertificateWithoutCommonName
}

// written are the faults of a token that none of the server's own authenticators takes
// up, and says nothing of: such a token is handed on until it reaches a webhook.
var written = []finding.ID{
	finding.TokenHasWhitespace, finding.AuthorizationSchemePasted, finding.TokenBase64Wrapped, finding.TokenTruncated,
	finding.TokenPadded, finding.MalformedJWT, finding.EncryptedToken, finding.BootstrapTokenNotFound,
	finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired, finding.BootstrapTokenNotForAuthentication,
	finding.AWSIAMTokenExpired,
}

// byServersWords takes the server's messages one after the other. Of the findings
// that a message may stand for, the first that the evidence proves is the cause, or
// the only one that it does not disprove.
func (d *Diagnosis) byServersWords(c *Case) (finding.Finding, bool) {
	text := c.DecidingText()
	if !TakenUpIn(text) {
		// A webhook has a word on every token that nobody else took. Why nobody did is
		// the narrower explanation.
		if f, ok := d.first(func(_ Outcome, f finding.Finding) bool {
			return f.Severity == finding.Error && slices.Contains(written, f.ID)
		}); ok {
			return f.Seen(StatusError, finding.Message(text)), true
		}
	}
	for _, reason := range errortext.Parse(text) {
		switch {
		case reason.Stage == errortext.Unknown:
			if f, ok := d.first(isOneOf(finding.WebhookRejected)); ok {
				return f, true
			}
			continue
		case len(reason.IDs) == 0:
			continue
		}
		if f, ok := d.first(func(_ Outcome, f finding.Finding) bool {
			// A stale cache mends itself, and is a warning; the token is refused for it all the same.
			return (f.Severity == finding.Error || f.ID == finding.OIDCKeyCacheStale) && (slices.Contains(reason.IDs, f.ID) || isNarrower(f.ID, reason.IDs))
		}); ok {
			return f, true
		}
		switch {
		case len(reason.IDs) == 1:
			return d.inServersWords(reason), true
		case reason.Stage == errortext.Bearer:
			// `invalid bearer token` stands for more than there are checks.
			continue
		}
		if f, ok := d.byElimination(reason.IDs); ok {
			return f.Seen(StatusError, finding.Message(reason.Text)), true
		}
	}
	return finding.Finding{}, false
}

// isNarrower reports whether id says in which way a token is malformed, which a message calls only malformed.
func isNarrower(id finding.ID, than []finding.ID) bool {
	return slices.Contains(than, finding.MalformedJWT) && slices.Contains(written, id)
}

// inServersWords is a finding that the server's message settles by itself, as the check on it
// has it where there is one. It is made here where no check has: a check reports only what it
// knows to look for, and the messages of errortext stand for more.
func (d *Diagnosis) inServersWords(reason errortext.Reason) finding.Finding {
	for _, f := range found(d.Outcomes) {
		if f.ID == reason.IDs[0] && !f.Explains() {
			f.Certainty = finding.Proved
			return f.Seen(StatusError, finding.Message(reason.Text))
		}
	}
	return finding.Prove(reason.IDs[0], "the API server answers: %s", finding.Message(reason.Text)).Seen(StatusError, finding.Message(reason.Text))
}

// possible lists the errors that the evidence neither proves nor disproves, out of
// those named, or out of all.
func (d *Diagnosis) possible(of []finding.ID) []finding.Finding {
	return slices.DeleteFunc(found(d.Outcomes), func(f finding.Finding) bool {
		return f.Explains() || f.Severity != finding.Error || of != nil && !slices.Contains(of, f.ID)
	})
}

// byElimination names the only explanation left, out of those named or out of all, if
// there is only one: no check that could find another may be without an answer.
func (d *Diagnosis) byElimination(of []finding.ID) (finding.Finding, bool) {
	left := d.possible(of)
	if len(left) != 1 {
		return finding.Finding{}, false
	}
	f := left[0]
	f.Certainty = finding.Eliminated
	var out []finding.Value
	for _, o := range d.Outcomes {
		switch {
		case o.Check.Stage == StageClient, o.Check.Stage == StageConnection, o.Check.Stage == StageServer:
		case o.Result.Status == Pass:
			out = append(out, finding.T("%s: %s", finding.Standard(o.Check.Title), o.Result.Detail))
		case o.Result.Status == Unknown && !slices.Contains(o.Check.Finds, f.ID) &&
			slices.ContainsFunc(o.Check.Finds, func(id finding.ID) bool { return of == nil || slices.Contains(of, id) }):
			return finding.Finding{}, false
		}
	}
	return f.Seen("ruled out", finding.Join("; ", out...)), true
}

// Meaning says what the TokenReviews in the evidence mean, with nothing else asked:
// what the server's text stands for, and what the token itself shows.
func Meaning(c *Case, checks []Check) []finding.Finding {
	d := &Diagnosis{Subject: c.Subject(), Outcomes: Answers(c, checks)}
	d.Findings = certain(found(d.Outcomes))
	defer d.forReader(c)
	r, ok := c.Subject().Review(c.Audiences)
	if !ok || !r.Answer.Known() {
		return d.Findings
	}
	if ReviewAccepts(c.Audiences, r.Answer.Value) {
		d.accept()
		return d.Findings
	}
	cause, explained := d.first(isOneOf(finding.AudienceMismatch))
	switch {
	case c.AcceptedForOtherAudiences():
		if !explained {
			return d.Findings
		}
	case r.Answer.Value.Authenticated:
		if cause, explained = d.first(isOneOf(finding.EmptyBearerToken, finding.TokenHasWhitespace)); !explained {
			// What remains where no check explains the answer, as in cause.go.
			cause = finding.Prove(finding.AnonymousRequest, "the server found no token in the review")
		}
	default:
		if cause, explained = d.byServersWords(c); !explained {
			cause = d.credentialRejected(c)
		}
	}
	d.Lead(cause)
	return d.Findings
}

// Lead puts the cause first.
func (d *Diagnosis) Lead(cause finding.Finding) {
	d.Cause = cause.ID
	d.Findings = slices.DeleteFunc(d.Findings, func(f finding.Finding) bool {
		// Elimination leaves no other explanation.
		return f.ID == cause.ID || cause.Certainty == finding.Eliminated && !f.Explains() && f.Severity == finding.Error
	})
	d.Findings = append([]finding.Finding{cause}, d.Findings...)
	d.sort()
}
