package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
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

// wellWritten reports whether nothing is wrong with the writing of the token that
// changes what the server reads: the server, too, can read it as a JWT.
func wellWritten(e *evidence.Evidence) bool {
	for _, p := range e.Token().Problems {
		if p.ID != finding.TokenHasWhitespace || spoilt(e.Token()) {
			return false
		}
	}
	// Members of the header that a JOSE library cannot read are no problem of the
	// writing; the API server drops a token with one all the same.
	return (&keyset.KeySet{}).Signature(e.Token()).Verdict != keyset.NotChecked
}
