package report

import (
	"encoding/json"
	"strings"
	"testing"
)

// What a document or a token holds of credentials is not printed with it.
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
