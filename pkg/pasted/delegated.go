package pasted

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// reviewFailed begins the line of a component whose TokenReview failed, k8s.io/apiserver plugin/pkg/authenticator/token/webhook.
const reviewFailed = "Failed to make webhook authenticator request"

// isDelegated reports whether a component that asks the API server about each token, such as kube-rbac-proxy, logged that its own
// ServiceAccount may not ask. It logs that in the words of an API server, because it has the same authenticators.
func isDelegated(r reason) bool {
	if len(r.IDs) == 0 || r.IDs[0] != finding.ReviewNotPermitted {
		return false
	}
	_, _, isAccount := diagnose.ServiceAccountOf(r.Values["user"])
	return isAccount && (strings.Contains(r.Line, errortext.Refusal) || strings.Contains(r.Line, reviewFailed))
}

// delegated returns the lines of isDelegated in which no other authenticator explains the rejection.
func delegated(reasons []reason) map[string]bool {
	lines := map[string]bool{}
	for _, r := range reasons {
		if isDelegated(r) {
			lines[r.Line] = true
		}
	}
	for _, r := range reasons {
		if slices.Contains(authenticators, r.Stage) {
			delete(lines, r.Line)
		}
	}
	return lines
}
