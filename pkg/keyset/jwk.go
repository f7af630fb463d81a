package keyset

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	jose2 "gopkg.in/go-jose/go-jose.v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// What an API server makes of a key that is not in order. It reads the sets of OIDC
// issuers with go-oidc, which gives up on the whole set for one key that go-jose
// 2.6.3 cannot read; other keys it reads, and then verifies nothing with them.
var (
	refusesSet = finding.T("an API server then refuses the whole set, and every token of the issuer")
	neverUsed  = finding.T("an API server verifies nothing with it")
)

// fault is what is wrong with a key. One that refuses has an API server refuse the whole set.
type fault struct {
	text    finding.Text
	refuses bool
}

func newFault(what, consequence finding.Text) fault {
	return fault{finding.T("%s; %s", what, consequence), consequence.Equal(refusesSet)}
}

// refusesWholeSet reports whether go-jose 2.6.3 cannot read a JWK, so that go-oidc cannot
// read the set with it. It is not for private keys, whose numbers it would calculate with.
func refusesWholeSet(jwk []byte) bool { return new(jose2.JSONWebKey).UnmarshalJSON(jwk) != nil }

// readKey reads one JWK, members by their exact names, as go-jose does. A key that is not to
// be used is returned as far as it can be described, without the public key, and with what
// is wrong with it.
func readKey(data []byte) (Key, fault) {
	members := map[string]json.RawMessage{}
	if json.Unmarshal(data, &members) != nil {
		return unusable(Key{}, finding.T("it is not a JSON object"), refusesSet)
	}
	var key Key
	var curve string
	for _, m := range []struct {
		name string
		into *string
	}{{"kid", &key.ID}, {"kty", &key.Type}, {"alg", &key.Algorithm}, {"use", &key.Use}, {"crv", &curve}} {
		if value, ok := members[m.name]; ok && json.Unmarshal(value, m.into) != nil {
			return unusable(Key{ID: key.ID, Type: key.Type}, finding.T("%s is of the wrong type", finding.Standard(m.name)), refusesSet)
		}
	}
	var operations []any
	if json.Unmarshal(members["key_ops"], &operations) == nil && operations != nil {
		key.operations = []string{}
		for _, operation := range operations {
			key.operations = append(key.operations, fmt.Sprint(operation))
		}
	}
	if name, twice := firstDuplicate(data); twice {
		return unusable(key, finding.T("it has the member %q more than once", finding.Standard(name)), refusesSet)
	}
	if key.Type == "oct" {
		return unusable(key, finding.T("it is a symmetric key: whoever can read the set can sign tokens with it, if anybody takes them"), neverUsed)
	}
	if private := privateMembers(members); private != nil {
		return readPrivateKey(key, members, private)
	}
	return readPublicKey(key, curve, members, data)
}

// unusable is a key that is not used, and why; what an API server does with it stands behind.
func unusable(key Key, what, consequence finding.Text) (Key, fault) {
	key.Unusable = what
	return key, newFault(what, consequence)
}

// secretMembers are the private and symmetric members of a JWK (RFC 7518 section 6,
// RFC 9964). go-jose takes members by their exact names, other readers do not.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func isSecret(member string) bool {
	return slices.ContainsFunc(secretMembers, func(s string) bool { return strings.EqualFold(s, member) })
}

// privateMembers returns the members of a JWK that are not for the public.
func privateMembers(members map[string]json.RawMessage) (private []string) {
	for name := range members {
		if isSecret(name) {
			private = append(private, name)
		}
	}
	slices.Sort(private)
	return private
}

// readPrivateKey describes the public half of a private key, and leaves it unusable:
// an API server does not verify with it either.
func readPrivateKey(key Key, members map[string]json.RawMessage, private []string) (Key, fault) {
	rest := maps.Clone(members)
	for _, name := range private {
		delete(rest, name)
	}
	if public, err := json.Marshal(rest); err == nil {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(public) == nil {
			_ = key.describe(jwk.Key) // as far as it goes
		}
	}
	key.Public = nil
	with := finding.Join(", ", standards(private)...)
	what := finding.T("it is a private key (with %s): whoever can read the set can sign tokens", with)
	switch has := func(name string) bool { return slices.Contains(private, name) }; {
	case !has("d"):
		return unusable(key, finding.T("it has members of a private key (%s)", with), finding.T("an API server overlooks that, and an attacker does not"))
	case key.Type == typeRSA && (!has("p") || !has("q")):
		return unusable(key, what, refusesSet)
	}
	return unusable(key, what, neverUsed)
}

