package keyset

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// algorithm is a signature algorithm of tokens.
type algorithm struct {
	jose jose.SignatureAlgorithm
	// kind is the key type that the algorithm needs, and bits the size of its curve.
	kind string
	bits int
}

// algorithms are the asymmetric ones of RFC 7518 section 3.1 and RFC 8037 section 3.1.
var algorithms = map[string]algorithm{
	"RS256": {jose.RS256, typeRSA, 0}, "RS384": {jose.RS384, typeRSA, 0}, "RS512": {jose.RS512, typeRSA, 0},
	"PS256": {jose.PS256, typeRSA, 0}, "PS384": {jose.PS384, typeRSA, 0}, "PS512": {jose.PS512, typeRSA, 0},
	"ES256": {jose.ES256, typeEC, 256}, "ES384": {jose.ES384, typeEC, 384}, "ES512": {jose.ES512, typeEC, 521},
	"EdDSA": {jose.EdDSA, typeOKP, 256},
}

// rejectHeader returns why the header alone rules out a verification; empty if nothing does.
func rejectHeader(t JWT) finding.Text {
	alg := t.Algorithm()
	switch {
	case alg == "":
		return finding.T("the header has no alg")
	case strings.EqualFold(alg, "none"):
		return finding.T("alg is %q: the token is not signed, so anyone could have created it", finding.Standard(alg))
	case alg == "HS256" || alg == "HS384" || alg == "HS512":
		return finding.T("alg is %q, which needs a shared secret: public keys cannot verify it", finding.Standard(alg))
	}
	if _, ok := algorithms[alg]; !ok {
		return finding.T("alg is %q; only RS, PS and ES (256, 384 or 512) and EdDSA are accepted", finding.Standard(alg))
	}
	if b64, ok := t.HeaderMember("b64"); ok && b64 != true {
		return finding.T("the header has b64, an unencoded payload, which a JWT must not have (RFC 7797 section 7)")
	}
	return rejectCritical(t)
}

// rejectCritical judges crit: a verifier must reject a token whose crit lists a member that
// the verifier does not implement (RFC 7515 section 4.1.11). This package implements only b64=true.
func rejectCritical(t JWT) finding.Text {
	crit, ok := t.HeaderMember("crit")
	if !ok {
		return finding.Text{}
	}
	list, ok := crit.([]any)
	if !ok {
		return finding.T("crit in the header is not a list")
	}
	var names []finding.Value
	for _, name := range list {
		if name != "b64" {
			names = append(names, finding.Standard(fmt.Sprint(name)))
		}
	}
	if len(names) == 0 {
		return finding.Text{}
	}
	return finding.T("the header's crit requires support for %s, which no verifier here has", listed(names...))
}

// keySources are the header members that carry the token's own key or its URL.
// A verifier that trusts them accepts tokens that anyone signed.
var keySources = []string{"jwk", "jku", "x5c", "x5u"}

// ownKeys returns the members of keySources that the token has.
func ownKeys(t JWT) (members []string) {
	for _, name := range keySources {
		if _, ok := t.HeaderMember(name); ok {
			members = append(members, name)
		}
	}
	return members
}

// incompatibility returns why the key cannot be used with the algorithm; empty if it can.
func (k *Key) incompatibility(alg string) finding.Text {
	a := algorithms[alg]
	switch {
	case k.Type != a.kind:
		return finding.T("%s needs a key of type %s, and the key has type %q", finding.Standard(alg), finding.Standard(a.kind), finding.Standard(k.Type))
	case a.kind == typeEC && k.Bits != a.bits:
		return finding.T("%s needs a key on the curve P-%s, and the key is on P-%s", finding.Standard(alg), finding.Count(a.bits), finding.Count(k.Bits))
	case k.Algorithm != "" && k.Algorithm != alg:
		return finding.T("the key is only for %q, and the token has alg %s", finding.Standard(k.Algorithm), finding.Standard(alg))
	}
	return finding.Text{}
}

// useEncryption is the use of keys that must not sign (RFC 7517 section 4.2). Other values than sig and enc are
// allowed, such as jwt-svid of SPIFFE, and no reason to reject a signature. An API server does not read use.
const useEncryption = "enc"

// hasWrongSalt reports whether a PS signature by k violates RFC 7518 section 3.5, which
// requires a salt as long as the hash. go-jose accepts any length.
func (k *Key) hasWrongSalt(t JWT) bool {
	public, isRSA := k.Public.(*rsa.PublicKey)
	hash, isPSS := saltedHashes[t.Algorithm()]
	if !isRSA || !isPSS {
		return false
	}
	h := hash.New()
	h.Write([]byte(t.SigningInput()))
	return rsa.VerifyPSS(public, hash, h.Sum(nil), t.Signature(), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}) != nil
}

var saltedHashes = map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512}

// unusableReason returns why the key must not verify any signature; empty if it may.
func (k *Key) unusableReason() finding.Text {
	switch {
	case !k.Unusable.IsZero():
		return k.Unusable
	case k.Use == useEncryption:
		return finding.T("the key is not for signatures (use is %q)", finding.Standard(k.Use))
	case k.operations != nil && !slices.Contains(k.operations, "verify"):
		return finding.T("the key is not for verification (key_ops is %s)", listed(standards(k.operations)...))
	case k.Public == nil:
		return finding.T("the key has no public part")
	}
	return finding.Text{}
}

// signatureBytes returns the length of the key's signatures.
func (k *Key) signatureBytes() int {
	switch p := k.Public.(type) {
	case *rsa.PublicKey:
		return p.Size()
	case *ecdsa.PublicKey:
		return 2 * ((p.Curve.Params().BitSize + 7) / 8)
	}
	return 64
}
