package simulate

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

const clusterIssuer = "https://kubernetes.default.svc"

// clusterConfig is a server with an issuer of ServiceAccount tokens, whose key is key().
func clusterConfig(t *testing.T, more ...string) *Config {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key().Public())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "sa.pub")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return configured(t, append([]string{"--service-account-issuer=" + clusterIssuer, "--service-account-key-file=" + file}, more...)...)
}

func clusterKeyID(t *testing.T) string {
	t.Helper()
	keys, err := serviceaccount.NewKeys([]any{key()})
	if err != nil {
		t.Fatal(err)
	}
	return keys[0].ID
}

func snapshot(t *testing.T, objects string) *Snapshot {
	t.Helper()
	s := NewSnapshot()
	if objects != "" {
		if err := s.Add([]byte(objects)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ask asks a new server about one token.
func ask(t *testing.T, c *Config, w World, raw string, audiences ...string) *Answer {
	t.Helper()
	if w.Now == nil {
		w.Now = func() time.Time { return testTime }
	}
	s, err := New(*c, w)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Authenticate(t.Context(), Request{Token: raw, HasToken: true, Audiences: audiences})
}

const clusterObjects = `
apiVersion: v1
kind: List
items:
- {kind: ServiceAccount, metadata: {name: robot, namespace: shop, uid: s-uid}}
- {kind: ServiceAccount, metadata: {name: leaving, namespace: shop, uid: l-uid, deletionTimestamp: "2026-09-21T14:00:00Z"}}
- {kind: ServiceAccount, metadata: {name: going, namespace: shop, uid: g-uid, deletionTimestamp: "2026-09-21T14:12:50Z"}}
- {kind: Pod, metadata: {name: web, namespace: shop, uid: p-uid}}
- {kind: Pod, metadata: {name: leaving, namespace: shop, uid: lp-uid, deletionTimestamp: "2026-09-21T14:00:00Z"}}
- {kind: Secret, metadata: {name: bound, namespace: shop, uid: b-uid}}
- {kind: Node, metadata: {name: n1, uid: n-uid}}
`

type object = map[string]any

// TestBoundTokens covers each rejection of a token from TokenRequest, in the server's order.
func TestBoundTokens(t *testing.T) {
	private := func(changes object) object {
		out := object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "s-uid"}}
		maps.Copy(out, changes)
		return object{"kubernetes.io": out}
	}
	user := func(extra map[string][]string) *token.Identity {
		return &token.Identity{Username: "system:serviceaccount:shop:robot", UID: "s-uid", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}, Extra: extra}
	}
	pod := func(name, uid string) object { return private(object{"pod": object{"name": name, "uid": uid}}) }
	secret := func(name, uid string) object { return private(object{"secret": object{"name": name, "uid": uid}}) }
	node := func(name, uid string) object { return private(object{"node": object{"name": name, "uid": uid}}) }
	account := func(name, uid string) object {
		return private(object{"serviceaccount": object{"name": name, "uid": uid}})
	}
	webhook := private(object{"validatingwebhookconfiguration": object{"name": "w", "uid": "w-uid"}, "attestations": object{"admissionReviewAPIGroups": []string{"apps"}}})
	for _, c := range []struct {
		it          string
		claims      object
		kid         string
		without     string
		gate        bool
		want        outcome
		withoutThem bool
	}{
		{it: "is as it should be", want: outcome{User: user(nil)}},
		{it: "names a key that the server has", kid: "own", want: outcome{User: user(nil)}},
		{it: "names a key that it has not", kid: "other", want: outcome{Error: "invalid signature, no keys found"}},
		{it: "is signed by a stranger", kid: "stranger", want: outcome{Error: "go-jose/go-jose: error in cryptographic primitive"}},
		{it: "is of another issuer", claims: object{"iss": "https://other.example"}, want: outcome{Error: "-"}},
		{it: "is for another audience", claims: object{"aud": "vault"}, want: outcome{Error: `token audiences ["vault"] is invalid for the target audiences ["https://kubernetes.default.svc"]`}},
		{it: "is for two", claims: object{"aud": []string{"vault", clusterIssuer}}, want: outcome{User: user(nil)}},
		{it: "is for none, and so for the server", without: "aud", want: outcome{User: user(nil)}},
		{it: "has ended", claims: object{"exp": testTime.Unix() - 61}, want: outcome{Error: "service account token has expired"}},
		{it: "has ended within a minute", claims: object{"exp": testTime.Unix() - 59}, want: outcome{User: user(nil)}},
		{it: "is not valid yet", claims: object{"nbf": testTime.Unix() + 61}, want: outcome{Error: "service account token is not valid yet"}},
		{it: "is issued later", claims: object{"iat": testTime.Unix() + 61}, want: outcome{Error: "service account token is issued in the future"}},
		{it: "has an ID", claims: object{"jti": "a"}, want: outcome{User: user(map[string][]string{"authentication.kubernetes.io/credential-id": {"JTI=a"}})}},

		{it: "is of an account that is gone", claims: account("nobody", "x"), want: outcome{Error: `serviceaccounts "nobody" not found`}},
		{it: "is of an account that was made anew", claims: account("robot", "old"), want: outcome{Error: "service account UID (s-uid) does not match claim (old)"}},
		{it: "is of an account that is being deleted", claims: account("leaving", "l-uid"), want: outcome{Error: "service account shop/leaving has been deleted"}},
		{it: "is of an account that is being deleted for half a minute", claims: account("going", "g-uid"), want: outcome{User: &token.Identity{
			Username: "system:serviceaccount:shop:going", UID: "g-uid", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}}}},
		{it: "names no account", claims: account("", ""), want: outcome{Error: "resource name may not be empty"}},
		{it: "names an account that no server can have", claims: account("a/b", "x"), want: outcome{Error: `invalid resource name "a/b": [may not contain '/']`}},
		{it: "says nothing of Kubernetes", claims: object{"kubernetes.io": object{}}, want: outcome{Error: "resource name may not be empty"}},

		{it: "is bound to a Pod", claims: pod("web", "p-uid"), want: outcome{User: user(map[string][]string{"authentication.kubernetes.io/pod-name": {"web"}, "authentication.kubernetes.io/pod-uid": {"p-uid"}})}},
		{it: "is bound to a Pod that is gone", claims: pod("gone", "x"), want: outcome{Error: "service account token has been invalidated"}},
		{it: "is bound to a Pod that was made anew", claims: pod("web", "old"), want: outcome{Error: "pod UID (p-uid) does not match service account pod ref claim (old)"}},
		{it: "is bound to a Pod that is being deleted", claims: pod("leaving", "lp-uid"), want: outcome{Error: "service account token has been invalidated"}},
		{it: "is bound to a Secret", claims: secret("bound", "b-uid"), want: outcome{User: user(nil)}},
		{it: "is bound to a Secret that is gone", claims: secret("gone", "x"), want: outcome{Error: "service account token has been invalidated"}},
		{it: "is bound to a Secret that was made anew", claims: secret("bound", "old"), want: outcome{Error: "secret UID (b-uid) does not match service account secret ref claim (old)"}},
		{it: "is bound to a node", claims: node("n1", "n-uid"), want: outcome{User: user(map[string][]string{"authentication.kubernetes.io/node-name": {"n1"}, "authentication.kubernetes.io/node-uid": {"n-uid"}})}},
		{it: "is bound to a node that is gone", claims: node("n2", "x"), want: outcome{Error: "service account token has been invalidated"}},
		{it: "is bound to a node that was made anew", claims: node("n1", "old"), want: outcome{Error: "node UID (n-uid) does not match service account node ref claim (old)"}},
		{it: "is bound to a Pod on a node, which is not looked at", claims: private(object{"pod": object{"name": "web", "uid": "p-uid"}, "node": object{"name": "n2", "uid": "x"}}),
			want: outcome{User: user(map[string][]string{"authentication.kubernetes.io/pod-name": {"web"}, "authentication.kubernetes.io/pod-uid": {"p-uid"},
				"authentication.kubernetes.io/node-name": {"n2"}, "authentication.kubernetes.io/node-uid": {"x"}})}},

		{it: "is bound to a webhook configuration", claims: webhook, want: outcome{Error: `feature gate "APIServerWebhookAuthenticationToken" is disabled, but token is webhook bound`}},
		{it: "is bound to a webhook configuration without an attestation", claims: private(object{"mutatingwebhookconfiguration": object{"name": "w", "uid": "w-uid"}}), gate: true,
			want: outcome{Error: `bound object was a webhook config, but "admissionReviewAPIGroups" attestation is missing`}},
		{it: "is bound to a webhook configuration, which the server looks up", claims: webhook, gate: true, want: outcome{Missing: "the ValidatingWebhookConfiguration w was not given"}},

		{it: "is of an account of which nobody knows", withoutThem: true, want: outcome{Missing: "the ServiceAccount shop/robot was not given"}},
		{it: "has ended, which needs no account", withoutThem: true, claims: object{"exp": testTime.Unix() - 61}, want: outcome{Error: "service account token has expired"}},
	} {
		claims := object{"iss": clusterIssuer, "sub": "system:serviceaccount:shop:robot", "aud": []string{clusterIssuer}, "iat": testTime.Unix() - 60, "nbf": testTime.Unix() - 60, "exp": testTime.Unix() + 3600}
		maps.Copy(claims, private(nil))
		maps.Copy(claims, c.claims)
		delete(claims, c.without)
		kid, k := c.kid, key()
		switch kid {
		case "own":
			kid = clusterKeyID(t)
		case "stranger":
			kid, k = clusterKeyID(t), strangerKey()
		}
		w := World{}
		if !c.withoutThem {
			w.Objects = snapshot(t, clusterObjects)
		}
		config := clusterConfig(t)
		if c.gate {
			config.flags = map[string][]string{"feature-gates": {"APIServerWebhookAuthenticationToken=true"}}
		}
		answer := ask(t, config, w, sign(t, k, kid, claims))
		if diff := cmp.Diff(refusal(c.want), outcomeOf(answer), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a token that %s (-want +got):\n%s", c.it, diff)
		}
		if text := wrongSteps(answer); text != "" {
			t.Errorf("a token that %s: %s", c.it, text)
		}
	}
}

