package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A token may be bound to a Secret, to be revoked with it.
var boundSecret = Check{
	ID:        "bound-secret",
	Stage:     StageObjects,
	Title:     "the Secret that the token is bound to is there",
	Reference: claimsSource,
	Finds:     []finding.ID{finding.BoundSecretDeleted, finding.BoundSecretRecreated},
	Applies:   func(e *evidence.Evidence) bool { return boundToken(e) && e.Token().ServiceAccount().Secret != nil },
	Run: func(e *evidence.Evidence) Result {
		sa := e.Token().ServiceAccount()
		s := e.Subject().Secret
		return binding{
			kind: "Secret", namespace: sa.Namespace, name: sa.Secret.Name, uid: sa.Secret.UID,
			fact:    evidence.Fact[evidence.Object]{State: s.State, Value: s.Value.Object, Failure: s.Failure, Why: s.Why, Source: s.Source},
			deleted: finding.BoundSecretDeleted, recreated: finding.BoundSecretRecreated,
			remedy:  "The token was revoked with its Secret; get a new one.",
			command: mintAnew(e),
		}.judge(e)
	},
}
