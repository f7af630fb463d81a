package cmd

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestSimulateOpensNoConnection: where keys were given, or --offline says so, neither the issuer of the configuration is asked,
// nor anybody for its address. The last cases show that both would be noticed.
func TestSimulateOpensNoConnection(t *testing.T) {
	nowhere(t)
	var asked atomic.Int64
	issuer := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); http.NotFound(w, r) }))
	t.Cleanup(issuer.Close)
	resolver := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = resolver })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		asked.Add(1)
		return nil, errors.New("no name server is asked in this test")
	}}
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuer.Certificate().Raw}))
	config := func(url string) string {
		return file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
			"issuer":        object{"url": url, "certificateAuthority": ca, "audiences": []string{"a"}},
			"claimMappings": object{"username": object{"claim": "sub", "prefix": "id:"}, "groups": object{"claim": "groups", "prefix": "id:"}},
		}}}))
	}
	of := func(iss string, more object) string {
		claims := object{"iss": iss, "aud": "a", "sub": "jane", "exp": time.Now().Unix() + 3600}
		for k, v := range more {
			claims[k] = v
		}
		return signed(claims)
	}
	keys := jwks(t)
	const named = "https://issuer.invalid"
	for _, c := range []struct {
		it, issuer, token string
		args              []string
		status            int
		asks              bool
	}{
		{it: "keys", issuer: issuer.URL, token: of(issuer.URL, nil), args: []string{"--jwks", keys}, status: exitYes},
		{it: "keys of a named issuer", issuer: named, token: of(named, nil), args: []string{"--jwks", keys}, status: exitYes},
		{it: "offline", issuer: issuer.URL, token: of(issuer.URL, nil), args: []string{"--offline"}, status: exitUndecided},
		{it: "offline, a named issuer", issuer: named, token: of(named, nil), args: []string{"--offline"}, status: exitUndecided},
		{it: "keys and offline", issuer: named, token: of(named, nil), args: []string{"--offline", "--jwks", named + "=" + keys}, status: exitYes},
		{it: "keys, and claims that are elsewhere", issuer: issuer.URL, args: []string{"--jwks", keys}, status: exitUndecided,
			token: of(issuer.URL, object{"_claim_names": object{"groups": "s"}, "_claim_sources": object{"s": object{"endpoint": issuer.URL + "/groups", "access_token": "x"}}})},
		{it: "offline, and claims at a name", issuer: named, args: []string{"--offline", "--jwks", keys}, status: exitUndecided,
			token: of(named, object{"_claim_names": object{"groups": "s"}, "_claim_sources": object{"s": object{"endpoint": "https://claims.invalid/groups"}}})},
		{it: "a token of another issuer", issuer: named, token: of(issuer.URL, nil), status: exitNo},
		{it: "a token that names its keys itself", issuer: named, token: of("https://attacker.invalid", object{"jku": issuer.URL + "/keys"}), status: exitNo},
		{it: "an opaque token", issuer: issuer.URL, token: "opaque-token-of-nobody", status: exitNo},
		{it: "a ServiceAccount's token, and no --live", issuer: named, token: of("https://cluster.invalid", object{"sub": "system:serviceaccount:a:b",
			"kubernetes.io": object{"namespace": "a", "serviceaccount": object{"name": "b", "uid": "u"}}}), status: exitUndecided},

		{it: "neither", issuer: issuer.URL, token: of(issuer.URL, nil), status: exitUndecided, asks: true},
		{it: "neither, a named issuer", issuer: named, token: of(named, nil), status: exitUndecided, asks: true},
	} {
		asked.Store(0)
		got := run(t, c.token, append([]string{"simulate", "-", "--authentication-config", config(c.issuer), "--request-timeout", "5s"}, c.args...)...)
		if got.status != c.status {
			t.Errorf("%s: exit status %d, want %d\n%s%s", c.it, got.status, c.status, got.out, got.err)
		}
		if n := asked.Load(); n > 0 != c.asks {
			t.Errorf("%s: %d questions were asked", c.it, n)
		}
		if strings.Contains(got.out+got.err, c.token) {
			t.Errorf("%s: the token is printed", c.it)
		}
	}
}