// refusal returns an error in the form of the union of all authenticators; "-" is no error of its own.
func refusal(o outcome) outcome {
	switch o.Error {
	case "":
	case "-":
		o.Error = "invalid bearer token"
	default:
		o.Error = "[invalid bearer token, " + o.Error + "]"
	}
	return o
}

// TestLegacyTokens covers each rejection of a token from a Secret.
func TestLegacyTokens(t *testing.T) {
	const prefix = "kubernetes.io/serviceaccount/"
	user := &token.Identity{Username: "system:serviceaccount:shop:robot", UID: "s-uid", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}}
	const marked = "the token in secret shop/robot-token for service account shop/robot has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the 'kubernetes.io/legacy-token-invalid-since' label from the secret to temporarily allow use of this token"
	for _, c := range []struct {
		it       string
		claims   object
		secret   string
		account  string
		noLookup bool
		nothing  bool
		want     outcome
	}{
		{it: "is as it should be", want: outcome{User: user}},
		{it: "has no subject", claims: object{"sub": ""}, want: outcome{Error: "sub claim is missing"}},
		{it: "has no namespace", claims: object{prefix + "namespace": ""}, want: outcome{Error: "namespace claim is missing"}},
		{it: "has no Secret", claims: object{prefix + "secret.name": ""}, want: outcome{Error: "secretName claim is missing"}},
		{it: "has no account", claims: object{prefix + "service-account.name": ""}, want: outcome{Error: "serviceAccountName claim is missing"}},
		{it: "has no UID", claims: object{prefix + "service-account.uid": ""}, want: outcome{Error: "serviceAccountUID claim is missing"}},
		{it: "has another subject", claims: object{"sub": "system:serviceaccount:shop:boss"}, want: outcome{Error: "sub claim is invalid"}},
		{it: "has a subject of another kind", claims: object{"sub": "robot"}, want: outcome{Error: "sub claim is invalid"}},
		{it: "is in a Secret that is gone", secret: "{metadata: {name: other, namespace: shop, uid: o}}", want: outcome{Error: "Token has been invalidated"}},
		{it: "is in a Secret that is being deleted", secret: `{metadata: {name: robot-token, namespace: shop, uid: t, deletionTimestamp: "2026-09-21T14:13:20Z"}, stringData: {token: RAW}}`, want: outcome{Error: "Token has been invalidated"}},
		{it: "is not what its Secret holds", secret: "{metadata: {name: robot-token, namespace: shop, uid: t}, stringData: {token: a.b.c}}", want: outcome{Error: "Token does not match server's copy"}},
		{it: "is in a Secret that was retired", secret: `{metadata: {name: robot-token, namespace: shop, uid: t, labels: {kubernetes.io/legacy-token-invalid-since: "2026-09-01"}}, stringData: {token: RAW}}`, want: outcome{Error: marked}},
		{it: "is of an account that is gone", account: "{metadata: {name: other, namespace: shop, uid: o}}", want: outcome{Error: `serviceaccounts "robot" not found`}},
		{it: "is of an account that was made anew", account: "{metadata: {name: robot, namespace: shop, uid: new}}", want: outcome{Error: "ServiceAccount UID (new) does not match claim (s-uid)"}},
		{it: "is of an account that is being deleted", account: `{metadata: {name: robot, namespace: shop, uid: s-uid, deletionTimestamp: "2026-09-21T14:13:20Z"}}`, want: outcome{Error: "ServiceAccount shop/robot has been deleted"}},
		{it: "is not looked up", noLookup: true, nothing: true, want: outcome{User: user}},
		{it: "is not looked up, and has another subject", noLookup: true, nothing: true, claims: object{"sub": "robot"}, want: outcome{Error: "sub claim is invalid"}},
		{it: "is in a Secret of which nobody knows", nothing: true, want: outcome{Missing: "the Secret shop/robot-token was not given"}},
	} {
		claims := object{"iss": serviceaccount.LegacyIssuer, "sub": "system:serviceaccount:shop:robot", prefix + "namespace": "shop", prefix + "secret.name": "robot-token", prefix + "service-account.name": "robot", prefix + "service-account.uid": "s-uid"}
		maps.Copy(claims, c.claims)
		raw := sign(t, key(), clusterKeyID(t), claims)
		if c.secret == "" {
			c.secret = "{metadata: {name: robot-token, namespace: shop, uid: t}, stringData: {token: RAW}}"
		}
		if c.account == "" {
			c.account = "{metadata: {name: robot, namespace: shop, uid: s-uid}}"
		}
		w := World{}
		if !c.nothing {
			w.Objects = snapshot(t, "kind: SecretList\nitems: ["+strings.ReplaceAll(c.secret, "RAW", raw)+"]\n---\nkind: ServiceAccountList\nitems: ["+c.account+"]\n")
		}
		answer := ask(t, clusterConfig(t, fmt.Sprintf("--service-account-lookup=%t", !c.noLookup)), w, raw)
		if diff := cmp.Diff(refusal(c.want), outcomeOf(answer), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a token that %s (-want +got):\n%s", c.it, diff)
		}
		if text := wrongSteps(answer); text != "" {
			t.Errorf("a token that %s: %s", c.it, text)
		}
	}
}

