package keyset

import (
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// SignatureVerdict is the result of a signature verification.
type SignatureVerdict string

const (
	// SignatureValid means that a key of the set made the signature.
	SignatureValid SignatureVerdict = "Valid"
	// KeyUnknown means that the set does not have the key that the token names.
	KeyUnknown SignatureVerdict = "KeyUnknown"
	// SignatureInvalid means that the set has the key, which did not make the signature.
	SignatureInvalid SignatureVerdict = "Invalid"
	// AlgorithmRejected means that no verifier should accept the header, or that the
	// algorithm is not compatible with the key.
	AlgorithmRejected SignatureVerdict = "AlgorithmRejected"
	// NotChecked means that the token is not a JWT that can be verified.
	NotChecked SignatureVerdict = "NotChecked"
)

// SignatureResult is the result of verifying a token's signature alone.
type SignatureResult struct {
	// Key is the key that verified the signature, or the only one that could have.
	Key     *Key
	Verdict SignatureVerdict
	// Detail is the result as a clause.
	Detail   finding.Text
	Findings []finding.Finding
	// Ignored are the header members that carry the token's own key (jwk, jku, x5c, x5u).
	// They are never trusted.
	Ignored []string
}

// Signature verifies the signature of a token, and not its claims.
func (ks *KeySet) Signature(t JWT) SignatureResult {
	r := ks.signature(t)
	if r.Verdict == SignatureValid {
		r.Detail = finding.T("verified with %s", ks.title(r.Key))
	}
	return r
}

// signature is Signature, without a Detail where the signature is valid.
func (ks *KeySet) signature(t JWT) SignatureResult {
	r := SignatureResult{Ignored: ownKeys(t)}
	if !t.HasSigningInput() || !t.HasHeader() {
		return r.conclude(NotChecked, finding.T("not a JWT of three parts, so no signature to verify"))
	}
	if why := rejectHeader(t); !why.IsZero() {
		f := found(finding.AlgorithmNotAccepted, why).Seen("the token's header", finding.T("alg: %q", finding.Standard(t.Algorithm()))).
			Fix("Request a new token from the issuer. A token with such a header was not issued for Kubernetes.", finding.Command{})
		return r.conclude(AlgorithmRejected, why, f)
	}
	s, ok := parseSigned(t)
	if !ok {
		return r.unparsable(t)
	}
	return ks.try(t, s, r)
}

func found(id finding.ID, detail finding.Text) finding.Finding {
	return finding.Found(id, finding.Proved, "%s", detail)
}

func (r SignatureResult) conclude(v SignatureVerdict, detail finding.Text, findings ...finding.Finding) SignatureResult {
	r.Verdict, r.Detail, r.Findings = v, detail, append(r.Findings, findings...)
	return r
}

// unparsable is the result for a token that go-jose cannot read. If the token's own faults do
// not explain that, a header member does, and the API server's go-jose fails as well.
// go-jose's error is not repeated: it quotes the member, which may hold a private key.
func (r SignatureResult) unparsable(t JWT) SignatureResult {
	for _, p := range t.Faults() {
		switch p.ID {
		case finding.MalformedJWT, finding.TokenPadded, finding.TokenTruncated:
			return r.conclude(NotChecked, finding.T("the token is not correctly encoded as a JWT, so its signature was not verified"))
		}
	}
	detail := finding.T("the header cannot be read by a JOSE library")
	if members := slices.Concat(r.Ignored, nonce(t)); len(members) > 0 {
		detail = finding.T("the header's %s cannot be read, and the API server rejects a token with such a header", finding.Join(" or ", standards(members)...))
	}
	return r.conclude(NotChecked, detail, found(finding.MalformedJWT, detail))
}

// IsForGraph reports whether a token is an access token of Entra for Microsoft Graph. Its signature is over the hash
// of the nonce in the header, so that only Graph verifies the token.
func IsForGraph(t JWT) bool {
	iss := t.Issuer()
	return len(nonce(t)) > 0 && (strings.HasPrefix(iss, "https://sts.windows.net/") || strings.HasPrefix(iss, "https://login.microsoftonline.") || strings.HasPrefix(iss, "https://sts.chinacloudapi.cn/"))
}

func nonce(t JWT) []string {
	if _, ok := t.HeaderMember("nonce"); ok {
		return []string{"nonce"}
	}
	return nil
}

// try verifies with the candidate keys.
func (ks *KeySet) try(t JWT, s signed, r SignatureResult) SignatureResult {
	kid, hasKid := t.KeyID()
	candidates := ks.candidates(kid, hasKid)
	switch {
	case len(ks.Keys) == 0:
		return ks.keyUnknown(t, s, r, finding.T("the key set is empty"))
	case len(candidates) == 0:
		return ks.keyUnknown(t, s, r, finding.T("the token names the signing key %q, and the key set has %s", finding.KeyID.Of(kid), ks.names()))
	}
	alg := t.Algorithm()
	var unusable, incompatible finding.Text
	var tried []*Key
	for _, k := range candidates {
		if why := k.unusableReason(); !why.IsZero() {
			unusable = why
			continue
		}
		if why := k.incompatibility(alg); !why.IsZero() {
			incompatible = why
			continue
		}
		if len(tried) == maxTried {
			return ks.keyUnknown(t, s, r, finding.T("none of the first %s candidate keys made the signature, and more are not tried", finding.Count(maxTried)))
		}
		if s.madeWith(k.Public) {
			r.Key = k
			if k.hasWrongSalt(t) {
				return ks.saltMismatch(t, r)
			}
			return r.conclude(SignatureValid, finding.Text{})
		}
		tried = append(tried, k)
	}
	switch {
	case len(tried) > 0:
		return ks.mismatch(t, tried, r)
	case !incompatible.IsZero() && hasKid && !candidates[0].AnyID:
		why := finding.T("the signing key %q does not fit the token: %s", finding.KeyID.Of(kid), incompatible)
		r.Key = candidates[0]
		return r.conclude(AlgorithmRejected, why, ks.seeKeys(found(finding.AlgorithmNotAccepted, why), t).
			Fix("Request a new token from the issuer. If new tokens fail too, the issuer signs with another key than the one that it publishes under that kid.", finding.Command{}))
	case !incompatible.IsZero():
		return ks.keyUnknown(t, s, r, finding.T("no key of the set fits the token: %s", incompatible))
	case ks.has(kid):
		return ks.keyUnknown(t, s, r, finding.T("the key %q of the set cannot be used: %s", finding.KeyID.Of(kid), unusable))
	}
	return ks.keyUnknown(t, s, r, finding.T("no key of the set can be used: %s", unusable))
}

// candidates returns the keys that may have signed a token with the kid; all keys if the token
// has none. As in the API server, a key without an ID in a JWK set is no candidate for a kid.
func (ks *KeySet) candidates(kid string, hasKid bool) (keys []*Key) {
	var nameless []*Key
	for i := range ks.Keys {
		k := &ks.Keys[i]
		switch {
		case !hasKid, k.ID == kid, k.AnyID && k.KubernetesID == kid:
			keys = append(keys, k)
		case k.AnyID:
			nameless = append(nameless, k)
		}
	}
	if len(keys) == 0 {
		return nameless
	}
	return keys
}

// keyUnknown is the result for a token whose key is missing from the set or must not be used.
func (ks *KeySet) keyUnknown(t JWT, s signed, r SignatureResult, detail finding.Text) SignatureResult {
	f := ks.seeKeys(found(finding.SigningKeyUnknown, detail), t)
	if other := ks.signer(s, t.Algorithm()); !other.IsZero() {
		f = f.Seen("the key that made the signature", other)
	}
	if len(r.Ignored) > 0 {
		f = f.Seen("keys in the token's own header, which prove nothing", finding.Join(", ", standards(r.Ignored)...))
	}
	f = f.Fix("Compare the token's kid with the keys that are published now. If its key was removed, request a new token. If the token is from another cluster, use it there.", finding.Run("kubectl authn discover"))
	return r.conclude(KeyUnknown, detail, f)
}

// maxTried bounds how many keys are tried for one token: a set may have thousands, and a
// large one takes milliseconds.
const maxTried = 100

// maxOthers bounds how many keys with another kid are tried.
const maxOthers = 50

// signer returns the name of the key that made the signature although the token names
// another kid. Like the API server, this package still does not accept the token.
func (ks *KeySet) signer(s signed, alg string) finding.Text {
	for i := range ks.Keys {
		k := &ks.Keys[i]
		if i == maxOthers {
			break
		}
		if !k.unusableReason().IsZero() || !k.incompatibility(alg).IsZero() {
			continue
		}
		if s.madeWith(k.Public) {
			return k.name(i)
		}
	}
	return finding.Text{}
}

// mismatch is the result for a token that no candidate key has signed.
func (ks *KeySet) mismatch(t JWT, tried []*Key, r SignatureResult) SignatureResult {
	kid, hasKid := t.KeyID()
	if len(tried) == 1 {
		r.Key = tried[0]
		if have, want := len(t.Signature()), r.Key.signatureBytes(); have < want {
			detail := finding.T("the end of the signature is missing: it has %s bytes, and a signature by %s has %s", finding.Count(have), ks.title(r.Key), finding.Count(want))
			return r.conclude(SignatureInvalid, detail, found(finding.TokenTruncated, detail).
				Fix("Copy the whole token again.", finding.Command{}))
		}
	}
	detail := finding.T("the signature does not match %s: the token was changed after it was signed, or another key has the same kid", ks.title(tried[0]))
	switch {
	case IsForGraph(t):
		detail = finding.T("the signature does not match %s. The header has a nonce, as access tokens for Microsoft Graph have, and only Graph can verify their signature", ks.title(tried[0]))
		f := ks.seeKeys(found(finding.SignatureInvalid, detail), t).
			Fix("Request a token for your own application instead of Microsoft Graph, or use the ID token.", finding.Command{})
		return r.conclude(SignatureInvalid, detail, f)
	case tried[0].AnyID && hasKid && tried[0].KubernetesID != kid:
		detail = finding.T("none of the given public keys made the signature, and none of them has the Kubernetes kid %q", finding.KeyID.Of(kid))
		f := ks.seeKeys(found(finding.SigningKeyUnknown, detail), t).
			Fix("Use the public key of the cluster that issued the token, or its whole key set.", finding.Run("kubectl authn discover -o jwks"))
		return r.conclude(KeyUnknown, detail, f)
	case len(tried) > 1:
		detail = finding.T("the signature matches none of the %s candidate keys: the token was changed after it was signed, or its key is missing from the set", finding.Count(len(tried)))
	case !hasKid:
		detail = finding.T("the signature does not match %s, the only candidate: the token was changed after it was signed, or its key is missing from the set", ks.title(tried[0]))
	}
	f := ks.seeKeys(found(finding.SignatureInvalid, detail), t).
		Fix("Copy the token again from its source, or request a new one. If new tokens fail too, the issuer signs with another key than it publishes.", finding.Command{})
	return r.conclude(SignatureInvalid, detail, f)
}

// saltMismatch is the result for a signature by the right key with a salt that RFC 7518 does not allow.
func (ks *KeySet) saltMismatch(t JWT, r SignatureResult) SignatureResult {
	detail := finding.T("%s made the signature, but the salt is not as long as the hash of %s, which RFC 7518 section 3.5 requires", ks.title(r.Key), finding.Standard(t.Algorithm()))
	return r.conclude(SignatureInvalid, detail, found(finding.SignatureInvalid, detail).
		Fix("Configure the issuer to sign with a salt as long as the hash (for OpenSSL: -sigopt rsa_pss_saltlen:digest).", finding.Command{}))
}

// seeKeys adds the token's kid and the IDs in the set as evidence.
func (ks *KeySet) seeKeys(f finding.Finding, t JWT) finding.Finding {
	if kid, hasKid := t.KeyID(); hasKid {
		f = f.Seen("the token's header", finding.T("kid: %q", finding.KeyID.Of(kid)))
	} else {
		f = f.Seen("the token's header", finding.T("no kid"))
	}
	source := finding.T("the keys")
	if !ks.Source.IsZero() {
		source = finding.T("the keys of %s", ks.Source)
	}
	return f.SeenAt(source, ks.names())
}

// names lists the IDs of the keys.
func (ks *KeySet) names() finding.Text {
	ids := make([]finding.Value, 0, len(ks.Keys))
	nameless := 0
	for i := range ks.Keys {
		switch k := &ks.Keys[i]; {
		case k.ID != "":
			ids = append(ids, finding.KeyID.Of(k.ID))
		case k.AnyID && k.KubernetesID != "":
			ids = append(ids, finding.KeyID.Of(k.KubernetesID))
		default:
			nameless++
		}
	}
	switch {
	case nameless == 0:
		return listed(ids...)
	case len(ids) == 0:
		return finding.T("%s without an ID", finding.Count(nameless))
	}
	return finding.T("%s and %s without an ID", listed(ids...), finding.Count(nameless))
}

func (ks *KeySet) has(kid string) bool {
	return slices.ContainsFunc(ks.Keys, func(k Key) bool { return k.ID == kid })
}

// title returns the name of a key of the set for a sentence, with its article.
func (ks *KeySet) title(k *Key) finding.Text {
	switch {
	case k.ID != "":
		return finding.T("the key %q", finding.KeyID.Of(k.ID))
	case k.AnyID:
		return finding.T("the public key of %s", k.Source)
	}
	return finding.T("a key without an ID")
}
