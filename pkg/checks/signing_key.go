package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A key is chosen by the `kid` of the token's header.
var signingKey = Check{
	ID:        "signing-key",
	Title:     "the server has the key that the token names",
	Reference: "RFC 7517 section 4.5; " + jwtSource,
	Finds:     []finding.ID{finding.SigningKeyUnknown},
	Applies:   (*Case).IsVerifiable,
	Run: func(e *Case) Result {
		kid, _ := e.Token().KeyID()
		keys := e.Keys()
		reason, _, _ := e.ServerNames(finding.SigningKeyUnknown)
		unknownKey := func(certainty finding.Certainty, detail string) finding.Finding {
			f := finding.New(finding.SigningKeyUnknown, certainty, detail).See("kid of the token's header", short(kid))
			if keys.Unread == "" {
				f = f.See("keys that "+keys.Whose, kids(keys.Set))
			}
			f = seeReason(f, reason)
			if e.SameWordsForKeyAndSignature() {
				f = f.See("wording", "a server before Kubernetes 1.31 says the same of a changed token: the keys tell them apart")
			}
			if keys.Whose == "its issuer publishes" {
				return f.Do("Log in again to get a token that is signed with a present key.", "")
			}
			return f.Do("Compare the key with those of the cluster; then get a new token of this cluster.", "kubectl authn discover")
		}
		const rotated = ": the key was rotated away, or the token is of another cluster whose issuer has the same name"
		switch e.SigningKey() {
		case diagnose.KeyDenied:
			return report(unknownKey(finding.Proved, signedWith(kid)+", which the server does not have"+rotated))
		case diagnose.KeyHeld, diagnose.KeyPublished:
			return pass(quote(kid))
		case diagnose.KeysUnread:
			return unknown(keys.Unread+keyOrSignature(e), finding.SigningKeyUnknown)
		case diagnose.KeyNotNamed:
			return pass("the token names no key: the server tries all")
		case diagnose.KeyMaybeUnpublished:
			return report(unknownKey(finding.Possible, signedWith(kid)+", which is not among those that the cluster publishes, and "+keys.Others))
		}
		return report(unknownKey(finding.Proved, signedWith(kid)+", which is not among those that "+keys.Whose+rotated))
	},
}