// TestBootstrapTokens checks that a rejected bootstrap token has no reason in the answer, but one in the trace.
func TestBootstrapTokens(t *testing.T) {
	const good = "token-id: abcdef, token-secret: 0123456789abcdef, usage-bootstrap-authentication: 'true'"
	write := func(more, data string) string {
		return "kind: Secret\ntype: bootstrap.kubernetes.io/token\nmetadata: {name: bootstrap-token-abcdef, namespace: kube-system" + more + "}\nstringData: {" + data + "}\n"
	}
	user := func(groups ...string) *token.Identity {
		return &token.Identity{Username: "system:bootstrap:abcdef", Groups: append(groups, "system:authenticated")}
	}
	for _, c := range []struct {
		it, raw, secret string
		user            *token.Identity
		why             string
	}{
		{it: "is as it should be", secret: write("", good), user: user("system:bootstrappers")},
		{it: "has groups of its own", secret: write("", good+", auth-extra-groups: 'system:bootstrappers:b,system:bootstrappers:a'"), user: user("system:bootstrappers", "system:bootstrappers:a", "system:bootstrappers:b")},
		{it: "has other groups", secret: write("", good+", auth-extra-groups: 'system:bootstrappers:a,system:masters'"), why: `the Secret's auth-extra-groups has "system:masters", which is not a valid group for bootstrap tokens`},
		{it: "has a group that ends badly", secret: write("", good+", auth-extra-groups: 'system:bootstrappers:a-'"), why: `the Secret's auth-extra-groups has "system:bootstrappers:a-", which is not a valid group for bootstrap tokens`},
		{it: "ends later", secret: write("", good+", expiration: '2026-09-21T14:13:21Z'"), user: user("system:bootstrappers")},
		{it: "ends now", secret: write("", good+", expiration: '2026-09-21T14:13:20Z'"), why: "the Secret expired at 2026-09-21T14:13:20Z"},
		{it: "ends some day", secret: write("", good+", expiration: tomorrow"), why: `the Secret's expiration "tomorrow" is not an RFC 3339 time, and the API server treats the token as expired`},
		{it: "is not for this", secret: write("", strings.ReplaceAll(good, "'true'", "'yes'")), why: "the Secret does not have usage-bootstrap-authentication=true"},
		{it: "has another secret", secret: write("", strings.ReplaceAll(good, "0123456789abcdef", "fedcba9876543210")), why: "the Secret's token-secret does not match the token"},
		{it: "has another ID inside", secret: write("", strings.ReplaceAll(good, "token-id: abcdef", "token-id: fedcba")), why: `the Secret's token-id is "fedcba"`},
		{it: "is being deleted", secret: write(`, deletionTimestamp: "2026-09-21T14:13:20Z"`, good), why: "the Secret is being deleted"},
		{it: "is of another type", secret: strings.ReplaceAll(write(", uid: u", good), "bootstrap.kubernetes.io/token", "Opaque"), why: `the Secret's type is "Opaque", not bootstrap.kubernetes.io/token`},
		{it: "is gone", secret: strings.ReplaceAll(write("", good), "bootstrap-token-abcdef", "bootstrap-token-fedcba"), why: `secrets "bootstrap-token-abcdef" not found`},
		{it: "is too short", raw: "abcdef.0123456789abcde", secret: write("", good), why: "not in the form ID.SECRET"},
		{it: "has a capital", raw: "Abcdef.0123456789abcdef", secret: write("", good), why: "not in the form ID.SECRET"},
		{it: "has a part too many", raw: "abcdef.0123456789abcdef.", secret: write("", good), why: "not in the form ID.SECRET"},
	} {
		if c.raw == "" {
			c.raw = "abcdef.0123456789abcdef"
		}
		answer := ask(t, configured(t, "--enable-bootstrap-token-auth"), World{Objects: snapshot(t, c.secret)}, c.raw)
		want := outcome{User: c.user}
		if c.user == nil {
			want.Error = "invalid bearer token"
		}
		if diff := cmp.Diff(want, outcomeOf(answer), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("a token that %s (-want +got):\n%s", c.it, diff)
		}
		var why string
		for _, a := range answer.Attempts {
			if a.Name.Equal(nameBootstrap) && len(a.Steps) > 0 && c.user == nil {
				why = a.Steps[len(a.Steps)-1].Detail.String()
			}
		}
		if why != c.why {
			t.Errorf("a token that %s: the trace says %q, want %q", c.it, why, c.why)
		}
		if strings.Contains(fmt.Sprint(answer.Attempts), "0123456789abcdef") {
			t.Errorf("a token that %s: the trace holds the secret", c.it)
		}
	}
	answer := ask(t, configured(t, "--enable-bootstrap-token-auth"), World{}, "abcdef.0123456789abcdef")
	if answer.Decided() || answer.Missing[0].What.String() != "the Secret kube-system/bootstrap-token-abcdef was not given" {
		t.Errorf("without objects: %+v", answer)
	}
	answer = ask(t, configured(t, "--enable-bootstrap-token-auth=false"), World{}, "abcdef.0123456789abcdef")
	if !answer.Decided() || answer.Error != "invalid bearer token" {
		t.Errorf("where they are not taken: %+v", answer)
	}
}
