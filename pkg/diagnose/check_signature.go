package diagnose

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// asymmetric are the algorithms that an API server takes from anybody.
var asymmetric = map[string]bool{
	"RS256": true, "RS384": true, "RS512": true, "PS256": true, "PS384": true, "PS512": true,
	"ES256": true, "ES384": true, "ES512": true,
}

// The server says no more of a wrong algorithm than of a wrong signature; the header
// of the token tells them apart.
var signingAlgorithm = Check{
	ID:        "signing-algorithm",
	Stage:     StageSignature,
	Title:     "the token is signed with an algorithm that the server takes",
	Reference: "RFC 7518 section 3.1",
	Finds:     []finding.ID{finding.AlgorithmNotAccepted},
	Applies:   func(e *evidence.Evidence) bool { return readable(e) && e.Token().Header != nil },
	Run: func(e *evidence.Evidence) Result {
		alg := e.Token().Algorithm()
		if reason, ok := saidAlone(e, finding.AlgorithmNotAccepted); ok {
			detail := fmt.Sprintf("the server takes another algorithm than %q from this issuer", alg)
			if want := reason.Values["wantAlgorithms"]; want != "" {
				detail = fmt.Sprintf("the server takes %s from this issuer, and the token is signed with %q", want, alg)
			}
			return report(proved(finding.AlgorithmNotAccepted, detail).See(statusError, reason.Text).
				Do("Have the issuer sign with one of these algorithms, or add the token's to --oidc-signing-algs.", ""))
		}
		if asymmetric[alg] {
			return pass(alg)
		}
		return report(proved(finding.AlgorithmNotAccepted, fmt.Sprintf("the token's header says alg %q: an API server verifies with public keys only, and takes RS, PS and ES with 256, 384 or 512", alg)).
			See("alg of the token's header", alg).
			Do("Take the token from its issuer; a token with this algorithm was never meant for an API server.", ""))
	},
}

// clusterKeys are the public keys of the cluster's ServiceAccount issuers.
func clusterKeys(e *evidence.Evidence) (*keyset.KeySet, string, bool) {
	if !e.Cluster.Known() {
		return nil, e.Cluster.Reason(), false
	}
	keys := e.Cluster.Value.Keys
	return keys.Value, keys.Reason(), keys.Known()
}

// The cluster publishes the keys of all its ServiceAccount issuers; the keys of other
// issuers are theirs to publish.
func clusterSigned(e *evidence.Evidence) bool {
	k := e.Token().Kind
	return k == token.KindServiceAccount || k == token.KindLegacyServiceAccount
}

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
		t := e.Token()
		kid, named := t.KeyID()
		keys, why, have := clusterKeys(e)
		f := finding.New(finding.SigningKeyUnknown, finding.Proved, fmt.Sprintf("the token is signed with the key %q, which the server does not have: the key was rotated away, or the token is of another cluster whose issuer has the same name", kid))
		if have {
			f = f.See("keys that the cluster publishes", kids(keys))
		}
		f = f.See("kid of the token's header", kid).
			Do("Compare the key with those of the cluster; then get a new token of this cluster.", "kubectl authn discover")
		if reason, ok := saidAlone(e, finding.SigningKeyUnknown); ok {
			return report(f.See(statusError, reason.Text))
		}
		_, _, suspected := said(e, finding.SigningKeyUnknown)
		switch {
		case authenticated(e), takenUp(e) && !suspected:
			return pass(kid)
		case !clusterSigned(e):
			return issuersKey(e)
		case !have:
			return unknown("the cluster's keys could not be read: "+why, finding.SigningKeyUnknown)
		case !named:
			return pass("the token names no key: the server tries all")
		}
		for _, k := range keys.Keys {
			if k.ID == kid {
				return pass(kid)
			}
		}
		return report(f)
	},
}

// issuersKey looks for the key among those of the issuer that --issuer-url named.
func issuersKey(e *evidence.Evidence) Result {
	if !e.Issuer.Known() || !e.Issuer.Value.Keys.Known() {
		return unknown("the keys of the token's issuer were not read; --issuer-url reads them", finding.SigningKeyUnknown)
	}
	kid, named := e.Token().KeyID()
	keys := e.Issuer.Value.Keys.Value
	if !named {
		return pass("the token names no key: the server tries all")
	}
	for _, k := range keys.Keys {
		if k.ID == kid {
			return pass(kid)
		}
	}
	return report(proved(finding.SigningKeyUnknown, fmt.Sprintf("the token is signed with the key %q, which is not among those that its issuer publishes", kid)).
		See("kid of the token's header", kid).
		See("keys of the issuer", kids(keys)).
		Do("Log in again to get a token that is signed with a present key.", ""))
}

func kids(keys *keyset.KeySet) string {
	var out []string
	for _, k := range keys.Keys {
		out = append(out, fmt.Sprintf("%q", k.ID))
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

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
