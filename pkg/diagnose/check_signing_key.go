package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A key is chosen by the `kid` of the token's header.
var signingKey = Check{
	ID:        "signing-key",
	Stage:     StageSignature,
	Title:     "the server has the key that the token names",
	Reference: "RFC 7517 section 4.5; " + jwtSource,
	Finds:     []finding.ID{finding.SigningKeyUnknown},
	Applies: func(e *evidence.Evidence) bool {
		return readable(e) && e.Token().Header != nil && asymmetric[e.Token().Algorithm()]
	},
	Run: func(e *evidence.Evidence) Result {
		kid, named := e.Token().KeyID()
		keys, why, have := keysOf(e)
		reason, alone, suspected := said(e, finding.SigningKeyUnknown)
		unknownKey := func(certainty finding.Certainty, detail string) finding.Finding {
			f := finding.New(finding.SigningKeyUnknown, certainty, detail).See("kid of the token's header", short(kid))
			if have {
				f = f.See("keys that "+keys.whose, kids(keys.set))
			}
			if suspected {
				f = f.See(statusError, reason.Text)
			}
			if sameWordsForKeyAndSignature(e) {
				f = f.See("wording", "a server before Kubernetes 1.31 says the same of a changed token: the keys tell them apart")
			}
			if keys.whose == "its issuer publishes" {
				return f.Do("Log in again to get a token that is signed with a present key.", "")
			}
			return f.Do("Compare the key with those of the cluster; then get a new token of this cluster.", "kubectl authn discover")
		}
		const rotated = ": the key was rotated away, or the token is of another cluster whose issuer has the same name"
		switch {
		case alone:
			return report(unknownKey(finding.Proved, signedWith(kid)+", which the server does not have"+rotated))
		case authenticated(e), pastSignature(e):
			return pass(quote(kid))
		case suspected && named && reason.Stage == errortext.ServiceAccount && atLeast(e, 1, 31):
			// Since 1.31 the server has words of their own for a key it does not have.
			return pass(quote(kid))
		case !have:
			return unknown(why+keyOrSignature(e), finding.SigningKeyUnknown)
		case !named:
			return pass("the token names no key: the server tries all")
		case hasKey(keys.set, kid):
			return pass(quote(kid))
		case keys.others != "":
			return report(unknownKey(finding.Possible, signedWith(kid)+", which is not among those that the cluster publishes, and "+keys.others))
		}
		return report(unknownKey(finding.Proved, signedWith(kid)+", which is not among those that "+keys.whose+rotated))
	},
}
