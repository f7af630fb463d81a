package keyset

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const redacted = "REDACTED"

// hides reports whether the value of a member is not printed: that of a private key, or a credential of the issuer.
func hides(member string) bool {
	return isSecret(member) || token.SecretMember(strings.ToLower(member))
}

// redact returns the document with every secret member replaced, at any depth; nil if data
// is not JSON.
func redact(data []byte) json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil {
		return nil
	}
	redactIn(document)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(document) != nil {
		return nil
	}
	return bytes.TrimSpace(out.Bytes())
}

// Public returns the text of a key set with its secret members replaced. The text is
// unchanged if it has none, and REDACTED if it is not JSON.
func Public(data []byte) string {
	if !namesSecret(data) {
		return string(data)
	}
	if document := redact(data); document != nil {
		return string(document)
	}
	return redacted
}

// namesSecret reports whether data may have a secret member, duplicates included. It is true
// for data that is not JSON.
func namesSecret(data []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(data))
	var objects []bool // for each open bracket, whether it is a brace
	isName := false
	for {
		t, err := decoder.Token()
		if err != nil {
			return !errors.Is(err, io.EOF)
		}
		inObject := len(objects) > 0 && objects[len(objects)-1]
		switch t := t.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				objects = append(objects, t == '{')
				isName = t == '{'
				continue
			}
			objects = objects[:len(objects)-1]
			isName = len(objects) > 0 && objects[len(objects)-1]
			continue
		case string:
			if inObject && isName {
				if hides(t) {
					return true
				}
				isName = false
				continue
			}
		}
		isName = inObject
	}
}

func redactIn(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if hides(name) {
				v[name] = redacted
				continue
			}
			redactIn(member)
		}
	case []any:
		for _, element := range v {
			redactIn(element)
		}
	}
}
