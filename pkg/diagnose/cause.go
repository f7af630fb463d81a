package diagnose

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// The findings in this file belong to no check. They explain a verdict that no check explains, after all checks
// have answered.

// explainUndecided returns the finding that explains why there is no verdict.
func (d *Diagnosis) explainUndecided(c *Case) finding.Finding {
	// A credential that cannot be produced or sent precedes a missing answer of the API server.
	if !c.IsSendable() || c.IsPlainHTTP() {
		if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
			return o.Check.Stage == StageClient && (f.Severity == finding.Error || f.ID == finding.TokenNotRead)
		}); ok {
			return f
		}
	}
	if f, ok := d.first(func(o Outcome, f finding.Finding) bool {
		return o.Check.Stage == StageConnection && f.Severity == finding.Error
	}); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.ReviewNotPermitted)); ok {
		return f
	}
	if c.Simulated {
		return finding.Prove(finding.InputNotGiven, "%s", c.Subject().Wire.Reason())
	}
	detail := finding.T("the API server gave no answer that decides about the credential")
	if t := c.Token(); t != nil && !t.Sent().Possible {
		// A token of white space next to a certificate: no check has a finding on it.
		detail = finding.T("the credential cannot be sent: %s", t.Sent().Reason)
	}
	return finding.Prove(finding.APIServerError, "%s", detail).Answered(c.WireText())
}

// explainAnonymous returns the finding that explains why the API server saw no credential.
func (d *Diagnosis) explainAnonymous(c *Case) finding.Finding {
	if f, ok := d.first(keepsCredentialAway); ok {
		return f
	}
	if f, ok := d.first(isOneOf(finding.TokenHasWhitespace)); ok && f.Severity == finding.Error {
		return f
	}
	return finding.Prove(finding.AnonymousRequest, "the API server served the request as "+AnonymousUser+", and the credential does not show the reason").
		Seen("SelfSubjectReview", c.WireText())
}

// The titles of a rejection whose reason is unknown.
var (
	reasonNotShown = finding.T("the evidence does not show the reason")
	reasonNotGiven = finding.T("the API server gives clients no reason")
)

// InvalidBootstrapGroup is the title of a rejection whose reason is a group of the bootstrap token.
var InvalidBootstrapGroup = finding.T("a group of the bootstrap token is not valid")

// SaysNoReason reports whether a title says that the reason for a rejection is unknown.
func SaysNoReason(title finding.Text) bool {
	return title.Equal(reasonNotShown) || title.Equal(reasonNotGiven)
}

// credentialRejected is the finding for a rejection without a proved cause: the evidence, the remaining causes,
// and the next steps.
func (d *Diagnosis) credentialRejected(c *Case) finding.Finding {
	left := d.possible(nil)
	title, detail := reasonNotShown, finding.T("the error message does not show the reason")
	if c.DecidingText() == "" {
		title, detail = reasonNotGiven, finding.T("the API server rejected the credential without a reason")
	}
	switch n := len(left); {
	case n == 0 && c.IsToken() && c.Token().Kind == token.KindOpaque:
		detail = finding.T("the token has %s bytes and no structure. Only the API server can identify its user", finding.Count(c.Token().Raw.Len()))
	case n == 0:
		detail = finding.T("no check found a cause")
	case n == 1:
		detail = finding.T("%s. One known cause is not ruled out", detail)
	case n > 1 && c.DecidingText() == "":
		// The title has the rest.
		detail = finding.T("%s known causes are not ruled out", finding.Count(n))
	case n > 1:
		detail = finding.T("%s. %s known causes are not ruled out", detail, finding.Count(n))
	}
	if r, ok := c.Subject().Review(nil); ok && r.Answer.Known() && ReviewNamesUser(r.Answer.Value) && c.RefusedOnTheWire() {
		detail = finding.T("the API server rejected the credential in a request and accepted it in a TokenReview. Different API servers answered, or one answer came from a cache")
	}
	common := c.RefusesCallerToo()
	if common {
		detail = finding.T("the API server rejected the credential and also the caller's own credential. The reason may be what both share: the API server and the connection to it")
		if !c.ServesAnonymousRequests() {
			detail = finding.T("%s. A proxy that drops or changes the Authorization header has this effect on every credential", detail)
		}
	}
	f := finding.Prove(finding.CredentialRejected, "%s", detail)
	f.Title = title
	if text := c.DecidingText(); text != "" {
		f = f.Quote(finding.Message(text))
	}
	if w := c.Subject().Wire; w.Known() {
		f = f.Answered(c.WireText())
	}
	r, reviewed := c.Subject().Review(c.Audiences)
	switch renewal := d.renewal(); {
	case c.CallerIsSubject() && c.CallerIsRefused() && len(renewal) > 0:
		f.Remedy = append(f.Remedy, renewal...)
	case c.CallerIsSubject() && c.CallerIsRefused():
		f = c.logInAgain(f)
	case reviewed && !r.Answer.Known() && !common:
		if may, known := c.CallerMay(RequestTokens); may && known {
			f.Remedy = append(f.Remedy, renewal...)
		}
	}
	if reviewed && !r.Answer.Known() && c.IsToken() && !common {
		if c.CallerIsSubject() {
			f = f.Ask("Ask an administrator to run `kubectl authn explain -f FILE` with your kubeconfig or token. The report then shows the API server's reason.", finding.Command{})
		} else {
			f = f.Step(c.Ask(finding.T("Explain the credential again when the API server answers TokenReviews. The report then shows its reason."),
				finding.T("Ask an administrator to explain the credential. With permission to create TokenReviews, the report shows the API server's reason."), c.explainAgain()))
		}
	}
	return c.furtherSteps(f, slices.ContainsFunc(left, settledByKeys))
}

