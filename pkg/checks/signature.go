package checks

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// The signature is verified here with the public keys of the token's issuer, where they
// can be read. What they say of it may be narrower than that it does not match.
var signature = Check{
	ID:        "signature",
	Title:     "the signature matches the key",
	Reference: "RFC 7515 section 5.2",
	Finds:     []finding.ID{finding.SignatureInvalid, finding.TokenTruncated, finding.AlgorithmNotAccepted},
	Applies:   (*Case).IsVerifiable,
	Run: func(e *Case) Result {
		is := e.Signature()
		keys := e.Keys()
		reason, _, _ := e.ServerNames(finding.SignatureInvalid)
		broken := func(id finding.ID, certainty finding.Certainty, detail string) Result {
			f := finding.New(id, certainty, detail)
			if is.Here.Verdict == keyset.SignatureInvalid {
				f = f.See("verified here, with the keys that "+keys.Whose, "does not match")
			}
			return report(seeReason(f, reason).Do("Take the token again from where it was issued. If fresh tokens fail too, now and then, compare the signing keys of the control-plane nodes.", again(e, "verify --from-cluster")))
		}
		const invalid = "the key that the token names is there, and the signature does not match it: the token was changed after it was signed, or another key goes by that name"
		switch is.State {
		case diagnose.SignatureVerifiedByServer:
			return pass("the server verified it")
		case diagnose.SignatureVerified:
			return pass("verified with a key that " + keys.Whose + ", " + quote(is.Here.Key.ID))
		case diagnose.SignaturePassed:
			return pass("the server got past it")
		case diagnose.SignatureOfOtherKey:
			return broken(finding.SignatureInvalid, finding.Possible, "the signature was made with none of the keys that the cluster publishes, and "+keys.Others)
		case diagnose.SignatureCut:
			return broken(finding.TokenTruncated, finding.Proved, is.Here.Detail.String())
		case diagnose.SignatureBroken:
			return broken(finding.SignatureInvalid, finding.Proved, invalid)
		case diagnose.SignatureAlgorithmRefused:
			return broken(finding.AlgorithmNotAccepted, finding.Proved, is.Here.Detail.String())
		case diagnose.SignatureNotJudged:
			return unknown("nothing can be said of the signature: " + is.Here.Detail.String())
		case diagnose.SignatureSuspected:
			return broken(finding.SignatureInvalid, finding.Possible, invalid)
		case diagnose.SignatureWithoutKey:
			return unknown("without the key, nothing can be said of the signature")
		}
		return unknown(keys.Unread+keyOrSignature(e), finding.SignatureInvalid)
	},
}
