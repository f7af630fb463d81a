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
				f = f.SeenAt(T("keys %s", keys.Whose), kids(keys.Set))
			}
			f = seeReason(f, reason)
			if c.SameWordsForKeyAndSignature() {
				f = f.Seen("wording", T("an API server before Kubernetes 1.31 reports a changed token with the same text. The published keys show the difference"))
			}
			if keys.OfIssuer {
				return logIn(c, f)
			}
			return replaceToken(c, f, noDetail).
				Fix("If you need this token, use it with the cluster that issued it. The keys of that cluster include the token's `kid`. This command prints the keys of the current cluster:", run("kubectl authn discover"))
		}
		const rotated = ". The key was removed in a key rotation, or the token is from another cluster with the same issuer"
		switch c.SigningKey() {
		case diagnose.KeyDenied:
			return report(unknownKey(finding.Proved, T("%s, which the API server does not have%s", signedWith(kid), T(rotated))))
		case diagnose.KeyHeld, diagnose.KeyPublished:
			return pass(T("kid %q is in the key set", finding.KeyID.Of(kid)))
		case diagnose.KeysUnread:
			if c.Signature().State == diagnose.SignatureOfNoKey {
				// The finding of the signature has this reading.
				return unknown(keys.Unread)
			}
			return unknown(T("%s%s", keys.Unread, keyOrSignature(c)), finding.SigningKeyUnknown)
		case diagnose.KeyNotNamed:
			return pass(T("no kid in the token: the API server tries all keys"))
		case diagnose.KeyMaybeUnpublished:
			return report(unknownKey(finding.Possible, T("%s, which the cluster does not publish. Also, %s", signedWith(kid), keys.Others)))
		}
		return report(unknownKey(finding.Proved, T("%s, which is not among the keys that %s%s", signedWith(kid), keys.Whose, T(rotated))))
	},
}
