package keyset

import (
	"bytes"
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

// What an API server does with a faulty key. It reads the key sets of OIDC issuers with
// go-oidc, which rejects the whole set if go-jose 2.6.3 cannot read one of its keys.
// Other faulty keys are read and never used.
var (
	rejectsSet = finding.T("an API server rejects the whole set, and every token of the issuer")
	neverUsed  = finding.T("an API server never uses the key")
)

// fault is a fault of a key.
type fault struct {
	text finding.Text
	// rejectsSet reports that an API server rejects the whole set because of the key.
	rejectsSet bool
}

func newFault(what, consequence finding.Text) fault {
	return fault{finding.T("%s; %s", what, consequence), consequence.Equal(rejectsSet)}
}

// rejectsWholeSet reports whether go-jose 2.6.3 cannot read a JWK, so that go-oidc cannot read
// its set. Do not call it for private keys: go-jose would compute with their numbers.
func rejectsWholeSet(jwk []byte) bool { return new(jose2.JSONWebKey).UnmarshalJSON(jwk) != nil }

// readKey reads one JWK of valid JSON, matching member names exactly, as go-jose does. For a key that must
// not be used, it returns what can be described, without the public key, and the fault.
func readKey(data []byte) (Key, fault) {
	written := scanObject(data)
	if written == nil && string(data) != "null" {
		return unusable(Key{}, finding.T("the key is not a JSON object"), rejectsSet)
	}
	members := make(map[string]json.RawMessage, len(written))
	twice := ""
	for _, m := range written {
		if _, again := members[m.name]; again && twice == "" {
			twice = m.name
		}
		members[m.name] = m.value
	}
	var key Key
	var curve string
	for _, m := range []struct {
		name string
		into *string
	}{{"kid", &key.ID}, {"kty", &key.Type}, {"alg", &key.Algorithm}, {"use", &key.Use}, {"crv", &curve}} {
		value, ok := members[m.name]
		if !ok {
			continue
		}
		if *m.into, ok = stringOf(value); !ok {
			return unusable(Key{ID: key.ID, Type: key.Type}, finding.T("%s has the wrong type", finding.Standard(m.name)), rejectsSet)
		}
	}
	if listed, ok := members["key_ops"]; ok {
		key.operations = operationsOf(listed)
	}
	if len(members) < len(written) {
		return unusable(key, finding.T("the key has the member %q more than once", finding.Standard(twice)), rejectsSet)
	}
	if key.Type == "oct" {
		return unusable(key, finding.T("the key is symmetric: everyone who can read the set can sign tokens for verifiers that accept the key"), neverUsed)
	}
	if private := privateMembers(members); private != nil {
		return readPrivateKey(key, members, private)
	}
	return readPublicKey(key, curve, members, data)
}

// operationsOf returns the operations in key_ops; nil if the value is not a list.
func operationsOf(value json.RawMessage) []string {
	var operations []any
	if json.Unmarshal(value, &operations) != nil || operations == nil {
		return nil
	}
	out := []string{}
	for _, operation := range operations {
		out = append(out, fmt.Sprint(operation))
	}
	return out
}

// unusable returns a key that must not be used and its fault: what is wrong with it, and
// the consequence in an API server.
func unusable(key Key, what, consequence finding.Text) (Key, fault) {
	key.Unusable = what
	return key, newFault(what, consequence)
}

// secretMembers are the private and symmetric members of a JWK (RFC 7518 section 6,
// RFC 9964). go-jose matches their names exactly; other readers ignore case.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func isSecret(member string) bool {
	return slices.ContainsFunc(secretMembers, func(s string) bool { return strings.EqualFold(s, member) })
}

// privateMembers returns the names of the secret members of a JWK.
func privateMembers(members map[string]json.RawMessage) (private []string) {
	for name := range members {
		if isSecret(name) {
			private = append(private, name)
		}
	}
	slices.Sort(private)
	return private
}

// readPrivateKey describes the public half of a private key and marks the key as unusable,
// as an API server does not verify with it either.
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
	what := finding.T("the key is private (with %s): everyone who can read the set can sign tokens", with)
	switch has := func(name string) bool { return slices.Contains(private, name) }; {
	case !has("d"):
		return unusable(key, finding.T("the key has members of a private key (%s)", with), finding.T("an API server ignores them, and an attacker can use them"))
	case key.Type == typeRSA && (!has("p") || !has("q")):
		return unusable(key, what, rejectsSet)
	}
	return unusable(key, what, neverUsed)
}

