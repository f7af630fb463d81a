package keyset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Bounds of a JWK set.
const (
	MaxJWKSBytes = 4 << 20
	maxKeys      = 10_000
	// maxKeyFindings bounds how many keys of a set are each told of.
	maxKeyFindings = 20
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// ParseJWKS reads a JWK set (RFC 7517 section 5). It fails where nothing can be read
// at all. A single key that cannot be read is a finding, and so is one that is private
// or symmetric; such keys are listed and never used.
func ParseJWKS(data []byte, source string) (*KeySet, error) {
	if len(data) > MaxJWKSBytes {
		return nil, fmt.Errorf("the key set is larger than %d MiB", MaxJWKSBytes>>20)
	}
	text, marked := bytes.CutPrefix(data, byteOrderMark)
	decoded, encoding := token.DecodeUTF16(data)
	if encoding != "" {
		text = []byte(decoded)
	}
	if err := readable(text, "a key set"); err != nil {
		return nil, err
	}
	elements, fault, err := keysOf(text)
	if err != nil {
		return nil, err
	}
	ks := &KeySet{Source: source, Document: redact(text)}
	ks.Refused = marked || encoding != ""
	switch {
	case encoding != "":
		ks.invalid(fmt.Sprintf("the document is %s, and JSON is UTF-8: an API server cannot read it", encoding))
	case marked:
		ks.invalid("the document begins with a byte order mark, which JSON does not allow: an API server cannot read it")
	}
	if fault != "" {
		// Warning: an API server can use the set.
		f := finding.New(finding.KeySetInvalid, finding.Proved, fault)
		f.Severity, f.Title = finding.Warning, "readers do not agree on the keys of the set"
		ks.Findings = append(ks.Findings, f.Do(`Have the issuer publish the keys in one member "keys".`, ""))
	}
	if len(elements) == 0 {
		ks.invalid("the set is empty: no token can be verified with it")
	}
	told := 0
	for i, element := range elements {
		key, fault := readKey(element, i)
		key.Source = source
		ks.Keys = append(ks.Keys, key)
		if fault == "" {
			continue
		}
		ks.Refused = ks.Refused || strings.HasSuffix(fault, refusesSet)
		if told++; told <= maxKeyFindings {
			ks.invalid(fmt.Sprintf("%s: %s", key.name(i), fault))
		}
	}
	if rest := told - maxKeyFindings; rest > 0 {
		ks.invalid(fmt.Sprintf("%d more keys of the set cannot be used", rest))
	}
	ks.judge()
	return ks, nil
}

func (ks *KeySet) invalid(detail string) {
	ks.Findings = append(ks.Findings, finding.New(finding.KeySetInvalid, finding.Proved, detail).
		Do("Have the issuer publish a JWK set of RSA or EC public keys only; if a private or symmetric key was published, replace that key everywhere, since everybody may have it.", ""))
}

// readable says, in one sentence, what data is if it is not JSON.
func readable(data []byte, want string) error {
	switch trimmed := bytes.TrimSpace(data); {
	case len(trimmed) == 0:
		return fmt.Errorf("there is nothing in it, %s is expected", want)
	case trimmed[0] == '<':
		return fmt.Errorf("it is an HTML or XML page, not %s", want)
	case bytes.HasPrefix(trimmed, []byte("-----BEGIN ")):
		return fmt.Errorf("it is PEM, not %s in JSON (--public-key reads PEM)", want)
	case bytes.HasPrefix(trimmed, []byte("eyJ")):
		return fmt.Errorf("it is a token, not %s", want)
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return fmt.Errorf("it is not %s: not JSON, %w at byte %d", want, syntax, syntax.Offset)
	}
	return nil
}

// keysOf returns the elements of the member keys, undecoded, and what is wrong with how that
// is written. It reads the set as the API server does, with encoding/json: a name in another
// case is the same member, and of several the last one counts.
func keysOf(data []byte) (elements []json.RawMessage, fault string, err error) {
	members := membersOf(data)
	if members == nil {
		return nil, "", errors.New(`it is JSON, but not a key set: an object with the member "keys" is expected`)
	}
	keys := read(members, "keys")
	if len(keys) == 0 {
		switch {
		case len(read(members, "jwks_uri")) > 0:
			return nil, "", errors.New("it is a discovery document, not a key set: the key set is at its jwks_uri")
		case len(read(members, "kty")) > 0:
			return nil, "", errors.New(`it is a single key, not a key set: an object with a list of keys in the member "keys" is expected`)
		}
		return nil, "", errors.New(`it has no member "keys", so it is not a key set`)
	}
	last := keys[len(keys)-1]
	if json.Unmarshal(last.value, &elements) != nil {
		return nil, "", fmt.Errorf("the member %s is not a list, so it is not a key set", quote(last.name))
	}
	if len(elements) > maxKeys {
		return nil, "", fmt.Errorf("the key set has %d keys, more than %d are not read", len(elements), maxKeys)
	}
	switch {
	case len(keys) > 1:
		var names []string
		for _, k := range keys {
			names = append(names, k.name)
		}
		fault = fmt.Sprintf("the member keys is there %d times, as %s: an API server reads the last one, other readers another one or none", len(keys), quoteAll(names))
	case last.name != "keys":
		fault = fmt.Sprintf(`the keys are in the member %s: an API server reads it as "keys", other readers find no keys`, quote(last.name))
	}
	return elements, fault, nil
}

// judge looks at the keys beside each other.
func (ks *KeySet) judge() {
	type name struct{ id, kind string }
	first := map[name]int{}
	weak, twice := 0, 0
	for i := range ks.Keys {
		k := &ks.Keys[i]
		if f, ok := weakKey(k, k.name(i)); ok {
			if weak++; weak <= maxKeyFindings {
				ks.Findings = append(ks.Findings, f)
			}
		}
		if k.ID == "" {
			continue
		}
		before, again := first[name{k.ID, k.Type}]
		if !again {
			first[name{k.ID, k.Type}] = i
			continue
		}
		if twice++; twice > maxKeyFindings {
			continue
		}
		detail := fmt.Sprintf("keys %d and %d of the set are both called %s: an API server tries both, other readers only one of them", before+1, i+1, quote(k.ID))
		if k.Thumbprint != "" && k.Thumbprint == ks.Keys[before].Thumbprint {
			detail = fmt.Sprintf("keys %d and %d of the set are the same key, %s", before+1, i+1, quote(k.ID))
		}
		ks.Findings = append(ks.Findings, finding.New(finding.KeySetDuplicateKid, finding.Proved, detail).
			Do("Have the issuer give each key an ID of its own.", ""))
	}
}
