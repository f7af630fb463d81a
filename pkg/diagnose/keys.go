package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// TokenKeys are the public keys that can verify the token.
type TokenKeys struct {
	Set *keyset.KeySet
	// Whose names the publisher in a relative clause.
	Whose finding.Text
	// OfIssuer: the token's issuer publishes the keys, and not the cluster.
	OfIssuer bool
	// Others is the reason why further keys may exist; zero if the set is complete.
	Others finding.Text
	// Unread is the reason why the keys were not read; zero if Set has them.
	Unread finding.Text
}

// Keys are those of the token's issuer.
func (c *Case) Keys() TokenKeys { return c.keys.or(c.findKeys) }

func (c *Case) findKeys() TokenKeys {
	iss := c.Token().Issuer()
	named, kind, own := c.Issuer.Value, c.Token().Kind, c.Cluster.Value.Keys
	switch byIssuer := c.Issuer.Known() && named.Discovery.Known() && named.Discovery.Value.Issuer == iss && iss != ""; {
	case byIssuer && !named.Keys.Known():
		return TokenKeys{Unread: finding.T("the keys of the token's issuer could not be read: %s", named.Keys.Reason())}
	case byIssuer:
		return TokenKeys{Set: named.Keys.Value, Whose: finding.T("the token's issuer publishes"), OfIssuer: true}
	case kind != token.KindServiceAccount && kind != token.KindLegacyServiceAccount:
		return TokenKeys{Unread: finding.T("the keys of the token's issuer were not read. --issuer-url reads them")}
	case !c.Cluster.Known():
		return TokenKeys{Unread: finding.T("the cluster's keys could not be read: %s", c.Cluster.Reason())}
	case !own.Known():
		return TokenKeys{Unread: finding.T("the cluster's keys could not be read: %s", own.Reason())}
	}
	keys := TokenKeys{Set: own.Value, Whose: finding.T("the cluster publishes")}
	// The cluster publishes the keys of all its ServiceAccount issuers. A token like one
	// of a ServiceAccount may also be another cluster's, which is an OIDC issuer here.
	if ours, _ := c.IsOwnIssuer(iss); !ours && iss != LegacyIssuer {
		keys.Others = finding.T("the cluster is not known to issue tokens as %q", finding.Issuer.Of(iss))
	} else if !c.ServerBefore(1, 32) && slices.ContainsFunc(keys.Set.Keys, func(k keyset.Key) bool { return !k.IsKubernetes() }) {
		keys.Others = finding.T("the published key IDs indicate an external signer, which may also have unpublished keys")
	}
	return keys
}

// PastSignature reports whether the server named a fault that it meets only after it has
// verified the signature.
func (c *Case) PastSignature() bool { return slices.ContainsFunc(c.Refusals(), c.behindSignature) }

func (c *Case) behindSignature(reason errortext.Reason) bool {
	for _, id := range reason.IDs {
		switch id {
		case finding.SigningKeyUnknown, finding.SignatureInvalid, finding.AlgorithmNotAccepted, finding.KeySetInvalid,
			finding.JWKSUnreachable, finding.OIDCNotInitialized:
			return false
		case finding.MalformedJWT, finding.IssuerNotTrusted, finding.AudienceMismatch, finding.TokenExpired, finding.TokenNotYetValid:
			// go-oidc looked at these before the signature until Kubernetes 1.36 came with 2.5.
			if reason.Stage == errortext.OIDC && !c.ServerAtLeast(1, 36) {
				return false
			}
		}
	}
	switch reason.Stage {
	case errortext.ServiceAccount, errortext.LegacyServiceAccount:
		return true
	case errortext.OIDC:
		return len(reason.IDs) > 0 && reason.IDs[0] != finding.CredentialRejected
	}
	return false
}

// PastAudience reports whether the server named a fault that it meets only after it has checked the
// audience.
func (c *Case) PastAudience() bool { return slices.ContainsFunc(c.Refusals(), c.behindAudience) }

func (c *Case) behindAudience(reason errortext.Reason) bool {
	for _, id := range reason.IDs {
		switch id {
		case finding.MalformedJWT, finding.IssuerNotTrusted, finding.AudienceMismatch, finding.OIDCNotInitialized, finding.CredentialRejected:
			return false
		case finding.SigningKeyUnknown, finding.SignatureInvalid, finding.AlgorithmNotAccepted, finding.KeySetInvalid, finding.JWKSUnreachable:
			// Only go-oidc before 2.5 checks the audience before the signature.
			return reason.Stage == errortext.OIDC && c.ServerBefore(1, 36)
		}
	}
	return len(reason.IDs) > 0 && takesUp(reason)
}

// SameWordsForKeyAndSignature reports whether the error message fits both an unknown key and a changed ServiceAccount token:
// before Kubernetes 1.31, an API server tries all its keys.
func (c *Case) SameWordsForKeyAndSignature() bool {
	r, alone, suspected := c.ServerNames(finding.SigningKeyUnknown)
	return suspected && !alone && r.Stage == errortext.ServiceAccount && c.ServerBefore(1, 31)
}

// ServerAtLeast reports whether the server is known to be of that release or a later one.
func (c *Case) ServerAtLeast(major, minor int) bool {
	gotMajor, gotMinor, ok := c.release()
	return ok && (gotMajor > major || gotMajor == major && gotMinor >= minor)
}

// ServerBefore reports whether the server is known to be of an earlier release.
func (c *Case) ServerBefore(major, minor int) bool {
	_, _, ok := c.release()
	return ok && !c.ServerAtLeast(major, minor)
}

// release is the server's: 1 and 36 of v1.36.3, whatever a vendor adds.
func (c *Case) release() (major, minor int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(c.Server.Version.Value, "v"), ".", 3)
	if !c.Server.Version.Known() || len(parts) < 2 {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(strings.TrimSuffix(parts[1], "+"))
	return major, minor, errMajor == nil && errMinor == nil
}

// HasKey reports whether the key set contains a key with that ID.
func HasKey(keys *keyset.KeySet, kid string) bool {
	return slices.ContainsFunc(keys.Keys, func(k keyset.Key) bool { return k.ID == kid })
}
