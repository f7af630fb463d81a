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

// algorithm is one that tokens may be signed with.
type algorithm struct {
	jose jose.SignatureAlgorithm
	// kind is the type of key it takes, and bits the size of its curve.
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

// refuse says why a token is not even tried with a key; nothing where it is.
func refuse(t JWT) finding.Text {
	alg := t.Algorithm()
	switch {
	case alg == "":
		return finding.T("the header names no algorithm")
	case strings.EqualFold(alg, "none"):
		return finding.T("alg is %q: the token is not signed, anybody can have written it", finding.Standard(alg))
	case alg == "HS256" || alg == "HS384" || alg == "HS512":
		return finding.T("alg is %q, which takes a shared secret; with public keys alone it proves nothing", finding.Standard(alg))
	}
	if _, ok := algorithms[alg]; !ok {
		return finding.T("alg is %q, which is none of RS, PS and ES with 256, 384 and 512, nor EdDSA", finding.Standard(alg))
	}
	if b64, ok := t.HeaderMember("b64"); ok && b64 != true {
		return finding.T("the header says b64: its payload would be signed without encoding, which a JWT must not be (RFC 7797 section 7)")
	}
	return refuseCritical(t)
}

// refuseCritical judges crit: a list of members that whoever does not understand them
// must not accept the token (RFC 7515 section 4.1.11). Nothing here understands any.
func refuseCritical(t JWT) finding.Text {
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
		// The encoding that everything has anyway is understood.
		if name != "b64" {
			names = append(names, finding.Standard(fmt.Sprint(name)))
		}
	}
	if len(names) == 0 {
		return finding.Text{}
	}
	return finding.T("the header demands (crit) that its members %s be understood, and they are not", listed(names...))
}

// keySources are the members of a header by which a token brings its own key, or says
// where to fetch it. Whoever believes them lets everybody sign.
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

// unfit says why the key cannot have made a signature with the algorithm; nothing where it
// can.
func (k *Key) unfit(alg string) finding.Text {
	a := algorithms[alg]
	switch {
	case k.Type != a.kind:
		return finding.T("%s takes a key of the type %s, and this one is %q", finding.Standard(alg), finding.Standard(a.kind), finding.Standard(k.Type))
	case a.kind == typeEC && k.Bits != a.bits:
		return finding.T("%s takes a key on the curve P-%s, and this one is on P-%s", finding.Standard(alg), finding.Count(a.bits), finding.Count(k.Bits))
	case k.Algorithm != "" && k.Algorithm != alg:
		return finding.T("the key is for %q only, and the token says %s", finding.Standard(k.Algorithm), finding.Standard(alg))
	}
	return finding.Text{}
}

// useSVID is the use of the keys that sign JWT-SVIDs (SPIFFE Trust Domain and Bundle, section 4.2.2).
const useSVID = "jwt-svid"

// wrongSalt reports whether the signature of a PS algorithm, which k has made, has a salt of
// another length than the hash, as RFC 7518 section 3.5 demands. go-jose takes any length.
func (k *Key) wrongSalt(t JWT) bool {
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

// reserved says why the key is not to verify any signature; nothing where it may.
func (k *Key) reserved() finding.Text {
	switch {
	case !k.Unusable.IsZero():
		return k.Unusable
	case k.Use != "" && k.Use != "sig" && k.Use != useSVID:
		return finding.T("it is not for signatures (use is %q)", finding.Standard(k.Use))
	case k.operations != nil && !slices.Contains(k.operations, "verify"):
		return finding.T("it is not for verifying (key_ops is %s)", listed(standards(k.operations)...))
	case k.Public == nil:
		return finding.T("there is no public key in it")
	}
	return finding.Text{}
}

// signatureBytes is how long the key's signatures are.
func (k *Key) signatureBytes() int {
	switch p := k.Public.(type) {
	case *rsa.PublicKey:
		return p.Size()
	case *ecdsa.PublicKey:
		return 2 * ((p.Curve.Params().BitSize + 7) / 8)
	}
	return 64
}
