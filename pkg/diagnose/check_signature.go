package diagnose

import (
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// The signature is verified here with the server's own public keys, where they can be
// read.
var signature = Check{
	ID:        SignatureCheck,
	Stage:     StageSignature,
	Title:     "the signature matches the key",
	Reference: "RFC 7515 section 5.2",
	Finds:     []finding.ID{finding.SignatureInvalid},
	Applies: func(e *evidence.Evidence) bool {
		return readable(e) && e.Token().Header != nil && asymmetric[e.Token().Algorithm()]
	},
	Run: func(e *evidence.Evidence) Result {
		t := e.Token()
		if authenticated(e) {
			return Result{Status: Pass, Detail: "the server verified it", Verified: true}
		}
		reason, alone, named := said(e, finding.SignatureInvalid)
		detail := "the key that the token names is there, and the signature does not match it: the token was changed after it was signed, or another key goes by that name"
		remedy := [2]string{"Take the token again from where it was issued. If fresh tokens fail too, now and then, compare the signing keys of the control-plane nodes.", again(e, "verify --from-cluster")}
		if keys, why, have := clusterKeys(e); clusterSigned(e) && have {
			switch r := keys.Signature(t); r.Verdict {
			case keyset.SignatureValid:
				return Result{Status: Pass, Detail: "verified with the cluster's key " + r.Key.ID, Verified: true}
			case keyset.SignatureInvalid:
				f := proved(finding.SignatureInvalid, detail).See("verified here, with the keys that the cluster publishes", "does not match").Do(remedy[0], remedy[1])
				if named {
					f = f.See(statusError, reason.Text)
				}
				return report(f)
			}
		} else if clusterSigned(e) && !named && !takenUp(e) {
			return unknown("the cluster's keys could not be read: "+why, finding.SignatureInvalid)
		}
		if r, ok := byIssuersKeys(e); ok {
			switch r.Verdict {
			case keyset.SignatureValid:
				return Result{Status: Pass, Detail: "verified with the issuer's key " + r.Key.ID, Verified: true}
			case keyset.SignatureInvalid:
				return report(proved(finding.SignatureInvalid, detail).See("verified here, with the keys that the issuer publishes", "does not match").Do(remedy[0], ""))
			}
		}
		switch {
		case alone:
			return report(proved(finding.SignatureInvalid, detail).See(statusError, reason.Text).Do(remedy[0], remedy[1]))
		case named:
			return report(finding.New(finding.SignatureInvalid, finding.Possible, detail).See(statusError, reason.Text).Do(remedy[0], remedy[1]))
		case takenUp(e):
			if _, unknownKey := saidAlone(e, finding.SigningKeyUnknown); unknownKey {
				return unknown("without the key, nothing can be said of the signature")
			}
			return pass("the server got past it")
		}
		return unknown("there is no key at hand to verify it with", finding.SignatureInvalid)
	},
}

// byIssuersKeys verifies the signature with the keys of the issuer that --issuer-url
// named.
func byIssuersKeys(e *evidence.Evidence) (keyset.SignatureResult, bool) {
	if !e.Issuer.Known() || !e.Issuer.Value.Keys.Known() || clusterSigned(e) {
		return keyset.SignatureResult{}, false
	}
	return e.Issuer.Value.Keys.Value.Signature(e.Token()), true
}
