package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Diagnosis is the result for one subject.
type Diagnosis struct {
	Subject   *evidence.Subject
	Verdict   Verdict
	DecidedBy DecidedBy
	// User is the identity that the API server assigns; only if the credential is accepted.
	User *token.Identity
	// AcceptedFor are the requested audiences for which the API server accepts the credential.
	AcceptedFor []string
	// Cause is the ID of the finding that explains the verdict; empty if the verdict is Accepted.
	Cause finding.ID
	// Findings are all findings, the cause first.
	Findings []finding.Finding
	Outcomes []Outcome
	// SignatureVerified reports that the API server or a published key verified the token's signature.
	SignatureVerified bool
}

// Run judges the subject in focus. All checks that apply run, because an API server stops at the first fault
// and hides the others.
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
			// A replica accepts the credential, so the other replica's reason is no fault of the credential.
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

// Findings judges a credential without a server, from its content alone.
func Findings(c *Case, checks []Check) []finding.Finding {
	return certain(found(Answers(c, checks)))
}

// found returns the findings of all checks, in the order of the checks.
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

// forReader adapts each remedy to the permissions of the caller.
func (d *Diagnosis) forReader(c *Case) {
	for i, f := range d.Findings {
		d.Findings[i] = c.forReader(f)
	}
}

// accept turns errors into warnings, because an accepted credential has no errors, and drops the possible
// findings, which the API server has disproved.
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

// sort orders the findings after the cause: certain before possible, then by severity, then in the API
// server's order.
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

// explain returns the finding that explains a verdict other than Accepted.
func (d *Diagnosis) explain(c *Case) finding.Finding {
	if f, ok := d.first(isOneOf(finding.ReplicasDisagree)); ok && c.attemptsDisagree() {
		// Some replicas accept the credential, so the difference is the cause.
		return f
	}
	switch d.Verdict {
	case Undecided:
		return d.explainUndecided(c)
	case Anonymous:
		return d.explainAnonymous(c)
	}
	if d.DecidedBy == ByInference || c.AcceptedForOtherAudiences() {
		// The API server authenticates the token, so only the audience remains.
		if f, ok := d.first(isOneOf(finding.AudienceMismatch)); ok {
			return f
		}
	}
	if c.DecidingText() != "" {
		// A fault that the error message does not mean is no explanation, even if it is true.
		if f, ok := d.byErrorMessage(c); ok {
			return f
		}
		return d.credentialRejected(c)
	}
	refuses := func(o Outcome, f finding.Finding) bool {
		// If the API server serves anonymous requests, a 401 proves that a credential arrived.
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

// first returns the first suitable certain finding, in the order of the checks.
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

// LeavesNoCredential reports whether no credential reaches the server with that finding.
func LeavesNoCredential(id finding.ID) bool { return slices.Contains(withoutCredential, id) }

var withoutCredential = []finding.ID{
	finding.NoCredential, finding.EmptyBearerToken, finding.PlainHTTPServer, finding.BasicAuthUnsupported, finding.KubeconfigInvalid,
	finding.AuthProviderRemoved, finding.ClientCertificateNotRequested, finding.CredentialStripped,
}

// keepsCredentialAway reports whether no usable credential reaches the server with that finding. A
// certificate without a common name reaches the server, which serves the request as anonymous or rejects the
// certificate in the front proxy's authenticator.
func keepsCredentialAway(_ Outcome, f finding.Finding) bool {
	return LeavesNoCredential(f.ID) || f.ID == finding.CertificateWithoutCommonName
}

// written are the faults of a token that every authenticator ignores without a message, so that the token
// reaches a webhook.
var written = []finding.ID{
	finding.TokenHasWhitespace, finding.AuthorizationSchemePasted, finding.TokenBase64Wrapped, finding.TokenTruncated,
	finding.TokenPadded, finding.MalformedJWT, finding.EncryptedToken, finding.BootstrapTokenNotFound,
	finding.BootstrapTokenSecretMismatch, finding.BootstrapTokenExpired, finding.BootstrapTokenNotForAuthentication,
	finding.AWSIAMTokenExpired,
}

// byErrorMessage chooses the cause by the API server's messages, in their order. Among the findings that a
// message may indicate, the cause is the first that the evidence proves, or the only one that the evidence
// does not disprove.
func (d *Diagnosis) byErrorMessage(c *Case) (finding.Finding, bool) {
	text := c.DecidingText()
	if !TakenUpIn(text) {
		// A webhook judges every token that the authenticators ignored. The reason why they ignored it is the
		// narrower explanation.
		if f, ok := d.first(func(_ Outcome, f finding.Finding) bool {
			return f.Severity == finding.Error && slices.Contains(written, f.ID)
		}); ok {
			return f.Quote(finding.Message(text)), true
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
			// A stale key cache is a warning, because it expires, but also a reason for a rejection.
			return (f.Severity == finding.Error || f.ID == finding.OIDCKeyCacheStale) && (slices.Contains(reason.IDs, f.ID) || isNarrower(f.ID, reason.IDs))
		}); ok {
			return f, true
		}
		switch {
		case len(reason.IDs) == 1:
			return d.provedByMessage(reason), true
		case reason.Stage == errortext.Bearer:
			// `invalid bearer token` has more readings than there are checks.
			continue
		}
		if f, ok := d.byElimination(reason.IDs); ok {
			return f.Quote(finding.Message(reason.Text)), true
		}
	}
	return finding.Finding{}, false
}

// isNarrower reports whether id says in which way a token is malformed, which a message calls only malformed.
func isNarrower(id finding.ID, than []finding.ID) bool {
	return slices.Contains(than, finding.MalformedJWT) && slices.Contains(written, id)
}

// provedByMessage returns the finding that a message proves alone: the finding of a check, or a new one if no
// check has it, because errortext knows more messages than the checks.
func (d *Diagnosis) provedByMessage(reason errortext.Reason) finding.Finding {
	for _, f := range found(d.Outcomes) {
		if f.ID == reason.IDs[0] && !f.Explains() {
			f.Certainty = finding.Proved
			return f.Quote(finding.Message(reason.Text))
		}
	}
	return finding.Prove(reason.IDs[0], "the API server answers: %s", finding.Message(reason.Text)).Quote(finding.Message(reason.Text))
}

// possible returns the errors that the evidence neither proves nor disproves, among the given IDs or among
// all.
func (d *Diagnosis) possible(of []finding.ID) []finding.Finding {
	return slices.DeleteFunc(found(d.Outcomes), func(f finding.Finding) bool {
		return f.Explains() || f.Severity != finding.Error || of != nil && !slices.Contains(of, f.ID)
	})
}

// byElimination returns the only remaining explanation, among the given IDs or among all. There is none if a
// check that could find another explanation has no answer.
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
	return f.RuleOut(finding.Join("; ", out...)), true
}

// Meaning returns the findings from the TokenReviews in the evidence and from the token itself.
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
			// No check explains the answer, as in cause.go.
			cause = finding.Prove(finding.AnonymousRequest, "the server found no token in the review")
		}
	default:
		if cause, explained = d.byErrorMessage(c); !explained {
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
