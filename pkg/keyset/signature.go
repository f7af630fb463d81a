package keyset

import (
	"fmt"
	"slices"
	"strings"

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
	Detail   string
	Findings []finding.Finding
	// Ignored are the members of the header by which the token brings its own key
	// (jwk, jku, x5c, x5u). They are never followed.
	Ignored []string
}

// Signature verifies the signature of a token, and nothing else about it.
func (ks *KeySet) Signature(t JWT) SignatureResult {
	r := ks.signature(t)
	if r.Verdict == SignatureValid {
		r.Detail = "verified with " + ks.title(r.Key)
	}
	return r
}

// signature is Signature, without a Detail where the signature is valid.
func (ks *KeySet) signature(t JWT) SignatureResult {
	r := SignatureResult{Ignored: ownKeys(t)}
	if !t.HasSigningInput() || !t.HasHeader() {
		return r.conclude(NotChecked, "there is no JWT of three parts, and so no signature to verify")
	}
	if why := refuse(t); why != "" {
		f := finding.New(finding.AlgorithmNotAccepted, finding.Proved, why).See("the token's header", "alg: "+quote(t.Algorithm())).
			Do("Take the token from its issuer again; one with such a header was not meant for Kubernetes.", "")
		return r.conclude(AlgorithmRefused, why, f)
	}
	s, ok := parseSigned(t)
	if !ok {
		return r.unparsable(t)
	}
	return ks.try(t, s, r)
}

func (r SignatureResult) conclude(v SignatureVerdict, detail string, findings ...finding.Finding) SignatureResult {
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
			return r.conclude(NotChecked, "the token is not written as a JWT has to be, so its signature was not verified")
		}
	}
	detail := "the header cannot be read by a JOSE library"
	if members := slices.Concat(r.Ignored, nonce(t)); len(members) > 0 {
		detail = fmt.Sprintf("the header's %s cannot be read, and the API server drops a token with such a header", strings.Join(members, " or "))
	}
	return r.conclude(NotChecked, detail, finding.New(finding.MalformedJWT, finding.Proved, detail))
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
		return ks.keyUnknown(t, s, r, "there are no keys to verify the token with")
	case len(meant) == 0:
		return ks.keyUnknown(t, s, r, fmt.Sprintf("the token is signed with the key %s, the set holds %s", quote(kid), ks.names()))
	}
	alg := t.Algorithm()
	var reserved, unfit string
	var tried []*Key
	for _, k := range meant {
		if why := k.reserved(); why != "" {
			reserved = why
			continue
		}
		if why := k.unfit(alg); why != "" {
			unfit = why
			continue
		}
		if len(tried) == maxTried {
			return ks.keyUnknown(t, s, r, fmt.Sprintf("none of the first %d keys that the token may mean made the signature, and more are not tried", maxTried))
		}
		if s.madeWith(k.Public) {
			r.Key = k
			if k.wrongSalt(t) {
				return ks.saltMismatch(t, r)
			}
			return r.conclude(SignatureValid, "")
		}
		tried = append(tried, k)
	}
	switch {
	case len(tried) > 0:
		return ks.mismatch(t, tried, r)
	case unfit != "" && named && !meant[0].AnyID:
		why := fmt.Sprintf("the token is signed with the key %s, which does not fit: %s", quote(kid), unfit)
		r.Key = meant[0]
		return r.conclude(AlgorithmRefused, why, ks.seeKeys(finding.New(finding.AlgorithmNotAccepted, finding.Proved, why), t).
			Do("Take the token from its issuer again; if fresh tokens are the same, the issuer publishes another key under that ID than it signs with.", ""))
	case unfit != "":
		return ks.keyUnknown(t, s, r, "no key of the set fits the token: "+unfit)
	case ks.has(kid):
		return ks.keyUnknown(t, s, r, fmt.Sprintf("the key %s is in the set and is not used: %s", quote(kid), reserved))
	}
	return ks.keyUnknown(t, s, r, "no key of the set can be used: "+reserved)
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
func (ks *KeySet) keyUnknown(t JWT, s signed, r SignatureResult, detail string) SignatureResult {
	f := ks.seeKeys(finding.New(finding.SigningKeyUnknown, finding.Proved, detail), t)
	if other := ks.under(s, t.Algorithm()); other != "" {
		f = f.See("the key that made the signature", other)
	}
	if len(r.Ignored) > 0 {
		f = f.See("keys that the token brings along, which prove nothing", strings.Join(r.Ignored, ", "))
	}
	f = f.Do("Compare with the keys that are published now; a key that was rotated away takes all its tokens with it, so get a new token. A token of another cluster is for that cluster.", "kubectl authn discover")
	return r.conclude(KeyUnknown, detail, f)
}

