package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// One server may change its mind once: a token expires, an object goes, a configuration
// is read. An answer that comes back after another one is another server's.
var answersAgree = Check{
	ID:        "answers-agree",
	Title:     "consistency of answers",
	Reference: "k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go (each server has its own)",
	Finds:     []finding.ID{finding.ReplicasDisagree},
	Applies: func(c *Case) bool {
		return len(c.Subject().Attempts) > 0 || len(c.Endpoints) > 0 && c.Focus == 0
	},
	Run: func(c *Case) Result {
		if len(c.Endpoints) > 0 {
			return serversAgree(c)
		}
		return repeatsAgree(c)
	},
}

// repeatsAgree judges what was answered at the kubeconfig's address.
func repeatsAgree(c *Case) Result {
	wire, reviews := replicas.Replies(c, 0, replicas.OnTheWire), replicas.Replies(c, 0, replicas.InReview)
	most, n := max(replicas.Changes(wire), replicas.Changes(reviews)), len(wire)
	const more = "Ask more often; an answer that comes back after another one is another server's."
	switch {
	case len(replicas.Opinions(wire)) == 0 && len(replicas.Opinions(reviews)) == 0:
		return unknown(T("asked %s times, the server never gave an answer", finding.Count(n)), finding.ReplicasDisagree)
	case most == 0:
		return pass(T("identical on %s attempts", finding.Count(n)))
	case most == 1:
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "asked %s times, the server gave another answer from one moment on: it may have changed its mind, or another server may have answered", finding.Count(n))
		return report(counted(c, f).Fix(more, askAgain(c, run("kubectl authn explain")).Add("--repeat 50")))
	case webhookComesAndGoes(c, reviews):
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "asked %s times, the server did not always give the same answer: it asks a webhook, which may not always answer, or several servers do not agree", finding.Count(n))
		return report(counted(c, f))
	}
	f := prove(finding.ReplicasDisagree, "asked %s times over new connections, the address gave different answers in turn: the API servers behind it do not agree on the credential", finding.Count(n))
	return report(seeEach(counted(c, f), c.DifferingFlags()).
		Fix("Ask each API server for itself.", askAgain(c, run("kubectl authn explain")).Add("--each-server")).
		Fix("Compare the flags of all API servers, above all the keys, issuers and CAs they are given, and restart the odd one with those of the others.", compareFlags()))
}

// counted adds how often each answer came.
func counted(c *Case, f finding.Finding) finding.Finding {
	for _, count := range replicas.Counts(c) {
		f = f.SeenAt(T("%s, %s of %s", finding.Standard(count.Question), finding.Count(count.Times), finding.Count(count.Of)), count.Answer)
	}
	return f
}

// webhookComesAndGoes: a single server would answer in turn too, because of the webhook
// that it asks about the token.
func webhookComesAndGoes(c *Case, reviews []replicas.Reply) bool {
	if !c.IsToken() {
		return false
	}
	reasons := 0
	for _, a := range c.Subject().Attempts {
		for _, r := range diagnose.Refusal(a.Review) {
			reasons++
			if slices.Contains(r.IDs, finding.WebhookAuthenticatorFailed) {
				return true
			}
		}
	}
	// Whose an opaque token is, a webhook may be the one to know.
	return reasons == 0 && !slices.Contains(replicas.Opinions(reviews), replicas.Refuses) && c.Token().Kind == token.KindOpaque
}
