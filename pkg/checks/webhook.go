package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The token webhook is the last authenticator and receives every token that the others did not accept.
var webhook = Check{
	ID:        "webhook",
	Title:     "webhook authenticator",
	Passed:    T("no rejection seen"),
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go",
	Finds:     []finding.ID{finding.WebhookAuthenticatorFailed, finding.WebhookRejected},
	Applies:   (*Case).IsToken,
	Run: func(c *Case) Result {
		if c.Authenticated() {
			return pass(noDetail)
		}
		var findings []finding.Finding
		if reason, ok := c.ServerSettles(finding.WebhookAuthenticatorFailed); ok {
			findings = append(findings, prove(finding.WebhookAuthenticatorFailed, "the API server got no usable answer from its token webhook").Quote(finding.Message(reason.Text)).
				Fix("Check that the webhook runs, and that the API server can reach the webhook and trusts its certificate. Until then, every token that no other authenticator accepts fails.", finding.Command{}))
		}
		if words := unknownMessage(c); words != "" {
			f := finding.Found(finding.WebhookRejected, finding.Eliminated, "the error message is not the API server's own. The API server passes on the messages of a token webhook like this").Quote(finding.Message(words))
			hook, known := c.Flag(diagnose.WebhookFlag)
			if known {
				f = seen(f, hook)
			}
			if isOfCluster(c) || known && !hook.Set() {
				// The ServiceAccount authenticator may have new messages, or pass on those of the storage.
				f.Certainty = finding.Possible
			} else {
				f = f.RuleOut(T("no authenticator of the API server is known to use this message"))
			}
			findings = append(findings, f.Fix("Ask the administrator of the webhook authenticator to look up the rejection in its log.", finding.Command{}))
		}
		if len(findings) > 0 {
			return report(findings...)
		}
		if hook, ok := c.Flag(diagnose.WebhookFlag); ok && hook.Set() && c.InvalidBearerTokenOnly() && c.RefusedOnTheWire() {
			f := finding.Found(finding.WebhookRejected, finding.Possible, "the API server asks a token webhook about tokens that no other authenticator accepts. The webhook may have rejected the token without a reason")
			return report(seen(f, hook))
		}
		return pass(noDetail)
	},
}

// isOfCluster reports whether the ServiceAccount authenticator may be responsible for the token.
func isOfCluster(c *Case) bool {
	if !c.IsBoundToken() && !c.IsLegacyToken() {
		return false
	}
	own, known := c.IsOwnIssuer(c.Token().Issuer())
	return !known || own || c.Token().Issuer() == diagnose.LegacyIssuer
}

// unknownMessage is a part of the error message that no API server is known to use.
func unknownMessage(c *Case) string {
	for _, r := range errortext.Parse(c.DecidingText()) {
		if r.Stage == errortext.Unknown && r.Text != "" {
			return r.Text
		}
	}
	return ""
}
