package checks

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// One API server may change its answer once, when a token expires, an object is deleted or a configuration is
// loaded. If the first answer returns later, a second API server gave the other one.
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

// repeatsAgree compares the answers from the kubeconfig's address.
func repeatsAgree(c *Case) Result {
	wire, reviews := replicas.Replies(c, 0, replicas.OnTheWire), replicas.Replies(c, 0, replicas.InReview)
	most, n := max(replicas.Changes(wire), replicas.Changes(reviews)), len(wire)
	const more = "Repeat with more attempts. If the answers alternate, several API servers disagree."
	switch {
	case len(replicas.Opinions(wire)) == 0 && len(replicas.Opinions(reviews)) == 0:
		return unknown(T("none of %s attempts got an answer", finding.Count(n)), finding.ReplicasDisagree)
	case most == 0:
		return pass(T("identical on %s attempts", finding.Count(n)))
	case most == 1:
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "the answer changed once in %s attempts. The API server may have changed its answer, or another API server may have answered", finding.Count(n))
		return report(counted(c, f).Fix(more, askAgain(c, run("kubectl authn explain")).Add("--repeat 50")))
	case isWebhookUnsteady(c, reviews):
		f := finding.Found(finding.ReplicasDisagree, finding.Possible, "the answers alternated in %s attempts. The API server asks a webhook that may fail at times, or several API servers disagree", finding.Count(n))
		return report(counted(c, f))
	}
	f := prove(finding.ReplicasDisagree, "the answers alternated in %s attempts over new connections. The API servers behind the address disagree on the credential", finding.Count(n))
	return report(seeEach(counted(c, f), c.DifferingFlags()).
		Fix("Send the credential to each API server separately:", askAgain(c, run("kubectl authn explain")).Add("--each-server")).
		Fix(compareAndRestart, compareFlags()))
}

// compareAndRestart is the fix where API servers differ in nothing that was seen.
const compareAndRestart = "Compare the flags of all API servers: the signing keys, issuers and CAs must be the same. Correct the manifest of the one that differs; its kubelet then restarts the API server."

// counted adds how often each answer came.
func counted(c *Case, f finding.Finding) finding.Finding {
	for _, count := range replicas.Counts(c) {
		f = f.SeenAt(T("%s, %s of %s", finding.Standard(count.Question), finding.Count(count.Times), finding.Count(count.Of)), count.Answer)
	}
	return f
}

// isWebhookUnsteady reports whether a webhook that answers at times could explain alternating answers of one API server.
func isWebhookUnsteady(c *Case, reviews []replicas.Reply) bool {
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
	// A webhook may be the only authenticator of an opaque token.
	return reasons == 0 && !slices.Contains(replicas.Opinions(reviews), replicas.Refuses) && c.Token().Kind == token.KindOpaque
}
