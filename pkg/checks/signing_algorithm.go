package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The server says no more of a wrong algorithm than of a wrong signature; the header
// of the token tells them apart.
var signingAlgorithm = Check{
	ID:        "signing-algorithm",
	Title:     "signing algorithm",
	Reference: "RFC 7518 section 3.1",
	Finds:     []finding.ID{finding.AlgorithmNotAccepted},
	Applies:   func(c *Case) bool { return c.HasReadableClaims() && c.Token().Header != nil },
	Run: func(c *Case) Result {
		alg := c.Token().Algorithm()
		if reason, ok := c.ServerSettles(finding.AlgorithmNotAccepted); ok {
			detail := T("the server takes another algorithm than %q from this issuer", finding.Standard(alg))
			if want := reason.Values["wantAlgorithms"]; want != "" {
				detail = T("the server takes %s from this issuer, and the token is signed with %q", finding.Standard(want), finding.Standard(alg))
			}
			return report(prove(finding.AlgorithmNotAccepted, "%s", detail).Seen(statusError, finding.Message(reason.Text)).
				Fix("Have the issuer sign with one of these algorithms, or add the token's to --oidc-signing-algs.", finding.Command{}))
		}
		if !c.IsAlgorithmRefused() {
			return pass(T("%s", finding.Standard(alg)))
		}
		return report(prove(finding.AlgorithmNotAccepted, "the token's header says alg %q: an API server verifies with public keys only, and takes RS, PS and ES with 256, 384 or 512", finding.Standard(alg)).
			Seen("alg of the token's header", finding.Standard(alg)).
			Fix("Take the token from its issuer; a token with this algorithm was never meant for an API server.", finding.Command{}))
	},
}
