package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token webhook is asked last, and gets every token that the others refused.
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
			findings = append(findings, prove(finding.WebhookAuthenticatorFailed, "the API server could not ask its token webhook").Seen(statusError, finding.Message(reason.Text)).
				Fix("See that the webhook runs, and that the API server reaches it and trusts its certificate. Every token that no other authenticator takes fails meanwhile.", finding.Command{}))
		}
		if words := unknownWords(c); words != "" {
			f := finding.Found(finding.WebhookRejected, finding.Eliminated, "the API server passes on words that are none of its own, as it does with the reason of a token webhook").Seen(statusError, finding.Message(words))
			hook, known := c.Flag(diagnose.WebhookFlag)
			if known {
				f = seen(f, hook)
			}
			if ofTheCluster(c) || known && !hook.Set() {
				// The server's own authenticator has taken it up, and may have new words, or
				// pass on those of its storage.
				f.Certainty = finding.Possible
			} else {
				f = f.Seen("ruled out, because", T("no authenticator of the API server is known to use these words"))
			}
			findings = append(findings, f.Fix("Ask whoever runs the webhook authenticator; its log has the reason.", finding.Command{}))
		}
		if len(findings) > 0 {
			return report(findings...)
		}
		if hook, ok := c.Flag(diagnose.WebhookFlag); ok && hook.Set() && c.InvalidBearerTokenOnly() && c.RefusedOnTheWire() {
			f := finding.Found(finding.WebhookRejected, finding.Possible, "the API server has a token webhook, which gets the tokens that no other authenticator takes, and may have said no without a reason")
			return report(seen(f, hook))
		}
		return pass(noDetail)
	},
}

// ofTheCluster reports whether the API server's own ServiceAccount authenticator may
// have taken the token up.
func ofTheCluster(c *Case) bool {
	if !c.IsBoundToken() && !c.IsLegacyToken() {
		return false
	}
	own, known := c.IsOwnIssuer(c.Token().Issuer())
	return !known || own || c.Token().Issuer() == diagnose.LegacyIssuer
}

// unknownWords is a message in the server's text that no API server is known to give.
func unknownWords(c *Case) string {
	for _, r := range errortext.Parse(c.DecidingText()) {
		if r.Stage == errortext.Unknown && r.Text != "" {
			return r.Text
		}
	}
	return ""
}
