package diagnose

import (
	"fmt"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Whose an opaque token is, only the server can say.
var opaqueToken = Check{
	ID:        "opaque-token",
	Stage:     StagePolicy,
	Title:     "the token says what it is",
	Reference: "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file",
	Finds:     []finding.ID{finding.OpaqueToken},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Credential.IsToken() && len(e.Token().Problems) == 0
	},
	Run: func(e *evidence.Evidence) Result {
		if e.Token().Kind != token.KindOpaque {
			return pass(string(e.Token().Kind))
		}
		return report(proved(finding.OpaqueToken, fmt.Sprintf("the token is %d bytes without a structure: whose it is, a static token file or a webhook of the server knows", e.Token().Raw.Len())))
	},
}
