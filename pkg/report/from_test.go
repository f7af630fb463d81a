package report

import (
	"encoding/json"
	"strings"
	"testing"
)

// A credential inside a document or a token is not printed.
func TestDocumentsWithoutSecrets(t *testing.T) {
	var document map[string]any
	if err := json.Unmarshal([]byte(`{"issuer": "https://a", "keys": [{"kty": "RSA", "n": "AQ", "d": "canary"}], "_claim_sources": {"s": {"endpoint": "https://b", "access_token": "canary"}}}`), &document); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(FromDocument(document))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"n":"AQ"`, `"d":"REDACTED"`, `"access_token":"REDACTED"`, `"endpoint":"https://b"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s is not in %s", want, data)
		}
	}
	if strings.Contains(string(data), "canary") {
		t.Errorf("a secret is in %s", data)
	}
}

// Very deep documents are truncated, because each level is indented and ten thousand levels would need hundreds of
// megabytes.
func TestDeepDocumentsAreCut(t *testing.T) {
	nested := func(depth int) map[string]any {
		var document map[string]any
		if err := json.Unmarshal([]byte(`{"a":`+strings.Repeat("[", depth-1)+`7`+strings.Repeat("]", depth-1)+`}`), &document); err != nil {
			t.Fatal(err)
		}
		return document
	}
	for depth, whole := range map[int]bool{1: true, maxShownDepth: true, maxShownDepth + 1: false, 10_000: false} {
		data, err := json.MarshalIndent(FromDocument(nested(depth)), "", "    ")
		if err != nil {
			t.Fatal(err)
		}
		if shown := strings.Contains(string(data), "7"); shown != whole || strings.Contains(string(data), tooDeep) == whole || len(data) > 10_000 {
			t.Errorf("%d levels are %d bytes, whole: %t", depth, len(data), shown)
		}
	}
}
