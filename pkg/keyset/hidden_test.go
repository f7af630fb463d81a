package keyset

import (
	"strings"
	"testing"
)

// A credential beside the keys is not printed, whatever document it is in.
func TestCredentialsBesideKeys(t *testing.T) {
	for _, name := range []string{"client_secret", "registration_access_token", "Private_Key", "password", "d"} {
		got := Public([]byte(`{"keys": [], "` + name + `": "hidden-value"}`))
		if strings.Contains(got, "hidden-value") || !strings.Contains(got, redacted) {
			t.Errorf("%s: %s", name, got)
		}
	}
	const public = `{"keys": [{"kid": "a"}], "issuer": "https://id.example"}`
	if got := Public([]byte(public)); got != public {
		t.Error(got)
	}
}
