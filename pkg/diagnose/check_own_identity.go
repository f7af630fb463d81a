package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Whoever is served without a credential is not served for its sake.
var ownIdentity = Check{
	ID:        "own-identity",
	Stage:     StageWay,
	Title:     "the server knows the request by its credential alone",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#authenticating-proxy",
	Finds:     []finding.ID{finding.IdentitySuppliedOnTheWay},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Wire.Known() && e.Anonymous.Known() },
	Run: func(e *evidence.Evidence) Result {
		if !supplied(e) {
			return pass("")
		}
		user := served(e.Anonymous).Username
		return report(proved(finding.IdentitySuppliedOnTheWay, fmt.Sprintf("a request without any credential is answered for %q too: something between here and the API server puts that identity into every request", user)).
			See("SelfSubjectReview without credentials", user).
			See("SelfSubjectReview with the credential", wireWords(e)).
			Do("Ask the API server itself, at its own address.", "kubectl config view --minify"))
	},
}

// supplied reports whether the server's answer would have been the same without the
// credential, for a named user.
func supplied(e *evidence.Evidence) bool {
	with, without := served(e.Subject().Wire), served(e.Anonymous)
	return somebody(with) && somebody(without) && with.Username == without.Username && with.UID == without.UID
}
