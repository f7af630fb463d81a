package keyset

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Each error of an issuer is reported if it is true. If a similar error is true instead, only that is reported.
func TestEachErrorOfAnIssuer(t *testing.T) {
	document := func(status int, body string) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{wellKnown: answer(status, body)}
	}
	keys := func(status int, body string) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{"/keys": answer(status, body)}
	}
	good := string(jwks(jwk("rsa", "rsa", nil)))
	n := 0
	for _, c := range []struct {
		id     finding.ID
		is     map[string]http.HandlerFunc
		path   string // behind the issuer's address
		not    map[string]http.HandlerFunc
		nearby finding.ID // the similar error that is true instead; empty if there is none
	}{
		{finding.DiscoveryDisabled, document(404, ""), "", document(403, ""), finding.DiscoveryForbidden},
		{finding.DiscoveryForbidden, document(403, ""), "", document(404, ""), finding.DiscoveryDisabled},
		{finding.DiscoveryUnreachable, document(502, ""), "", document(404, ""), finding.DiscoveryDisabled},
		{finding.DiscoveryIssuerMismatch, nil, "/", nil, ""},
		{finding.JWKSUnreachable, keys(503, ""), "", keys(200, "<html>"), finding.KeySetInvalid},
		{finding.KeySetInvalid, keys(200, `{"keys":[]}`), "", keys(404, ""), finding.JWKSUnreachable},
		{finding.KeySetInvalid, keys(200, `{"keys":[{"kty":"oct","k":"AAAA","kid":"a"}]}`), "", keys(200, good), ""},
	} {
		n++
		if got := errorsOf(t, c.is, c.path); !slices.Equal(got, []finding.ID{c.id}) {
			t.Errorf("%s is true, and what is reported is %q", c.id, got)
		}
		var want []finding.ID
		if c.nearby != "" {
			want = []finding.ID{c.nearby}
		}
		if got := errorsOf(t, c.not, ""); !slices.Equal(got, want) {
			t.Errorf("instead of %s %q is true, and what is reported is %q", c.id, c.nearby, got)
		}
	}
	if n == 0 {
		t.Error("no cases")
	}
}

// errorsOf returns the errors that are reported for an issuer.
func errorsOf(t *testing.T, routes map[string]http.HandlerFunc, path string) []finding.ID {
	t.Helper()
	server, fetcher := issuer(t, routes)
	d, err := fetcher.Discover(context.Background(), server.URL+path)
	var out []finding.ID
	var failed *Error
	if errors.As(err, &failed) {
		out = append(out, failed.Finding().ID)
	}
	if d == nil {
		return out
	}
	findings := d.Findings
	if d.KeySet != nil {
		findings = append(slices.Clone(findings), d.KeySet.Findings...)
	}
	for _, f := range findings {
		if f.Severity == finding.Error {
			out = append(out, f.ID)
		}
	}
	return out
}
