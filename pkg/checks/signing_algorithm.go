package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server reports a wrong algorithm like a wrong signature. The header of the token shows the difference.
var signingAlgorithm = Check{
	ID:        "signing-algorithm",
	Title:     "signing algorithm",
	Reference: "RFC 7518 section 3.1",
	Finds:     []finding.ID{finding.AlgorithmNotAccepted},
	Applies:   func(c *Case) bool { return c.HasReadableClaims() && c.Token().Header != nil },
	Run: func(c *Case) Result {
		alg := c.Token().Algorithm()
		if reason, ok := c.ServerSettles(finding.AlgorithmNotAccepted); ok {
			detail := T("the API server does not accept the algorithm %q from this issuer", finding.Standard(alg))
			if want := reason.Values["wantAlgorithms"]; want != "" {
				detail = T("the API server accepts %s from this issuer, and the token is signed with %q", finding.Standard(want), finding.Standard(alg))
			}
			return report(prove(finding.AlgorithmNotAccepted, "%s", detail).Quote(finding.Message(reason.Text)).
				Fix("Configure the issuer to sign with one of these algorithms, or ask an administrator to add the algorithm of the token to `--oidc-signing-algs`.", finding.Command{}))
		}
		if !c.IsAlgorithmRefused() {
			return pass(T("%s", finding.Standard(alg)))
		}
		return report(prove(finding.AlgorithmNotAccepted, "the header of the token has alg %q. An API server verifies with public keys only and accepts RS, PS and ES with 256, 384 or 512", finding.Standard(alg)).
			Seen("alg of the token's header", finding.Standard(alg)).
			Fix("Request the token from its issuer again. No API server accepts a token with this algorithm.", finding.Command{}))
	},
}