// maxTried bounds how many keys are tried for one token: a set may hold thousands, of a
// size at which each takes milliseconds.
const maxTried = 100

// maxOthers bounds how many keys of another name are tried.
const maxOthers = 50

// under names the key of the set that made the signature although the token names
// another: the issuer renamed it. It still counts for nothing, in the API server too.
func (ks *KeySet) under(s signed, alg string) string {
	for i := range ks.Keys {
		k := &ks.Keys[i]
		if i == maxOthers {
			break
		}
		if k.reserved() != "" || k.unfit(alg) != "" {
			continue
		}
		if s.madeWith(k.Public) {
			return k.name(i)
		}
	}
	return ""
}

// mismatch is for a token that none of the keys it can mean has signed.
func (ks *KeySet) mismatch(t JWT, tried []*Key, r SignatureResult) SignatureResult {
	kid, named := t.KeyID()
	if len(tried) == 1 {
		r.Key = tried[0]
		if have, want := len(t.Signature()), r.Key.signatureBytes(); have < want {
			detail := fmt.Sprintf("the signature has %d bytes, one of %s has %d: its end is missing", have, ks.title(r.Key), want)
			return r.conclude(SignatureInvalid, detail, finding.New(finding.TokenTruncated, finding.Proved, detail).
				Do("Copy the whole token again.", ""))
		}
	}
	detail := fmt.Sprintf("the signature does not match %s: the token was changed after it was signed, or another key goes by that name", ks.title(tried[0]))
	switch {
	case tried[0].AnyID && named && tried[0].KubernetesID != kid:
		detail = fmt.Sprintf("none of the public keys given made the signature, and none of them is the one that Kubernetes calls %s", quote(kid))
		f := ks.seeKeys(finding.New(finding.SigningKeyUnknown, finding.Proved, detail), t).
			Do("Use the public key of the cluster that issued the token, or its whole key set.", "kubectl authn discover -o jwks")
		return r.conclude(KeyUnknown, detail, f)
	case len(tried) > 1:
		detail = fmt.Sprintf("the signature matches none of the %d keys that the token can mean: it was changed after it was signed, or its key is not among them", len(tried))
	case !named:
		detail = fmt.Sprintf("the signature does not match %s, the only one that the token can mean: it was changed after it was signed, or its key is not in the set", ks.title(tried[0]))
	}
	f := ks.seeKeys(finding.New(finding.SignatureInvalid, finding.Proved, detail), t).
		Do("Take the token again from where it was issued. If fresh tokens fail too, the issuer signs with another key than it publishes.", "")
	return r.conclude(SignatureInvalid, detail, f)
}

// saltMismatch is for a signature of the right key that RFC 7518 does not allow.
func (ks *KeySet) saltMismatch(t JWT, r SignatureResult) SignatureResult {
	detail := fmt.Sprintf("%s made the signature, with a salt of another length than the hash of %s: RFC 7518 section 3.5 demands the same length", ks.title(r.Key), t.Algorithm())
	return r.conclude(SignatureInvalid, detail, finding.New(finding.SignatureInvalid, finding.Proved, detail).
		Do("Have the issuer sign with a salt as long as the hash (for OpenSSL: -sigopt rsa_pss_saltlen:digest).", ""))
}

// seeKeys adds which key was wanted and which are there.
func (ks *KeySet) seeKeys(f finding.Finding, t JWT) finding.Finding {
	if kid, named := t.KeyID(); named {
		f = f.See("the token's header", "kid: "+quote(kid))
	} else {
		f = f.See("the token's header", "no kid")
	}
	source := "the keys"
	if ks.Source != "" {
		source = "the keys of " + ks.Source
	}
	return f.See(source, ks.names())
}

// names lists the IDs of the keys.
func (ks *KeySet) names() string {
	ids := make([]string, 0, len(ks.Keys))
	nameless := 0
	for i := range ks.Keys {
		switch k := &ks.Keys[i]; {
		case k.ID != "":
			ids = append(ids, k.ID)
		case k.AnyID && k.KubernetesID != "":
			ids = append(ids, k.KubernetesID)
		default:
			nameless++
		}
	}
	text := quoteAll(ids)
	if nameless > 0 {
		if len(ids) == 0 {
			return fmt.Sprintf("%d without an ID", nameless)
		}
		text += fmt.Sprintf(" and %d without an ID", nameless)
	}
	return text
}

func (ks *KeySet) has(kid string) bool {
	return slices.ContainsFunc(ks.Keys, func(k Key) bool { return k.ID == kid })
}

// title names a key of the set in a sentence.
func (ks *KeySet) title(k *Key) string {
	switch {
	case k.ID != "":
		return "the key " + quote(k.ID)
	case k.AnyID:
		return "the public key of " + k.Source
	}
	return "a key without an ID"
}
