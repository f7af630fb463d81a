package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// asymmetric are the algorithms that an API server takes from anybody.
var asymmetric = map[string]bool{
	"RS256": true, "RS384": true, "RS512": true, "PS256": true, "PS384": true, "PS512": true,
	"ES256": true, "ES384": true, "ES512": true,
}

// The server says no more of a wrong algorithm than of a wrong signature; the header
// of the token tells them apart.
var signingAlgorithm = Check{
	ID:        "signing-algorithm",
	Stage:     StageSignature,
	Title:     "the token is signed with an algorithm that the server takes",
	Reference: "RFC 7518 section 3.1",
	Finds:     []finding.ID{finding.AlgorithmNotAccepted},
	Applies:   func(e *evidence.Evidence) bool { return readable(e) && e.Token().Header != nil },
	Run: func(e *evidence.Evidence) Result {
		alg := e.Token().Algorithm()
		if reason, ok := saidAlone(e, finding.AlgorithmNotAccepted); ok {
			detail := fmt.Sprintf("the server takes another algorithm than %q from this issuer", short(alg))
			if want := reason.Values["wantAlgorithms"]; want != "" {
				detail = fmt.Sprintf("the server takes %s from this issuer, and the token is signed with %q", want, short(alg))
			}
			return report(proved(finding.AlgorithmNotAccepted, detail).See(statusError, reason.Text).
				Do("Have the issuer sign with one of these algorithms, or add the token's to --oidc-signing-algs.", ""))
		}
		if asymmetric[alg] || authenticated(e) {
			// A webhook, or a token file, may take a JWT for what it likes.
			return pass(short(alg))
		}
		return report(proved(finding.AlgorithmNotAccepted, fmt.Sprintf("the token's header says alg %q: an API server verifies with public keys only, and takes RS, PS and ES with 256, 384 or 512", short(alg))).
			See("alg of the token's header", short(alg)).
			Do("Take the token from its issuer; a token with this algorithm was never meant for an API server.", ""))
	},
}
