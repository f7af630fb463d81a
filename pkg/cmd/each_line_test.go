package cmd

import (
	"strings"
	"testing"
	"time"
)

// A rejected line decides the exit status, else an undecided one.
func TestEachLineOfSimulate(t *testing.T) {
	nowhere(t)
	const known, unread = "https://known.invalid", "https://unread.invalid"
	var authenticators []object
	for prefix, url := range map[string]string{"a:": known, "b:": unread} {
		authenticators = append(authenticators, object{
			"issuer":        object{"url": url, "audiences": []string{"shop"}},
			"claimMappings": object{"username": object{"claim": "sub", "prefix": prefix}},
		})
	}
	config := file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": authenticators}))
	of := func(iss string) string {
		return signed(object{"iss": iss, "aud": "shop", "sub": "jane", "exp": time.Now().Unix() + 3600})
	}
	accepted, undecided, rejected := of(known), of(unread), of("https://stranger.invalid")
	keys := jwks(t)
	for _, c := range []struct {
		tokens []string
		status int
	}{
		{[]string{accepted, accepted}, exitYes},
		{[]string{accepted, undecided, accepted}, exitUndecided},
		{[]string{undecided, rejected, accepted}, exitNo},
		{[]string{rejected, undecided}, exitNo},
	} {
		got := run(t, strings.Join(c.tokens, "\n"), "simulate", "--each-line", "--offline", "--authentication-config", config, "--jwks", known+"="+keys)
		if n := strings.Count(got.out, "\n"); got.status != c.status || n != len(c.tokens) {
			t.Errorf("status %d, want %d; %d lines, want %d: %s%s", got.status, c.status, n, len(c.tokens), got.out, got.err)
		}
	}
}
