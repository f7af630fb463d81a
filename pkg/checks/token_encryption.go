package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server cannot decrypt tokens.
var tokenEncryption = Check{
	ID:        "token-encryption",
	Title:     "token encryption",
	Passed:    T("none"),
	Reference: "RFC 7516",
	Finds:     []finding.ID{finding.EncryptedToken},
	Applies:   (*Case).IsJWT,
	Run: func(c *Case) Result {
		if !c.Token().HasProblem(finding.EncryptedToken) {
			return pass(noDetail)
		}
		return report(prove(finding.EncryptedToken, "%s", problemText(c, finding.EncryptedToken)).
			Fix("Configure the issuer to give this client signed ID tokens (JWS) without encryption, and log in again.", finding.Command{}))
	},
}
