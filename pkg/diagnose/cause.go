package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The findings here are no check's: each says what remains where no check explains the verdict,
// which is known only when all of them have answered. A check does not know what others found.

// explainUndecided says why there is no verdict.
func (d *Diagnosis) explainUndecided(c *Case) finding.Finding {
	// What cannot be produced or sent comes before the server's silence.
	if !c.IsSendable() || c.IsPlainHTTP() {
		if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
			return o.Check.Stage == StageClient && (f.Severity == finding.Error || f.ID == finding.TokenNotRead)
		}); ok {
			return f
		}
	}
	if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
		return o.Check.Stage == StageWay && f.Severity == finding.Error
	}); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.ReviewNotPermitted)); ok {
		return f
	}
	if c.Simulated {
		return finding.Prove(finding.InputNotGiven, "%s", c.Subject().Wire.Reason())
	}
	detail := finding.T("the server gave no answer from which a verdict follows")
	if t := c.Token(); t != nil && !t.Sent().Possible {
		// White space for a token, beside a certificate: no check has a finding on it.
		detail = finding.T("the credential cannot be sent: %s", t.Sent().Reason)
	}
	return finding.Prove(finding.APIServerError, "%s", detail).Seen("SelfSubjectReview with the credential", c.WireText())
}

// explainAnonymous says why the server saw no credential.
func (d *Diagnosis) explainAnonymous(c *Case) finding.Finding {
	if f, ok := d.first(keepsCredentialAway); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.TokenHasWhitespace)); ok && f.Severity == finding.Error {
		return f
	}
	return finding.Prove(finding.AnonymousRequest, "the server served the request as "+AnonymousUser+", and what was sent does not say why").
		Seen("SelfSubjectReview", c.WireText())
}

// credentialRejected is what remains when no cause is settled: what was seen, what
// it may mean, and what would tell more.
func (c *Case) credentialRejected(left []finding.Finding) finding.Finding {
	title, detail := finding.T("the evidence does not settle why"), finding.T("the server refused the credential, and what it says does not settle why")
	if c.DecidingText() == "" {
		title, detail = finding.T("the API server tells a client no reason"), finding.T("the server says no, and nothing more, whatever its reason")
	}
	switch n := len(left); {
	case n == 1:
		detail = finding.T("%s; of what is known to cause it, %s remains possible", detail, left[0].ID)
	case n > 1:
		detail = finding.T("%s; of what is known to cause it, %s things remain possible", detail, finding.Count(n))
	}
	if r, ok := c.Subject().Review(nil); ok && r.Answer.Known() && ReviewNamesUser(r.Answer.Value) && c.RefusedOnTheWire() {
		detail = finding.T("the server refused the credential, and accepted it in a TokenReview: it is not always the same server that answers, or one of the answers came from a cache")
	}
	common := c.RefusesCallerToo()
	if common {
		detail = finding.T("the server refused the credential, and the caller's own as well: look first at what both have in common, the server and the way to it")
		if !c.ServesAnonymousRequests() {
			detail = finding.T("%s; a proxy that drops or changes the Authorization header gets this answer for everybody", detail)
		}
	}
	f := finding.Prove(finding.CredentialRejected, "%s", detail)
	f.Title = title
	if text := c.DecidingText(); text != "" {
		f = f.Seen(StatusError, finding.Message(text))
	}
	if w := c.Subject().Wire; w.Known() {
		f = f.Seen("SelfSubjectReview with the credential", c.WireText())
	}
	if r, ok := c.Subject().Review(c.Audiences); ok && !r.Answer.Known() && c.IsToken() && !common {
		if c.Subject().Credential.AsCaller && r.Answer.Failed(evidence.Unauthenticated) {
			// As long as it is refused, no command of theirs gets further.
			f = f.Fix("Have an administrator ask, as themselves: `kubectl authn explain -f FILE` also gets the server's reason, where FILE is this kubeconfig, or the token that was sent.", finding.Command{})
		} else {
			f = f.Fix("Have somebody ask who may create TokenReviews, such as an administrator: they are told the server's reason.", c.AskAgain(finding.Run("kubectl authn explain")).ByOthers())
		}
	}
	return c.furtherSteps(f, slices.ContainsFunc(left, settledByKeys))
}

// furtherSteps adds what would tell more; keys says that the issuer's keys may.
func (c *Case) furtherSteps(f finding.Finding, keys bool) finding.Finding {
	// The log says no more than the server's text does; the keys may.
	if r, _, named := c.ServerNames(finding.SigningKeyUnknown); named && keys {
		if r.Stage == errortext.OIDC {
			return f.Fix("Have the signature verified with the issuer's keys, which may settle it.", c.AskAgain(finding.Run("kubectl authn explain").Flag("--issuer-url", finding.Issuer.Of(c.Token().Issuer()))))
		}
		return f.Fix("Have the signature verified with the cluster's keys, which may settle it; who has the ClusterRole system:service-account-issuer-discovery may read them.", c.AskAgain(finding.Run("kubectl authn explain")))
	}
	return f.Fix("An administrator finds the reason of each refusal in the API server's log; tell them the time.", ReasonsInLog())
}

// ReasonsInLog is the command that finds the reasons of refusals in the API server's log.
func ReasonsInLog() finding.Command {
	return finding.Run("kubectl -n kube-system logs -l component=kube-apiserver --since=10m").Pipe(finding.Run("grep").Word("Unable to authenticate")).ByOthers()
}

// RefusesCallerToo reports whether the server takes neither the credential nor that of the
// caller, which is another one.
func (c *Case) RefusesCallerToo() bool {
	r, ok := c.Subject().Review(c.Audiences)
	return ok && r.Answer.Failed(evidence.Unauthenticated) && c.RefusedOnTheWire() && !c.Subject().Credential.AsCaller
}

func settledByKeys(f finding.Finding) bool {
	return f.ID == finding.SigningKeyUnknown || f.ID == finding.SignatureInvalid
}

// WireText is the server's answer to the SelfSubjectReview in one line.
func (c *Case) WireText() finding.Text {
	w := c.Subject().Wire
	status := finding.Count(w.Value.Status)
	switch {
	case !w.Known():
		return w.Reason()
	case w.Value.Message != "":
		return finding.T("%s %s", status, finding.Message(w.Value.Message))
	case w.Value.User != nil:
		return finding.T("%s %s", status, finding.User.Of(w.Value.User.Username).Whole())
	}
	return finding.T("%s", status)
}