// readPublicKey reads the public members of a key. It has a branch for each fault of each key type.
func readPublicKey(key Key, curve string, members map[string]json.RawMessage, data []byte) (Key, fault) {
	rejected, consequence := rejectsWholeSet(data), neverUsed
	if rejected {
		consequence = rejectsSet
	}
	var jwk jose.JSONWebKey
	err := jwk.UnmarshalJSON(data)
	switch {
	case key.Type == "":
		what := finding.T("the key has no kty")
		for name := range members {
			if strings.EqualFold(name, "kty") {
				what = finding.T("%s (%q is a different member)", what, finding.Standard(name))
			}
		}
		return unusable(key, what, consequence)
	case key.Type != typeRSA && key.Type != typeEC && key.Type != typeOKP:
		return unusable(key, finding.T("an API server does not support the kty %q", finding.Standard(key.Type)), consequence)
	case key.Type == typeOKP && curve != "Ed25519":
		return unusable(key, finding.T("the curve %q is not supported; the only one supported for kty OKP is Ed25519", finding.Standard(curve)), consequence)
	case key.Type == typeEC && !slices.Contains([]string{"P-256", "P-384", "P-521"}, curve):
		return unusable(key, finding.T("the curve %q is not supported; P-256, P-384 and P-521 are", finding.Standard(curve)), consequence)
	case key.Type == typeRSA && modulusBits(members) > jose.MaxRSAModulusBits:
		key.Bits = modulusBits(members)
		if !rejected {
			consequence = finding.T("an API server would try the key")
		}
		return unusable(key, finding.T("the key has %s bits, and this program does not try keys of more than %s", finding.Count(key.Bits), finding.Count(jose.MaxRSAModulusBits)), consequence)
	case err != nil && key.Type == typeRSA && hasBadExponent(members):
		return unusable(key, finding.T("the public exponent is not valid for RSA"), consequence)
	case err != nil && key.Type == typeOKP && hasBadLength(members):
		return unusable(key, finding.T("the member x does not have the %s bytes of an Ed25519 key", finding.Count(ed25519.PublicKeySize)), consequence)
	case err != nil:
		return unusable(key, finding.T("the key cannot be read: %s", finding.Message(strings.TrimPrefix(err.Error(), "go-jose/go-jose: "))), consequence)
	}
	if err := key.describe(jwk.Key); err != nil {
		return unusable(key, finding.T("%s", finding.Err(err)), consequence)
	}
	switch {
	case !rejected:
		return key, fault{}
	case members["x5u"] != nil:
		// go-jose 2.6.3 unmarshals x5u into a url.URL, which always fails.
		return key, newFault(finding.T("the key has the member x5u, which an API server cannot read"), rejectsSet)
	}
	return key, newFault(finding.T("the JOSE library of an API server cannot read the key"), rejectsSet)
}

// numberOf returns a number that a member holds in base64url; nil if it cannot be read.
func numberOf(members map[string]json.RawMessage, name string) []byte {
	encoded, ok := stringOf(members[name])
	if !ok || encoded == "" {
		return nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	return decoded
}

// modulusBits returns the size of the modulus of an RSA key; 0 if it cannot be read.
func modulusBits(members map[string]json.RawMessage) int {
	return new(big.Int).SetBytes(numberOf(members, "n")).BitLen()
}

// hasBadExponent reports whether no verifier can use e of an RSA key. An API server reads
// such a key without an error.
func hasBadExponent(members map[string]json.RawMessage) bool {
	e := new(big.Int).SetBytes(numberOf(members, "e"))
	return numberOf(members, "n") != nil && numberOf(members, "e") != nil && (!e.IsInt64() || e.Int64() < 2)
}

// hasBadLength reports whether x does not have the length of an Ed25519 public key.
func hasBadLength(members map[string]json.RawMessage) bool {
	x := numberOf(members, "x")
	return x != nil && len(x) != ed25519.PublicKeySize
}

// MaxRSABits is the size of the largest RSA key that is tried. It is above go-jose's limit of
// 4096, as an API server has none; it bounds what a hostile key set can cost.
const MaxRSABits = 16384

func init() { jose.MaxRSAModulusBits = MaxRSABits }

// maxRSAText is the length of a modulus of MaxRSABits in base64url.
const maxRSAText = (MaxRSABits + 5) / 6

// TooLargeRSA returns the size, in bits, of the largest RSA key of a JWK set with more than MaxRSABits; 0 if the
// set has no such key.
func TooLargeRSA(jwks []byte) (bits int) {
	if !hasLongString(jwks, maxRSAText) {
		return 0
	}
	elements, _, _ := keysOf(jwks)
	for _, element := range elements {
		members := map[string]json.RawMessage{}
		if json.Unmarshal(element, &members) == nil {
			if n := modulusBits(members); n > MaxRSABits {
				bits = max(bits, n)
			}
		}
	}
	return bits
}

// hasLongString reports whether data has at least n bytes without a quotation mark.
func hasLongString(data []byte, n int) bool {
	for len(data) >= n {
		at := bytes.LastIndexByte(data[:n], '"')
		if at < 0 {
			return true
		}
		data = data[at+1:]
	}
	return false
}
