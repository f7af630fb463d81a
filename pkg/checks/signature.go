package checks

import (
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// The signature is verified here with the public keys of the token's issuer, where they
// can be read. What they say of it may be narrower than that it does not match.
var signature = Check{
	ID:        "signature",
	Title:     "signature",
	Reference: "RFC 7515 section 5.2",
	Finds:     []finding.ID{finding.SignatureInvalid, finding.TokenTruncated, finding.AlgorithmNotAccepted},
	Applies:   (*Case).IsVerifiable,
	Run: func(c *Case) Result {
		is := c.Signature()
		keys := c.Keys()
		reason, _, _ := c.ServerNames(finding.SignatureInvalid)
		const invalid = "the signature does not match the key that the token names. The token was changed after it was signed, or another key has the same `kid`"
		f, faulty := map[diagnose.SignatureState]finding.Finding{
			diagnose.SignatureOfOtherKey:       finding.Found(finding.SignatureInvalid, finding.Possible, "the signature was not made with a key that the cluster publishes, and %s", keys.Others),
			diagnose.SignatureCut:              prove(finding.TokenTruncated, "%s", is.Here.Detail),
			diagnose.SignatureBroken:           prove(finding.SignatureInvalid, invalid),
			diagnose.SignatureAlgorithmRefused: prove(finding.AlgorithmNotAccepted, "%s", is.Here.Detail),
			diagnose.SignatureOfNoKey:          prove(finding.SignatureInvalid, noKeyVerifies),
			diagnose.SignatureSuspected:        finding.Found(finding.SignatureInvalid, finding.Possible, invalid),
		}[is.State]
		if faulty {
			if is.Here.Verdict == keyset.SignatureInvalid {
				f = f.SeenAt(T("verified here, with the keys that %s", keys.Whose), T("does not match"))
			}
			if isForGraph(c.Token()) {
				return report(seeReason(f, reason).SeenAt(T("header of the token"), T("has a nonce")).
					Fix("Request a token for your own application instead of Microsoft Graph, for example with `--scope api://APPLICATION/.default`, or send the ID token. A token with a `nonce` in its header is for Microsoft Graph, and only Graph can verify its signature.", finding.Command{}))
			}
			if is.State == diagnose.SignatureOfNoKey {
				f.Title = T("the API server has no key that verifies the signature")
				return report(readKeys(c, keysRead(c, seeReason(f, reason))))
			}
			return report(seeReason(f, reason).
				Fix("Copy the token again from its source, and check that nothing changed it on the way.", finding.Command{}).
				Step(c.Ask(T("If new tokens fail too, now and then, compare the signing keys of the control-plane nodes."),
					T("If new tokens fail too, now and then, ask an administrator to compare the signing keys of the control-plane nodes."), finding.Command{})))
		}
		switch is.State {
		case diagnose.SignatureVerifiedByServer:
			return pass(T("verified by the API server"))
		case diagnose.SignatureVerified:
			return pass(T("verified with the key %q, one of those that %s", finding.KeyID.Of(is.Here.Key.ID), keys.Whose))
		case diagnose.SignaturePassed:
			return pass(T("accepted by the API server, which rejected the token for another reason"))
		case diagnose.SignatureNotJudged:
			return unknown(T("the signature cannot be verified: %s", is.Here.Detail))
		case diagnose.SignatureWithoutKey:
			return unknown(T("the signature cannot be verified without the key"))
		}
		return unknown(T("%s%s", keys.Unread, keyOrSignature(c)), finding.SignatureInvalid)
	},
}

// noKeyVerifies has the readings of the one message that an API server has for them
// (k8s.io/apiserver plugin/pkg/authenticator/token/oidc, github.com/coreos/go-oidc jwks.go).
const noKeyVerifies = "no key that the API server has of the issuer verifies the signature. Either the issuer's key set lacks the key, or the API server has cached an older key set, " +
	"or the token was changed"

// readKeys adds the command that reads the issuer's keys, which show the reading, and what to do then.
func readKeys(c *Case, f finding.Finding) finding.Finding {
	if iss := c.Token().Issuer(); strings.HasPrefix(iss, "https://") && len(iss) <= longestIssuer {
		f = f.FixBy(T("Read the issuer's keys: the report then shows which reading is true."), askAgain(c, run("kubectl authn explain").Flag("--issuer-url", finding.Issuer.Of(iss))))
	}
	return logIn(c, f)
}
