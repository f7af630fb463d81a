package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token webhook is asked last, and gets every token that the others refused.
var webhook = Check{
	ID:        "webhook",
	Stage:     StagePolicy,
	Title:     "no webhook authenticator stands in the way",
	Reference: "k8s.io/apiserver plugin/pkg/authenticator/token/webhook/webhook.go",
	Finds:     []finding.ID{finding.WebhookAuthenticatorFailed, finding.WebhookRejected},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Credential.IsToken() },
	Run: func(e *evidence.Evidence) Result {
		if authenticated(e) {
			return pass("")
		}
		var findings []finding.Finding
		if reason, ok := saidAlone(e, finding.WebhookAuthenticatorFailed); ok {
			findings = append(findings, proved(finding.WebhookAuthenticatorFailed, "the API server could not ask its token webhook").See(statusError, reason.Text).
				Do("See that the webhook runs, and that the API server reaches it and trusts its certificate. Every token that no other authenticator takes fails meanwhile.", ""))
		}
		if words := unknownWords(e); words != "" {
			findings = append(findings, finding.New(finding.WebhookRejected, finding.Eliminated, "the API server passes on words that are none of its own, as it does with the reason of a token webhook").
				See(statusError, words).See("ruled out, because", "no authenticator of the API server uses these words").
				Do("Ask whoever runs the webhook authenticator; its log has the reason.", ""))
		}
		if len(findings) > 0 {
			return report(findings...)
		}
		return pass("")
	},
}

// unknownWords is a message in the server's text that no API server is known to give.
func unknownWords(e *evidence.Evidence) string {
	for _, r := range errortext.Parse(decidingText(e)) {
		if r.Stage == errortext.Unknown && r.Text != "" {
			return r.Text
		}
	}
	return ""
}
