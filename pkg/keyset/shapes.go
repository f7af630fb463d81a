package keyset

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// AsJWKS returns the JWK set of a document that has keys in another form: a single JWK, a list of JWKs, a
// JWK set in the member jwks (RFC 7591), or PEM certificates or public keys by their kid, as Google publishes
// them. form names the form; it is zero, and the data unchanged, for every other document.
func AsJWKS(data []byte) (jwks []byte, form finding.Text, err error) {
	text := bytes.TrimPrefix(data, byteOrderMark)
	if len(data) > MaxJWKSBytes || !json.Valid(text) {
		return data, form, nil
	}
	if elements, isList := scanList(text); isList {
		if len(elements) == 0 || !isKey(scanObject(elements[0])) {
			return data, form, nil
		}
		return setOf(bytes.TrimSpace(text)), finding.T("a list of keys"), nil
	}
	members := scanObject(text)
	switch {
	case len(members) == 0 || len(read(members, "keys")) > 0:
		return data, form, nil
	case isKey(members):
		return setOf([]byte("["), bytes.TrimSpace(text), []byte("]")), finding.T("a single key"), nil
	case len(members) == 1 && members[0].name == "jwks":
		return members[0].value, finding.T("a key set in the member jwks"), nil
	}
	return fromPEMs(data, members)
}

// ParseKeys is ParseJWKS for a document that may have the keys in another form, which becomes the set's Form.
func ParseKeys(data []byte, source finding.Text) (*KeySet, error) {
	jwks, form, err := AsJWKS(data)
	if err != nil {
		return nil, err
	}
	ks, err := ParseJWKS(jwks, source)
	if err == nil {
		ks.Form = form
	}
	return ks, err
}

func isKey(members []member) bool {
	for _, m := range members {
		if m.name == "kty" {
			return true
		}
	}
	return false
}

// setOf returns a JWK set with a list of keys that is given in parts.
func setOf(list ...[]byte) []byte {
	return bytes.Join([][]byte{[]byte(`{"keys":`), bytes.Join(list, nil), []byte("}")}, nil)
}

// fromPEMs reads an object whose members are PEM, by their kid.
func fromPEMs(data []byte, members []member) (jwks []byte, form finding.Text, err error) {
	set := jose.JSONWebKeySet{}
	for i, m := range members {
		text, isText := stringOf(m.value)
		if !isText || !strings.HasPrefix(strings.TrimSpace(text), "-----BEGIN ") {
			return data, finding.Text{}, nil
		}
		if i == maxKeys {
			return nil, form, finding.Errorf("the document has more than %s keys, which is the limit", finding.Count(maxKeys))
		}
		name := finding.KeyID.Of(m.name)
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, form, finding.Errorf("the PEM of the key %q is incomplete", name)
		}
		public, err := publicKey(block)
		if err != nil {
			return nil, form, finding.Errorf("the PEM of the key %q: %s", name, finding.Err(err))
		}
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: public, KeyID: m.name})
	}
	jwks, err = json.Marshal(set)
	if err != nil {
		return nil, form, finding.Reword(err, "a key of the document cannot be a JWK")
	}
	return jwks, finding.T("PEM by key ID"), nil
}
