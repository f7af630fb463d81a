package token

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const canary = "c4nary-in-the-c0al-mine"

// verbs are all verbs except %p, for which fmt calls no Formatter and vet requires a pointer.
var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%U", "%c", "%o", "%b", "%e", "%10.3s"}

// TestSecretNeverPrints also covers structs with a secret in an unexported field, for which fmt calls no method.
func TestSecretNeverPrints(t *testing.T) {
	secret := NewSecret(canary)
	values := map[string]any{
		"value":          secret,
		"pointer":        &secret,
		"slice":          []Secret{secret},
		"map":            map[string]Secret{"a": secret},
		"exported field": struct{ S Secret }{secret},
		"hidden field":   struct{ s Secret }{secret},
		"token":          Parse(canary),
		"token value":    *Parse(canary),
		"hidden token":   struct{ t Token }{*Parse(canary)},
		"wrapped token":  struct{ t *Token }{Parse(" " + canary)},
		"what is sent":   Parse(canary).Sent(),
	}
	hex := fmt.Sprintf("%x", canary)
	for name, value := range values {
		for _, verb := range verbs {
			out := strings.ToLower(fmt.Sprintf(verb, value))
			if strings.Contains(out, canary) || strings.Contains(out, hex) {
				t.Errorf("%s: %s prints the secret", name, verb)
			}
		}
		for marshaller, marshal := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "YAML": yaml.Marshal} {
			out, err := marshal(value)
			if err != nil {
				t.Errorf("%s: %s: %v", name, marshaller, err)
			}
			if strings.Contains(string(out), canary) {
				t.Errorf("%s: %s prints the secret", name, marshaller)
			}
		}
	}
}

func TestSecretReveals(t *testing.T) {
	s := NewSecret(canary)
	if s.Reveal() != canary || s.Len() != len(canary) || !s.Equal(NewSecret(canary)) || s.Equal(NewSecret("other")) {
		t.Error("the secret does not hold its text")
	}
	if got := fmt.Sprint(s); got != Redacted {
		t.Errorf("printed as %q", got)
	}
	var zero Secret
	if zero.Reveal() != "" || zero.Len() != 0 {
		t.Error("the zero secret is not empty")
	}
}