// readPublicKey reads the public members of a key. It has a branch for each thing that can be wrong with a type of key.
func readPublicKey(key Key, curve string, members map[string]json.RawMessage, data []byte) (Key, fault) {
	refused, consequence := refusesWholeSet(data), neverUsed
	if refused {
		consequence = refusesSet
	}
	var jwk jose.JSONWebKey
	err := jwk.UnmarshalJSON(data)
	switch {
	case key.Type == "":
		what := finding.T("it has no kty")
		for name := range members {
			if strings.EqualFold(name, "kty") {
				what = finding.T("%s (%q is another member)", what, finding.Standard(name))
			}
		}
		return unusable(key, what, consequence)
	case key.Type != typeRSA && key.Type != typeEC && key.Type != typeOKP:
		return unusable(key, finding.T("its kty %q is none that an API server knows", finding.Standard(key.Type)), consequence)
	case key.Type == typeOKP && curve != "Ed25519":
		return unusable(key, finding.T("its curve %q is not supported, of the kty OKP only Ed25519 is", finding.Standard(curve)), consequence)
	case key.Type == typeEC && !slices.Contains([]string{"P-256", "P-384", "P-521"}, curve):
		return unusable(key, finding.T("its curve %q is not supported, P-256, P-384 and P-521 are", finding.Standard(curve)), consequence)
	case key.Type == typeRSA && modulusBits(members) > jose.MaxRSAModulusBits:
		key.Bits = modulusBits(members)
		if !refused {
			consequence = finding.T("an API server would try it")
		}
		return unusable(key, finding.T("it has %s bits, and keys of more than %s are not tried here", finding.Count(key.Bits), finding.Count(jose.MaxRSAModulusBits)), consequence)
	case err != nil && key.Type == typeRSA && badExponent(members):
		return unusable(key, finding.T("its public exponent is not a number that RSA works with"), consequence)
	case err != nil && key.Type == typeOKP && badLength(members):
		return unusable(key, finding.T("its member x has another length than the %s bytes of Ed25519", finding.Count(ed25519.PublicKeySize)), consequence)
	case err != nil:
		return unusable(key, finding.T("it cannot be read: %s", finding.Message(strings.TrimPrefix(err.Error(), "go-jose/go-jose: "))), consequence)
	}
	if err := key.describe(jwk.Key); err != nil {
		return unusable(key, finding.T("%s", finding.Err(err)), consequence)
	}
	switch {
	case !refused:
		return key, fault{}
	case members["x5u"] != nil:
		// Seen with go-jose 2.6.3, which reads x5u into a url.URL, and so never.
		return key, newFault(finding.T("it has the member x5u, which an API server cannot read"), refusesSet)
	}
	return key, newFault(finding.T("the library of an API server cannot read it"), refusesSet)
}

// numberOf is a member that holds a number in base64url; nil where there is none to read.
func numberOf(members map[string]json.RawMessage, name string) []byte {
	var encoded string
	if json.Unmarshal(members[name], &encoded) != nil || encoded == "" {
		return nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	return decoded
}

// modulusBits is the size of the modulus of an RSA key; 0 where it cannot be read.
func modulusBits(members map[string]json.RawMessage) int {
	return new(big.Int).SetBytes(numberOf(members, "n")).BitLen()
}

// badExponent is whether e of an RSA key is one that no verifier works with, though
// an API server reads it without complaint.
func badExponent(members map[string]json.RawMessage) bool {
	e := new(big.Int).SetBytes(numberOf(members, "e"))
	return numberOf(members, "n") != nil && numberOf(members, "e") != nil && (!e.IsInt64() || e.Int64() < 2)
}

// badLength is the same of the public key of Ed25519.
func badLength(members map[string]json.RawMessage) bool {
	x := numberOf(members, "x")
	return x != nil && len(x) != ed25519.PublicKeySize
}

// MaxRSABits is the size, in bits, of the largest RSA key that is tried. Larger ones than
// go-jose's 4096 are rare and legitimate, and an API server has no limit; this one bounds what
// a hostile set can cost.
const MaxRSABits = 16384

func init() { jose.MaxRSAModulusBits = MaxRSABits }

// LargestRSA is the size, in bits, of the largest RSA key of a JWK set; 0 where there is none.
func LargestRSA(jwks []byte) (bits int) {
	elements, _, _ := keysOf(jwks)
	for _, element := range elements {
		members := map[string]json.RawMessage{}
		if json.Unmarshal(element, &members) == nil {
			bits = max(bits, modulusBits(members))
		}
	}
	return bits
}
