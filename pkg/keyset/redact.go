package keyset

import (
	"bytes"
	"encoding/json"
)

const redacted = "REDACTED"

// redact returns the document with everything replaced that could be private, wherever
// it stands; nil for what is no JSON.
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

func redactIn(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if isSecret(name) {
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
