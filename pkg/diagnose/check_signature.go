package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// The signature is verified here with the public keys of the token's issuer, where they
// can be read. What they say of it may be narrower than that it does not match.
var signature = Check{
	ID:        SignatureCheck,
	Stage:     StageSignature,
	Title:     "the signature matches the key",
	Reference: "RFC 7515 section 5.2",
	Finds:     []finding.ID{finding.SignatureInvalid, finding.TokenTruncated, finding.AlgorithmNotAccepted},
	Applies: func(e *evidence.Evidence) bool {
		return readable(e) && e.Token().Header != nil && asymmetric[e.Token().Algorithm()]
	},
	Run: func(e *evidence.Evidence) Result {
		if authenticated(e) {
			return Result{Status: Pass, Detail: "the server verified it", Verified: true}
		}
		keys, why, have := keysOf(e)
		var here keyset.SignatureResult
		if have {
			if here = keys.set.Signature(e.Token()); here.Verdict == keyset.SignatureValid {
				return Result{Status: Pass, Detail: "verified with a key that " + keys.whose + ", " + quote(here.Key.ID), Verified: true}
			}
		}
		reason, alone, named := said(e, finding.SignatureInvalid)
		broken := func(id finding.ID, certainty finding.Certainty, detail string) Result {
			f := finding.New(id, certainty, detail)
			if here.Verdict == keyset.SignatureInvalid {
				f = f.See("verified here, with the keys that "+keys.whose, "does not match")
			}
			if named {
				f = f.See(statusError, reason.Text)
			}
			return report(f.Do("Take the token again from where it was issued. If fresh tokens fail too, now and then, compare the signing keys of the control-plane nodes.", again(e, "verify --from-cluster")))
		}
		const invalid = "the key that the token names is there, and the signature does not match it: the token was changed after it was signed, or another key goes by that name"
		switch {
		case pastSignature(e):
			return pass("the server got past it")
		case here.Verdict == keyset.SignatureInvalid && keys.others != "" && !namesKey(e):
			return broken(finding.SignatureInvalid, finding.Possible, "the signature was made with none of the keys that the cluster publishes, and "+keys.others)
		case here.Verdict == keyset.SignatureInvalid && isCut(here):
			return broken(finding.TokenTruncated, finding.Proved, here.Detail.String())
		case here.Verdict == keyset.SignatureInvalid:
			return broken(finding.SignatureInvalid, finding.Proved, invalid)
		case here.Verdict == keyset.AlgorithmRefused:
			return broken(finding.AlgorithmNotAccepted, finding.Proved, here.Detail.String())
		case alone:
			return broken(finding.SignatureInvalid, finding.Proved, invalid)
		case here.Verdict == keyset.KeyUnknown, here.Verdict == keyset.NotChecked:
			return unknown("nothing can be said of the signature: " + here.Detail.String())
		case named:
			return broken(finding.SignatureInvalid, finding.Possible, invalid)
		}
		if _, ok := saidAlone(e, finding.SigningKeyUnknown); ok {
			return unknown("without the key, nothing can be said of the signature")
		}
		return unknown(why+keyOrSignature(e), finding.SignatureInvalid)
	},
}

func namesKey(e *evidence.Evidence) bool {
	_, named := e.Token().KeyID()
	return named
}

// isCut reports whether the signature is too short for its key.
func isCut(r keyset.SignatureResult) bool {
	for _, f := range r.Findings {
		if f.ID == finding.TokenTruncated {
			return true
		}
	}
	return false
}
