package keyset

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Bounds of a JWK set.
const (
	MaxJWKSBytes = 4 << 20
	maxKeys      = 10_000
	// maxKeyFindings bounds how many keys of a set get a finding of their own.
	maxKeyFindings = 20
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// CheckJWKS returns the error of ParseJWKS without reading the keys.
func CheckJWKS(data []byte) error {
	_, err := openJWKS(data)
	return err
}

// openedJWKS is a JWK set whose keys are not read yet.
type openedJWKS struct {
	text     []byte
	elements []json.RawMessage
	// odd is what readers may disagree on, marked and encoding how the text was encoded.
	odd      finding.Text
	marked   bool
	encoding string
}

func openJWKS(data []byte) (o openedJWKS, err error) {
	if len(data) > MaxJWKSBytes {
		return o, finding.Errorf("the key set is larger than %s MiB", finding.Count(MaxJWKSBytes>>20))
	}
	o.text, o.marked = bytes.CutPrefix(data, byteOrderMark)
	var decoded string
	if decoded, o.encoding = token.DecodeUTF16(data); o.encoding != "" {
		o.text = []byte(decoded)
	}
	if err := readable(o.text, finding.T("a key set")); err != nil {
		return o, err
	}
	o.elements, o.odd, err = keysOf(o.text)
	if err != nil {
		if _, form, failed := AsJWKS(o.text); failed == nil && !form.IsZero() {
			err = finding.Errorf("the content is %s, not a key set: an object with a list of keys in the member \"keys\" is expected", form)
		}
	}
	return o, err
}

// ParseJWKS reads a JWK set (RFC 7517 section 5). It fails only if the set itself cannot be
// read. Unreadable, private and symmetric keys are findings: they are listed and never used.
func ParseJWKS(data []byte, source finding.Text) (*KeySet, error) {
	o, err := openJWKS(data)
	if err != nil {
		return nil, err
	}
	ks := &KeySet{Source: source, text: token.NewSecret(string(o.text))}
	ks.Rejected = o.marked || o.encoding != ""
	switch {
	case o.encoding != "":
		ks.invalid(finding.T("the document is encoded in %s instead of UTF-8: an API server cannot read it", finding.Standard(o.encoding)))
	case o.marked:
		ks.invalid(finding.T("the document begins with a byte order mark, which JSON does not allow: an API server cannot read it"))
	}
	if !o.odd.IsZero() {
		// A warning only, since an API server can use the set.
		f := found(finding.KeySetInvalid, o.odd)
		f.Severity, f.Title = finding.Warning, finding.T("readers do not agree on the keys of the set")
		ks.Findings = append(ks.Findings, f.Fix(`Have the issuer publish the keys in one member "keys".`, finding.Command{}))
	}
	if len(o.elements) == 0 {
		ks.invalid(finding.T("the set is empty: no token can be verified with it"))
	}
	told := 0
	for i, element := range o.elements {
		key, fault := readKey(element)
		key.Source = source
		ks.Keys = append(ks.Keys, key)
		if fault.text.IsZero() {
			continue
		}
		ks.Rejected = ks.Rejected || fault.rejectsSet
		if told++; told <= maxKeyFindings {
			ks.invalid(finding.T("%s: %s", key.name(i), fault.text))
		}
	}
	if rest := told - maxKeyFindings; rest > 0 {
		ks.invalid(finding.T("%s more keys of the set cannot be used", finding.Count(rest)))
	}
	ks.judge()
	return ks, nil
}

func (ks *KeySet) invalid(detail finding.Text) {
	ks.Findings = append(ks.Findings, found(finding.KeySetInvalid, detail).
		Fix("Ask the issuer's operator to publish a JWK set that has only RSA or EC public keys. If a private or symmetric key was published, replace it everywhere: anyone may have a copy.", finding.Command{}))
}

// readable returns an error that says what data is if it is not JSON.
func readable(data []byte, want finding.Text) error {
	switch trimmed := bytes.TrimSpace(data); {
	case len(trimmed) == 0:
		return finding.Errorf("the content is empty; %s is expected", want)
	case trimmed[0] == '<':
		return finding.Errorf("the content is an HTML or XML page, not %s", want)
	case bytes.HasPrefix(trimmed, []byte("eyJ")):
		return finding.Errorf("the content is a token, not %s", want)
	}
	if json.Valid(data) {
		return nil
	}
	// A PEM file may have other text, such as the key IDs of discover -o pem.
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return finding.Errorf("the content is PEM, not %s in JSON (--public-key reads PEM)", want)
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return finding.Errorf("not %s: invalid JSON, %s at byte %s", want, finding.Err(syntax), finding.Count(syntax.Offset))
	}
	return nil
}

// keysOf returns the elements of the member keys, undecoded, and what readers may disagree
// on. It follows the API server, which uses encoding/json: member names match in any case,
// and the last duplicate counts.
func keysOf(data []byte) (elements []json.RawMessage, odd finding.Text, err error) {
	members := membersOf(data)
	if members == nil {
		return nil, odd, finding.Errorf(`the content is JSON, but not a key set: an object with the member "keys" is expected`)
	}
	keys := read(members, "keys")
	if len(keys) == 0 {
		if len(read(members, "jwks_uri")) > 0 {
			return nil, odd, finding.Errorf("the content is a discovery document, not a key set; the key set is at its jwks_uri")
		}
		return nil, odd, finding.Errorf(`not a key set: the member "keys" is missing`)
	}
	last := keys[len(keys)-1]
	elements, isList := scanList(last.value)
	if !isList && string(last.value) != "null" {
		return nil, odd, finding.Errorf("not a key set: the member %q is not a list", finding.Standard(last.name))
	}
	if len(elements) > maxKeys {
		return nil, odd, finding.Errorf("the key set has %s keys; the limit is %s", finding.Count(len(elements)), finding.Count(maxKeys))
	}
	switch {
	case len(keys) > 1:
		var names []string
		for _, k := range keys {
			names = append(names, k.name)
		}
		odd = finding.T("the member keys occurs %s times, as %s: an API server reads the last one, other readers may read another one or none", finding.Count(len(keys)), listed(standards(names)...))
	case last.name != "keys":
		odd = finding.T(`the keys are in the member %q: an API server reads it as "keys", other readers find no keys`, finding.Standard(last.name))
	}
	return elements, odd, nil
}

// judge adds the findings about weak keys and about keys that share an ID.
func (ks *KeySet) judge() {
	type name struct{ id, kind string }
	first := map[name]int{}
	weak, twice := 0, 0
	for i := range ks.Keys {
		k := &ks.Keys[i]
		if why := k.weakness(); !why.IsZero() {
			if weak++; weak <= maxKeyFindings {
				ks.Findings = append(ks.Findings, weakKey(k.name(i), why))
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
		detail := finding.T("keys %s and %s of the set have the same kid %q: an API server tries both, other readers only one of them", finding.Count(before+1), finding.Count(i+1), finding.KeyID.Of(k.ID))
		if k.Thumbprint != "" && k.Thumbprint == ks.Keys[before].Thumbprint {
			detail = finding.T("keys %s and %s of the set are the same key, %q", finding.Count(before+1), finding.Count(i+1), finding.KeyID.Of(k.ID))
		}
		ks.Findings = append(ks.Findings, found(finding.KeySetDuplicateKid, detail).
			Fix("Ask the issuer's operator to give each key its own kid.", finding.Command{}))
	}
}
