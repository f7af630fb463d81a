package diagnose

import (
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
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
