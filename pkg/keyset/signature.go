package keyset

import (
	"slices"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// SignatureVerdict is what became of a signature.
type SignatureVerdict string

const (
	// SignatureValid: a key of the set made the signature.
	SignatureValid SignatureVerdict = "Valid"
	// KeyUnknown: the set does not have the key that the token names.
	KeyUnknown SignatureVerdict = "KeyUnknown"
	// SignatureInvalid: the key is there, and did not make the signature.
	SignatureInvalid SignatureVerdict = "Invalid"
	// AlgorithmRefused: the header says something that no verifier should accept, or
	// that does not fit the key.
	AlgorithmRefused SignatureVerdict = "AlgorithmRefused"
	// NotChecked: there is no JWT that could be verified.
	NotChecked SignatureVerdict = "NotChecked"
)

// SignatureResult is what the keys say of a token's signature, and of nothing else.
type SignatureResult struct {
	// Key is the key that verified it, or alone was meant to.
	Key     *Key
	Verdict SignatureVerdict
	// Detail says in a fragment what was found.
	Detail   finding.Text
	Findings []finding.Finding
	// Ignored are the members of the header by which the token brings its own key
	// (jwk, jku, x5c, x5u). They are never followed.
	Ignored []string
}

// Signature verifies the signature of a token, and nothing else about it.
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
		return r.conclude(NotChecked, finding.T("there is no JWT of three parts, and so no signature to verify"))
	}
	if why := refuse(t); !why.IsZero() {
		f := found(finding.AlgorithmNotAccepted, why).Seen("the token's header", finding.T("alg: %q", finding.Standard(t.Algorithm()))).
			Fix("Take the token from its issuer again; one with such a header was not meant for Kubernetes.", finding.Command{})
		return r.conclude(AlgorithmRefused, why, f)
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

// unparsable is for a token that go-jose does not read. What the token's own problems
// do not explain is a header member that the API server's go-jose trips over as well.
// Its error is not repeated: it quotes the member, which may hold a private key.
func (r SignatureResult) unparsable(t JWT) SignatureResult {
	for _, p := range t.Faults() {
		switch p.ID {
		case finding.MalformedJWT, finding.TokenPadded, finding.TokenTruncated:
			return r.conclude(NotChecked, finding.T("the token is not written as a JWT has to be, so its signature was not verified"))
		}
	}
	detail := finding.T("the header cannot be read by a JOSE library")
	if members := slices.Concat(r.Ignored, nonce(t)); len(members) > 0 {
		detail = finding.T("the header's %s cannot be read, and the API server drops a token with such a header", finding.Join(" or ", standards(members)...))
	}
	return r.conclude(NotChecked, detail, found(finding.MalformedJWT, detail))
}

func nonce(t JWT) []string {
	if _, ok := t.HeaderMember("nonce"); ok {
		return []string{"nonce"}
	}
	return nil
}

// try verifies with the keys that the token can mean.
func (ks *KeySet) try(t JWT, s signed, r SignatureResult) SignatureResult {
	kid, named := t.KeyID()
	meant := ks.meant(kid, named)
	switch {
	case len(ks.Keys) == 0:
		return ks.keyUnknown(t, s, r, finding.T("there are no keys to verify the token with"))
	case len(meant) == 0:
		return ks.keyUnknown(t, s, r, finding.T("the token is signed with the key %q, the set holds %s", finding.KeyID.Of(kid), ks.names()))
	}
	alg := t.Algorithm()
	var reserved, unfit finding.Text
	var tried []*Key
	for _, k := range meant {
		if why := k.reserved(); !why.IsZero() {
			reserved = why
			continue
		}
		if why := k.unfit(alg); !why.IsZero() {
			unfit = why
			continue
		}
		if len(tried) == maxTried {
			return ks.keyUnknown(t, s, r, finding.T("none of the first %s keys that the token may mean made the signature, and more are not tried", finding.Count(maxTried)))
		}
		if s.madeWith(k.Public) {
			r.Key = k
			if k.wrongSalt(t) {
				return ks.saltMismatch(t, r)
			}
			return r.conclude(SignatureValid, finding.Text{})
		}
		tried = append(tried, k)
	}
	switch {
	case len(tried) > 0:
		return ks.mismatch(t, tried, r)
	case !unfit.IsZero() && named && !meant[0].AnyID:
		why := finding.T("the token is signed with the key %q, which does not fit: %s", finding.KeyID.Of(kid), unfit)
		r.Key = meant[0]
		return r.conclude(AlgorithmRefused, why, ks.seeKeys(found(finding.AlgorithmNotAccepted, why), t).
			Fix("Take the token from its issuer again; if fresh tokens are the same, the issuer publishes another key under that ID than it signs with.", finding.Command{}))
	case !unfit.IsZero():
		return ks.keyUnknown(t, s, r, finding.T("no key of the set fits the token: %s", unfit))
	case ks.has(kid):
		return ks.keyUnknown(t, s, r, finding.T("the key %q is in the set and is not used: %s", finding.KeyID.Of(kid), reserved))
	}
	return ks.keyUnknown(t, s, r, finding.T("no key of the set can be used: %s", reserved))
}

// meant returns the keys that a token can mean by its kid; all where it has none. A
// key of a JWK set that has no ID is meant by no token that names one, as in the API
// server.
func (ks *KeySet) meant(kid string, named bool) (keys []*Key) {
	var nameless []*Key
	for i := range ks.Keys {
		k := &ks.Keys[i]
		switch {
		case !named, k.ID == kid, k.AnyID && k.KubernetesID == kid:
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

// keyUnknown is for a token whose key the set does not have, or has and must not use.
func (ks *KeySet) keyUnknown(t JWT, s signed, r SignatureResult, detail finding.Text) SignatureResult {
	f := ks.seeKeys(found(finding.SigningKeyUnknown, detail), t)
	if other := ks.under(s, t.Algorithm()); !other.IsZero() {
		f = f.Seen("the key that made the signature", other)
	}
	if len(r.Ignored) > 0 {
		f = f.Seen("keys that the token brings along, which prove nothing", finding.Join(", ", standards(r.Ignored)...))
	}
	f = f.Fix("Compare with the keys that are published now; a key that was rotated away takes all its tokens with it, so get a new token. A token of another cluster is for that cluster.", finding.Run("kubectl authn discover"))
	return r.conclude(KeyUnknown, detail, f)
}

// maxTried bounds how many keys are tried for one token: a set may hold thousands, of a
// size at which each takes milliseconds.
const maxTried = 100

// maxOthers bounds how many keys of another name are tried.
const maxOthers = 50

// under names the key of the set that made the signature although the token names
// another: the issuer renamed it. It still counts for nothing, in the API server too.
func (ks *KeySet) under(s signed, alg string) finding.Text {
	for i := range ks.Keys {
		k := &ks.Keys[i]
		if i == maxOthers {
			break
		}
		if !k.reserved().IsZero() || !k.unfit(alg).IsZero() {
			continue
		}
		if s.madeWith(k.Public) {
			return k.name(i)
		}
	}
	return finding.Text{}
}

// mismatch is for a token that none of the keys it can mean has signed.
func (ks *KeySet) mismatch(t JWT, tried []*Key, r SignatureResult) SignatureResult {
	kid, named := t.KeyID()
	if len(tried) == 1 {
		r.Key = tried[0]
		if have, want := len(t.Signature()), r.Key.signatureBytes(); have < want {
			detail := finding.T("the signature has %s bytes, one of %s has %s: its end is missing", finding.Count(have), ks.title(r.Key), finding.Count(want))
			return r.conclude(SignatureInvalid, detail, found(finding.TokenTruncated, detail).
				Fix("Copy the whole token again.", finding.Command{}))
		}
	}
	detail := finding.T("the signature does not match %s: the token was changed after it was signed, or another key goes by that name", ks.title(tried[0]))
	switch {
	case tried[0].AnyID && named && tried[0].KubernetesID != kid:
		detail = finding.T("none of the public keys given made the signature, and none of them is the one that Kubernetes calls %q", finding.KeyID.Of(kid))
		f := ks.seeKeys(found(finding.SigningKeyUnknown, detail), t).
			Fix("Use the public key of the cluster that issued the token, or its whole key set.", finding.Run("kubectl authn discover -o jwks"))
		return r.conclude(KeyUnknown, detail, f)
	case len(tried) > 1:
		detail = finding.T("the signature matches none of the %s keys that the token can mean: it was changed after it was signed, or its key is not among them", finding.Count(len(tried)))
	case !named:
		detail = finding.T("the signature does not match %s, the only one that the token can mean: it was changed after it was signed, or its key is not in the set", ks.title(tried[0]))
	}
	f := ks.seeKeys(found(finding.SignatureInvalid, detail), t).
		Fix("Take the token again from where it was issued. If fresh tokens fail too, the issuer signs with another key than it publishes.", finding.Command{})
	return r.conclude(SignatureInvalid, detail, f)
}

// saltMismatch is for a signature of the right key that RFC 7518 does not allow.
func (ks *KeySet) saltMismatch(t JWT, r SignatureResult) SignatureResult {
	detail := finding.T("%s made the signature, with a salt of another length than the hash of %s: RFC 7518 section 3.5 demands the same length", ks.title(r.Key), finding.Standard(t.Algorithm()))
	return r.conclude(SignatureInvalid, detail, found(finding.SignatureInvalid, detail).
		Fix("Have the issuer sign with a salt as long as the hash (for OpenSSL: -sigopt rsa_pss_saltlen:digest).", finding.Command{}))
}

// seeKeys adds which key was wanted and which are there.
func (ks *KeySet) seeKeys(f finding.Finding, t JWT) finding.Finding {
	if kid, named := t.KeyID(); named {
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

// title names a key of the set in a sentence.
func (ks *KeySet) title(k *Key) finding.Text {
	switch {
	case k.ID != "":
		return finding.T("the key %q", finding.KeyID.Of(k.ID))
	case k.AnyID:
		return finding.T("the public key of %s", k.Source)
	}
	return finding.T("a key without an ID")
}
