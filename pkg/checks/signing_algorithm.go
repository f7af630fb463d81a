package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// signOtherwise is the fix for a token with an algorithm that no API server accepts.
func signOtherwise(c *Case, alg string) finding.Text {
	if c.Token().Kind == token.KindJWT && (strings.HasPrefix(alg, "HS") || strings.HasPrefix(alg, "Ed")) {
		return otherAlgorithm(c, alg)
	}
	return T("Request the token from its issuer again. No API server accepts a token with this algorithm.")
}

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
				FixBy(otherAlgorithm(c, alg), finding.Command{}))
		}
		if !c.IsAlgorithmRefused() {
			return pass(T("%s", finding.Standard(alg)))
		}
		return report(prove(finding.AlgorithmNotAccepted, "the header of the token has alg %q. An API server verifies with public keys only and accepts RS, PS and ES with 256, 384 or 512", finding.Standard(alg)).
			Seen("alg of the token's header", finding.Standard(alg)).
			FixBy(signOtherwise(c, alg), finding.Command{}))
	},
}
