package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token may be bound to a Secret, to be revoked with it.
var boundSecret = Check{
	ID:        "bound-secret",
	Title:     "bound Secret",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundSecretDeleted, finding.BoundSecretRecreated},
	Applies:   boundTo(diagnose.KindSecret),
	Run: func(c *Case) Result {
		o, _ := c.Object(diagnose.KindSecret)
		return binding{o, func(f finding.Finding) finding.Finding {
			return replaceToken(c, f, T("Deleting the Secret revoked the token."))
		}}.judge(c)
	},
}
