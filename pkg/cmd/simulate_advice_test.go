package cmd

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// The advice names the cause where the claims and the configuration show it. Each case has a neighbor without it.
func TestSimulateAdvice(t *testing.T) {
	nowhere(t)
	const (
		tenant   = "https://login.microsoftonline.com/22222222-1111-1111-1111-111111111111/v2.0"
		keycloak = "https://kc.example:8443/realms/a"
	)
	flags := func(issuer string, more ...string) []string {
		return append([]string{"--oidc-issuer-url", issuer, "--oidc-client-id", "shop"}, more...)
	}
	for _, c := range []struct {
		it        string
		args      []string
		claims    object
		says, not string
	}{
		{it: "the v1 issuer of the same tenant", args: flags(tenant), claims: object{"iss": "https://sts.windows.net/22222222-1111-1111-1111-111111111111/", "ver": "1.0", "appid": "a"}, says: "This is a v1 token"},
		{it: "another tenant", args: flags(tenant), claims: object{"iss": "https://sts.windows.net/33333333-1111-1111-1111-111111111111/", "ver": "1.0"}, not: "v1 token"},
		{it: "Keycloak's /auth", args: flags(keycloak), claims: object{"iss": "https://kc.example:8443/auth/realms/a"}, says: "path /auth before /realms"},
		{it: "another port", args: flags(keycloak), claims: object{"iss": "https://kc.example/realms/a"}, says: "differ in the port"},
		{it: "another realm", args: flags(keycloak), claims: object{"iss": "https://kc.example/realms/b"}, not: "differ in the port"},
		{it: "a required claim that is a list", args: flags(keycloak, "--oidc-required-claim", "roles=admin"), claims: object{"iss": keycloak, "roles": []string{"admin"}}, says: "in claims.roles"},
		{it: "a required claim with another value", args: flags(keycloak, "--oidc-required-claim", "roles=admin"), claims: object{"iss": keycloak, "roles": "user"}, not: "in claims.roles"},
		{it: "a nested groups claim", args: flags(keycloak, "--oidc-groups-claim", "realm_access.roles"), claims: object{"iss": keycloak, "realm_access": object{"roles": []string{"a"}}}, says: "the value is nested"},
		{it: "another groups claim", args: flags(keycloak, "--oidc-groups-claim", "team"), claims: object{"iss": keycloak, "groups": []string{"a"}}, says: "--oidc-groups-claim", not: "claimMappings.groups.claim"},
		{it: "too many groups", args: flags(tenant, "--oidc-groups-claim", "groups"), claims: object{"iss": tenant, "hasgroups": true}, says: "200 groups"},
		{it: "no groups are configured", args: flags(keycloak), claims: object{"iss": keycloak}, not: "oidc-groups-missing"},
		{it: "a groups claim that is an object", args: flags(keycloak, "--oidc-groups-claim", "roles"), claims: object{"iss": keycloak, "roles": object{"a": 1}}, says: "dyn(claims.roles).map(k, k)"},
		{it: "a missing user name in an access token", args: flags(keycloak, "--oidc-username-claim", "email"), claims: object{"iss": keycloak, "typ": "Bearer"}, says: "access token"},
		{it: "a missing user name", args: flags(keycloak, "--oidc-username-claim", "email"), claims: object{"iss": keycloak}, says: "--oidc-username-claim", not: "access token"},
		{it: "another audience", args: flags(keycloak), claims: object{"iss": keycloak, "aud": "till"}, says: "--oidc-client-id", not: "AuthenticationConfiguration"},
	} {
		claims := object{"aud": "shop", "sub": "ada"}
		for name, value := range c.claims {
			claims[name] = value
		}
		got := run(t, "", append([]string{"simulate", "--claims", file(t, "claims.json", asJSON(claims)), "-o", "json"}, c.args...)...)
		text := strings.ToLower(got.out)
		if !strings.Contains(text, strings.ToLower(c.says)) {
			t.Errorf("%s: %q is not in\n%s%s", c.it, c.says, got.out, got.err)
		}
		if c.not != "" && strings.Contains(text, strings.ToLower(c.not)) {
			t.Errorf("%s: %q is in\n%s", c.it, c.not, got.out)
		}
		if !strings.Contains(got.out, "signature-not-checked") || strings.Contains(got.out, `"verified": true`) {
			t.Errorf("%s: it is not said that no signature was checked\n%s", c.it, got.out)
		}
	}
}

