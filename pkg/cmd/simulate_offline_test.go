package cmd

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// TestSimulateOpensNoConnection checks that, with given keys or with --offline, simulate neither connects to the
// configuration's issuer nor resolves its address. The last cases prove that the test would detect both.
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

// TestSimulateOfAConfigurationAlone checks simulate without a credential: only the configuration is checked, and
// missing flags are not off. The report says that the configuration is valid, and whose credential was tried. No
// certificate is rejected because of a CA that was not given.
func TestSimulateOfAConfigurationAlone(t *testing.T) {
	nowhere(t)
	ca, other := issued("clients", nil, nil), issued("others", nil, nil)
	admin := issued("admin", ca, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
	key := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(admin.key))})
	auth := file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
		"issuer": object{"url": "https://issuer.invalid", "audiences": []string{"a"}}, "claimMappings": object{"username": object{"claim": "sub", "prefix": ""}},
	}}}))
	token := signed(object{"iss": "https://issuer.invalid", "aud": "a", "sub": "jane", "exp": time.Now().Unix() + 3600})
	kubeconfig := func(token string) {
		user := object{"client-certificate-data": []byte(admin.pem()), "client-key-data": key}
		if token != "" {
			user["token"] = token
		}
		t.Setenv("KUBECONFIG", file(t, "config", asJSON(object{
			"current-context": "c", "contexts": []object{{"name": "c", "context": object{"cluster": "c", "user": "u"}}},
			"clusters": []object{{"name": "c", "cluster": object{"server": "https://api.invalid"}}}, "users": []object{{"name": "u", "user": user}},
		})))
	}
	for _, c := range []struct {
		it, token string
		args      []string
		status    int
		want      string
	}{
		{it: "a certificate", status: exitUndecided, want: "Undecided:input-not-given:"},
		{it: "a certificate and a token", token: token, args: []string{"--jwks", jwks(t)}, status: exitUndecided, want: "Undecided:input-not-given:"},
		{it: "and its CA", args: []string{"--client-ca-file", file(t, "ca.crt", ca.pem())}, status: exitYes, want: "Accepted::admin"},
		{it: "and another CA", args: []string{"--client-ca-file", file(t, "ca.crt", other.pem())}, status: exitNo, want: "Rejected:client-ca-not-trusted:"},
	} {
		kubeconfig(c.token)
		args := append([]string{"simulate", "context", "--authentication-config", auth, "-o", "jsonpath={.verdict}:{.cause}:{.user.username}"}, c.args...)
		got := run(t, "", args...)
		if got.status != c.status || got.out != c.want {
			t.Errorf("%s: %d %s, want %d %s", c.it, got.status, got.out, c.status, c.want)
		}
	}
	alone := run(t, "", "simulate", "--authentication-config", auth)
	if first, _, _ := strings.Cut(alone.out, "\n"); alone.status != exitYes || alone.err != "" || first != report.ConfigurationOnly {
		t.Errorf("of the configuration alone: %d %s%s", alone.status, alone.out, alone.err)
	}
	got := run(t, "", "simulate", "context", "--authentication-config", auth)
	if strings.Contains(got.out, "load balancer") || !strings.Contains(got.out, "Give --client-ca-file, or all flags with --manifest.") {
		t.Errorf("the report does not say what was not given:\n%s", got.out)
	}
	if got := run(t, token, "simulate", "-", "--authentication-config", auth, "--offline"); got.err != "" {
		t.Errorf("of a credential that was named: %s", got.err)
	}
}
