package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server decrypts nothing.
var tokenEncryption = Check{
	ID:        "token-encryption",
	Stage:     StageWriting,
	Title:     "the token is signed, not encrypted",
	Reference: "RFC 7516",
	Finds:     []finding.ID{finding.EncryptedToken},
	Applies:   jwt,
	Run: func(e *evidence.Evidence) Result {
		if !e.Token().HasProblem(finding.EncryptedToken) {
			return pass("")
		}
		return report(proved(finding.EncryptedToken, problem(e, finding.EncryptedToken)).
			Do("Configure the issuer to hand out signed ID tokens (JWS) to this client.", ""))
	},
}

// wellWritten reports whether nothing is wrong with the writing of the token.
func wellWritten(e *evidence.Evidence) bool { return len(e.Token().Problems) == 0 }
