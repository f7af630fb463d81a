package checks

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The server says no more of a wrong algorithm than of a wrong signature; the header
// of the token tells them apart.
var signingAlgorithm = Check{
	ID:        "signing-algorithm",
	Title:     "the token is signed with an algorithm that the server takes",
	Reference: "RFC 7518 section 3.1",
	Finds:     []finding.ID{finding.AlgorithmNotAccepted},
	Applies:   func(e *Case) bool { return e.HasReadableClaims() && e.Token().Header != nil },
	Run: func(e *Case) Result {
		alg := e.Token().Algorithm()
		if reason, ok := e.ServerSettles(finding.AlgorithmNotAccepted); ok {
			detail := fmt.Sprintf("the server takes another algorithm than %q from this issuer", short(alg))
			if want := reason.Values["wantAlgorithms"]; want != "" {
				detail = fmt.Sprintf("the server takes %s from this issuer, and the token is signed with %q", want, short(alg))
			}
			return report(proved(finding.AlgorithmNotAccepted, detail).See(statusError, reason.Text).
				Do("Have the issuer sign with one of these algorithms, or add the token's to --oidc-signing-algs.", ""))
		}
		if !e.IsAlgorithmRefused() {
			return pass(short(alg))
		}
		return report(proved(finding.AlgorithmNotAccepted, fmt.Sprintf("the token's header says alg %q: an API server verifies with public keys only, and takes RS, PS and ES with 256, 384 or 512", short(alg))).
			See("alg of the token's header", short(alg)).
			Do("Take the token from its issuer; a token with this algorithm was never meant for an API server.", ""))
	},
}