// Without a credential, --against compares the configurations, and an invalid one is printed as an object.
func TestSimulateWithoutCredential(t *testing.T) {
	nowhere(t)
	auth := func(prefix any) string {
		username := object{"claim": "sub"}
		if prefix != nil {
			username["prefix"] = prefix
		}
		return file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
			"issuer": object{"url": "https://issuer.invalid", "audiences": []string{"a"}}, "claimMappings": object{"username": username},
		}}}))
	}
	for _, c := range []struct {
		it     string
		args   []string
		status int
		says   string
	}{
		{"one configuration", []string{"--authentication-config", auth("x:")}, exitYes, report.ConfigurationOnly},
		{"the same twice", []string{"--authentication-config", auth("x:"), "--against", auth("x:")}, exitYes, "Unchanged"},
		{"another prefix", []string{"--authentication-config", auth("x:"), "--against", auth("y:")}, exitNo, "the prefix is \"y:\" instead"},
		{"an invalid one", []string{"--authentication-config", auth(nil), "-o", "json"}, exitUsage, `"path": "jwt[0].claimMappings.username.prefix"`},
		{"an invalid one, without names", []string{"--authentication-config", auth(nil), "-o", "yaml", "--anonymize"}, exitUsage, "prefix is required when claim is set"},
		{"an invalid second one", []string{"--authentication-config", auth("x:"), "--against", auth(nil), "-o", "json"}, exitUsage, `"valid": false`},
		{"an empty root", []string{"--authentication-config", auth("x:"), "--root", ""}, exitUsage, ""},
		{"claims and a credential", []string{"-", "--claims", "x", "--authentication-config", auth("x:")}, exitUsage, ""},
	} {
		got := run(t, "", append([]string{"simulate"}, c.args...)...)
		if got.status != c.status || !strings.Contains(got.out, c.says) {
			t.Errorf("%s: %d, want %d and %q:\n%s%s", c.it, got.status, c.status, c.says, got.out, got.err)
		}
	}
}

// --authentication-config=- reads standard input, once.
func TestAuthenticationConfigurationOfStdin(t *testing.T) {
	nowhere(t)
	text := asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
		"issuer": object{"url": "https://issuer.invalid", "audiences": []string{"a"}}, "claimMappings": object{"username": object{"claim": "sub", "prefix": "x:"}},
	}}})
	for _, c := range []struct {
		args   []string
		status int
	}{
		{nil, exitYes},
		{[]string{"-"}, exitUsage},
		{[]string{"--claims", "-"}, exitUsage},
		{[]string{"--against", "-"}, exitUsage},
	} {
		got := run(t, text, append([]string{"simulate", "--authentication-config", "-"}, c.args...)...)
		if got.status != c.status || c.status != exitYes && !strings.Contains(got.err, "standard input cannot be read twice") {
			t.Errorf("%v: %d, want %d\n%s%s", c.args, got.status, c.status, got.out, got.err)
		}
	}
}

// Two configurations that reject the same token are unchanged, and the report says why each rejects it.
func TestBothConfigurationsReject(t *testing.T) {
	nowhere(t)
	auth := func(audience string) string {
		return file(t, "auth.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
			"issuer": object{"url": "https://issuer.invalid", "audiences": []string{audience}}, "claimMappings": object{"username": object{"claim": "sub", "prefix": "x:"}},
		}}}))
	}
	claims := func(aud string) string {
		return file(t, "claims.json", asJSON(object{"iss": "https://issuer.invalid", "aud": aud, "sub": "ada"}))
	}
	got := run(t, "", "simulate", "--authentication-config", auth("a"), "--against", auth("b"), "--claims", claims("c"))
	for _, want := range []string{"Unchanged: both configurations reject 1 token", `expected audience "a"`, `expected audience "b"`} {
		if got.status != exitYes || !strings.Contains(strings.Join(strings.Fields(got.out), " "), want) {
			t.Errorf("%q is not in the report (%d):\n%s%s", want, got.status, got.out, got.err)
		}
	}
	got = run(t, "", "simulate", "--authentication-config", auth("a"), "--against", auth("a"), "--claims", claims("a"))
	if !strings.Contains(got.out, "Unchanged: the identity of 1 token") || strings.Contains(got.out, "reject") {
		t.Errorf("an accepted token:\n%s%s", got.out, got.err)
	}
}

// A configuration that was given as the credential gets the command that checks it.
func TestConfigurationAsCredential(t *testing.T) {
	nowhere(t)
	configuration := file(t, "auth.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n")
	for name, want := range map[string]bool{configuration: true, file(t, "token.txt", "hunter2hunter2"): false} {
		got := run(t, "", "simulate", "-f", name)
		if got.status != exitUsage || strings.Contains(got.err, "simulate --authentication-config "+name) != want {
			t.Errorf("%s: %d\n%s", name, got.status, got.err)
		}
	}
}
