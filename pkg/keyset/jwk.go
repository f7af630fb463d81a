package keyset

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// rawKey is the part of a JWK that tells what to make of it.
type rawKey struct {
	ID        string `json:"kid"`
	Type      string `json:"kty"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	Curve     string `json:"crv"`
	// go-jose does not look at key_ops, so their type decides nothing.
	Operations     any `json:"key_ops"`
	CertificateURL any `json:"x5u"`
}

// What an API server makes of a key that is not in order. It reads the sets of OIDC
// issuers with go-oidc, which gives up on the whole set for one key that go-jose
// 2.6.3 cannot read; other keys it reads, and then verifies nothing with them.
const (
	refusesSet = "an API server then refuses the whole set, and every token of the issuer"
	neverUsed  = "an API server verifies nothing with it"
)

// readKey reads one JWK. A key that is not to be used is returned as far as it can be
// described, without the public key, and with what is wrong with it.
func readKey(data []byte, index int) (Key, string) {
	var raw rawKey
	if err := json.Unmarshal(data, &raw); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return unusable(Key{ID: raw.ID, Type: raw.Type}, fmt.Sprintf("%s is of the wrong type", wrong.Field), refusesSet)
		}
		return unusable(Key{}, "it is not a JSON object", refusesSet)
	}
	key := Key{ID: raw.ID, Type: raw.Type, Algorithm: raw.Algorithm, Use: raw.Use}
	if list, ok := raw.Operations.([]any); ok {
		key.operations = []string{}
		for _, operation := range list {
			key.operations = append(key.operations, fmt.Sprint(operation))
		}
	}
	if raw.Type == "oct" {
		return unusable(key, "it is a symmetric key: whoever can read the set can sign tokens with it, if anybody takes them", neverUsed)
	}
	if private := privateMembers(data); private != nil {
		return readPrivateKey(key, data, private)
	}
	return readPublicKey(key, raw, data)
}

func unusable(key Key, what, consequence string) (Key, string) {
	key.Unusable = what
	return key, what + "; " + consequence
}

// secretMembers are the private and symmetric members of a JWK (RFC 7518 section 6,
// RFC 9964). go-jose takes members by their exact names, other readers do not.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func isSecret(member string) bool {
	return slices.ContainsFunc(secretMembers, func(s string) bool { return strings.EqualFold(s, member) })
}

// privateMembers returns the members of a JWK that are not for the public.
func privateMembers(data []byte) (private []string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return nil
	}
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
func readPrivateKey(key Key, data []byte, private []string) (Key, string) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return unusable(key, "it is not a JSON object", refusesSet)
	}
	for _, name := range private {
		delete(members, name)
	}
	if public, err := json.Marshal(members); err == nil {
		var jwk jose.JSONWebKey
		if jwk.UnmarshalJSON(public) == nil {
			_ = key.describe(jwk.Key) // as far as it goes
		}
	}
	key.Public = nil
	what := fmt.Sprintf("it is a private key (with %s): whoever can read the set can sign tokens", strings.Join(private, ", "))
	switch has := func(name string) bool { return slices.Contains(private, name) }; {
	case !has("d"):
		return unusable(key, fmt.Sprintf("it has members of a private key (%s)", strings.Join(private, ", ")), "an API server overlooks that, and an attacker does not")
	case key.Type == typeRSA && (!has("p") || !has("q")):
		return unusable(key, what, refusesSet)
	}
	return unusable(key, what, neverUsed)
}

func readPublicKey(key Key, raw rawKey, data []byte) (Key, string) {
	var jwk jose.JSONWebKey
	err := jwk.UnmarshalJSON(data)
	switch {
	case raw.Type == "":
		return unusable(key, "it has no kty", refusesSet)
	case raw.Type != typeRSA && raw.Type != typeEC && raw.Type != typeOKP:
		return unusable(key, fmt.Sprintf("its kty %s is none that an API server knows", quote(raw.Type)), refusesSet)
	case raw.Type == typeOKP && raw.Curve != "Ed25519":
		return unusable(key, fmt.Sprintf("its curve %s is not supported, of the kty OKP only Ed25519 is", quote(raw.Curve)), refusesSet)
	case raw.Type == typeEC && !slices.Contains([]string{"P-256", "P-384", "P-521"}, raw.Curve):
		return unusable(key, fmt.Sprintf("its curve %s is not supported, P-256, P-384 and P-521 are", quote(raw.Curve)), refusesSet)
	case err != nil && raw.Type == typeRSA && badExponent(data):
		return unusable(key, "its public exponent is not a number that RSA works with", neverUsed)
	case err != nil && raw.Type == typeOKP && badLength(data):
		return unusable(key, fmt.Sprintf("its member x has another length than the %d bytes of Ed25519", ed25519.PublicKeySize), neverUsed)
	case err != nil && strings.HasSuffix(err.Error(), "modulus too large"):
		return unusable(key, fmt.Sprintf("it has more than %d bits", jose.MaxRSAModulusBits), "so large a key is not tried here")
	case err != nil:
		return unusable(key, "it cannot be read: "+strings.TrimPrefix(err.Error(), "go-jose/go-jose: "), refusesSet)
	}
	if err := key.describe(jwk.Key); err != nil {
		return unusable(key, err.Error(), neverUsed)
	}
	if raw.CertificateURL != nil {
		// Seen with go-jose 2.6.3, which reads x5u into a url.URL, and so never.
		return key, "it has the member x5u, which an API server cannot read; " + refusesSet
	}
	return key, ""
}

// badExponent is whether e of an RSA key is one that no verifier works with, though
// an API server reads it without complaint.
func badExponent(data []byte) bool {
	var members struct {
		N, E *string
	}
	if json.Unmarshal(data, &members) != nil || members.N == nil || members.E == nil {
		return false
	}
	decoded, err := base64.RawURLEncoding.DecodeString(*members.E)
	e := new(big.Int).SetBytes(decoded)
	return err == nil && (!e.IsInt64() || e.Int64() < 2)
}

// badLength is the same of the public key of Ed25519.
func badLength(data []byte) bool {
	var members struct{ X *string }
	if json.Unmarshal(data, &members) != nil || members.X == nil {
		return false
	}
	decoded, err := base64.RawURLEncoding.DecodeString(*members.X)
	return err == nil && len(decoded) != ed25519.PublicKeySize
}

// Larger RSA keys than go-jose's 4096 bits are rare and legitimate, and an API server
// has no limit; this one bounds what a hostile set can cost.
func init() { jose.MaxRSAModulusBits = 16384 }
