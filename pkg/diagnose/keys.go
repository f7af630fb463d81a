package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// issuerKeys are the public keys with which the token has to be verified.
type issuerKeys struct {
	set *keyset.KeySet
	// whose says in a sentence who publishes them.
	whose string
	// others says why the token may be verified with keys that are not among them; empty
	// where these are all.
	others string
}

// keysOf returns the keys for the token; why says what kept them from being read.
func keysOf(e *evidence.Evidence) (keys issuerKeys, why string, ok bool) {
	iss := e.Token().Issuer()
	if named := e.Issuer.Value; e.Issuer.Known() && named.Discovery.Known() && named.Discovery.Value.Issuer == iss && iss != "" {
		if !named.Keys.Known() {
			return keys, "the keys of the token's issuer could not be read: " + named.Keys.Reason(), false
		}
		return issuerKeys{named.Keys.Value, "its issuer publishes", ""}, "", true
	}
	kind := e.Token().Kind
	if kind != token.KindServiceAccount && kind != token.KindLegacyServiceAccount {
		return keys, "the keys of the token's issuer were not read; --issuer-url reads them", false
	}
	switch {
	case !e.Cluster.Known():
		return keys, "the cluster's keys could not be read: " + e.Cluster.Reason(), false
	case !e.Cluster.Value.Keys.Known():
		return keys, "the cluster's keys could not be read: " + e.Cluster.Value.Keys.Reason(), false
	}
	keys = issuerKeys{e.Cluster.Value.Keys.Value, "the cluster publishes", ""}
	// The cluster publishes the keys of all its ServiceAccount issuers. A token like one
	// of a ServiceAccount may also be another cluster's, which is an OIDC issuer here.
	if own, _ := ownIssuer(e, iss); !own && iss != legacyIssuer {
		keys.others = "the cluster is not known to issue tokens as " + quote(iss)
	} else if !before(e, 1, 32) && slices.ContainsFunc(keys.set.Keys, func(k keyset.Key) bool { return !k.IsKubernetes() }) {
		keys.others = "by their IDs these are keys of an external signer, which may have some that are not published"
	}
	return keys, "", true
}

// pastSignature reports whether the server named a fault that it meets only after it has
// verified the signature.
func pastSignature(e *evidence.Evidence) bool {
	for _, r := range e.Subject().Reviews {
		if !r.Answer.Known() || r.Answer.Value.Authenticated {
			continue
		}
		for _, reason := range errortext.Parse(r.Answer.Value.Error) {
			if behindSignature(e, reason) {
				return true
			}
		}
	}
	return false
}

func behindSignature(e *evidence.Evidence, reason errortext.Reason) bool {
	for _, id := range reason.IDs {
		switch id {
		case finding.SigningKeyUnknown, finding.SignatureInvalid, finding.AlgorithmNotAccepted, finding.KeySetInvalid,
			finding.JWKSUnreachable, finding.OIDCNotInitialized:
			return false
		case finding.MalformedJWT, finding.IssuerNotTrusted, finding.AudienceMismatch, finding.TokenExpired, finding.TokenNotYetValid:
			// go-oidc looked at these before the signature until Kubernetes 1.36 came with 2.5.
			if reason.Stage == errortext.OIDC && !atLeast(e, 1, 36) {
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

// sameWordsForKeyAndSignature reports whether the server spoke of a ServiceAccount token's signature, and is known to be of a
// release that tries all its keys on any token: it has the same words for a key that it does not have and for a signature that
// does not match.
func sameWordsForKeyAndSignature(e *evidence.Evidence) bool {
	r, alone, suspected := said(e, finding.SigningKeyUnknown)
	return suspected && !alone && r.Stage == errortext.ServiceAccount && before(e, 1, 31)
}

// keyOrSignature says so, behind the reason for which the keys, which would tell, were not read.
func keyOrSignature(e *evidence.Evidence) string {
	if !sameWordsForKeyAndSignature(e) {
		return ""
	}
	return "; a server before Kubernetes 1.31 says the same of a key that it does not have and of a changed token"
}

// atLeast reports whether the server is known to be of that release or a later one.
func atLeast(e *evidence.Evidence, major, minor int) bool {
	gotMajor, gotMinor, ok := release(e)
	return ok && (gotMajor > major || gotMajor == major && gotMinor >= minor)
}

// before reports whether the server is known to be of an earlier release.
func before(e *evidence.Evidence, major, minor int) bool {
	_, _, ok := release(e)
	return ok && !atLeast(e, major, minor)
}

// release is the server's: 1 and 36 of v1.36.3, whatever a vendor adds.
func release(e *evidence.Evidence) (major, minor int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(e.Server.Version.Value, "v"), ".", 3)
	if !e.Server.Version.Known() || len(parts) < 2 {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(strings.TrimSuffix(parts[1], "+"))
	return major, minor, errMajor == nil && errMinor == nil
}

func kids(keys *keyset.KeySet) string {
	ids := make([]string, 0, len(keys.Keys))
	for _, k := range keys.Keys {
		ids = append(ids, k.ID)
	}
	if len(ids) == 0 {
		return "none"
	}
	return quoted(ids)
}

func hasKey(keys *keyset.KeySet, kid string) bool {
	for _, k := range keys.Keys {
		if k.ID == kid {
			return true
		}
	}
	return false
}

func signedWith(kid string) string {
	return fmt.Sprintf("the token is signed with the key %s", quote(kid))
}
