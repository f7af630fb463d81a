package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// A key is chosen by the `kid` of the token's header.
var signingKey = Check{
	ID:        "signing-key",
	Title:     "signing key",
	Reference: "RFC 7517 section 4.5; " + jwtSource,
	Finds:     []finding.ID{finding.SigningKeyUnknown},
	Applies:   (*Case).IsVerifiable,
	Run: func(c *Case) Result {
		kid, _ := c.Token().KeyID()
		keys := c.Keys()
		reason, _, _ := c.ServerNames(finding.SigningKeyUnknown)
		unknownKey := func(certainty finding.Certainty, detail finding.Text) finding.Finding {
			f := finding.Found(finding.SigningKeyUnknown, certainty, "%s", detail).Seen("kid of the token's header", finding.KeyID.Of(kid))
			if keys.Unread.IsZero() {
				f = f.SeenAt(T("keys that %s", keys.Whose), kids(keys.Set))
			}
			f = seeReason(f, reason)
			if c.SameWordsForKeyAndSignature() {
				f = f.Seen("wording", T("a server before Kubernetes 1.31 says the same of a changed token: the keys tell them apart"))
			}
			if keys.OfIssuer {
				return f.Fix("Log in again to get a token that is signed with a present key.", finding.Command{})
			}
			return f.Fix("Compare the key with those of the cluster; then get a new token of this cluster.", run("kubectl authn discover"))
		}
		const rotated = ": the key was rotated away, or the token is of another cluster whose issuer has the same name"
		switch c.SigningKey() {
		case diagnose.KeyDenied:
			return report(unknownKey(finding.Proved, T("%s, which the server does not have%s", signedWith(kid), T(rotated))))
		case diagnose.KeyHeld, diagnose.KeyPublished:
			return pass(T("kid %q is in the key set", finding.KeyID.Of(kid)))
		case diagnose.KeysUnread:
			return unknown(T("%s%s", keys.Unread, keyOrSignature(c)), finding.SigningKeyUnknown)
		case diagnose.KeyNotNamed:
			return pass(T("no kid in the token: the API server tries all keys"))
		case diagnose.KeyMaybeUnpublished:
			return report(unknownKey(finding.Possible, T("%s, which is not among those that the cluster publishes, and %s", signedWith(kid), keys.Others)))
		}
		return report(unknownKey(finding.Proved, T("%s, which is not among those that %s%s", signedWith(kid), keys.Whose, T(rotated))))
	},
}