// renewal returns the fix that replaces the credential, from the first check with one.
func (d *Diagnosis) renewal() []finding.Remedy {
	for _, o := range d.Outcomes {
		if len(o.Result.Renewal) > 0 {
			return o.Result.Renewal
		}
	}
	return nil
}

// logInAgain adds how the caller gets another credential, other than a ServiceAccount token.
func (c *Case) logInAgain(f finding.Finding) finding.Finding {
	if tool := c.LoginTool(); !tool.IsZero() {
		return f.FixBy(finding.T("Log in again with the tool of the exec plugin %s, then repeat your command.", tool), finding.Command{})
	}
	if t := c.Token(); t != nil && t.Bootstrap != nil {
		return f.Ask("Ask an administrator for a new bootstrap token, and join the node with it.", finding.Command{})
	}
	return f.Fix("Log in again with the tool that wrote the kubeconfig, or ask an administrator for a new kubeconfig.", finding.Command{})
}

// Ask returns a step for an administrator, with one text for an administrator and another for other readers.
func (c *Case) Ask(do, others finding.Text, command finding.Command) finding.Remedy {
	if c.CallerIsAdministrator() {
		return finding.Remedy{Description: do, Command: command}
	}
	return finding.Remedy{Description: others, Command: command.ByOthers(), Asks: true}
}

// explainAgain is the command that explains the credential again, with more flags or as another user.
func (c *Case) explainAgain() finding.Command {
	if c.Simulated {
		return finding.Command{}
	}
	return finding.Run("kubectl authn explain").Append(c.Subject().Credential.Again)
}

// furtherSteps adds the next steps of an investigation. keys reports that the issuer's keys may help.
func (c *Case) furtherSteps(f finding.Finding, keys bool) finding.Finding {
	// The log has the same error message, but the keys may give the reason.
	if r, _, named := c.ServerNames(finding.SigningKeyUnknown); named && keys {
		if r.Stage == errortext.OIDC {
			return f.Fix("Verify the signature with the issuer's keys.", c.explainAgain().Flag("--issuer-url", finding.Issuer.Of(c.Token().Issuer())))
		}
		return f.Step(c.Ask(finding.T("Verify the signature with the cluster's keys. The ClusterRole system:service-account-issuer-discovery permits reading the keys."),
			finding.T("Ask an administrator to verify the signature with the cluster's keys, or a user with the ClusterRole system:service-account-issuer-discovery."), c.explainAgain()))
	}
	return f.Step(c.Ask(finding.T("Find the reason in the API server's log, at the time of the request."),
		finding.T("Ask an administrator for the reason in the API server's log, and tell the administrator the time of the request."), ReasonsInLog()))
}

// ReasonsInLog is the command that finds the reasons of rejections in the API server's log.
func ReasonsInLog() finding.Command {
	return finding.Run("kubectl -n kube-system logs -l component=kube-apiserver --since=10m").Pipe(finding.Run("grep").Word("Unable to authenticate")).ByOthers()
}

// RefusesCallerToo reports whether the API server rejects both the credential and the caller's own, another
// credential.
func (c *Case) RefusesCallerToo() bool {
	r, ok := c.Subject().Review(c.Audiences)
	return ok && r.Answer.Failed(evidence.Unauthenticated) && c.RefusedOnTheWire() && !c.Subject().Credential.AsCaller
}

func settledByKeys(f finding.Finding) bool {
	return f.ID == finding.SigningKeyUnknown || f.ID == finding.SignatureInvalid
}

// WireText is the answer to the SelfSubjectReview on one line.
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
