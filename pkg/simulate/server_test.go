package simulate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"

	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func testClock() time.Time { return testTime }

// The clock is set in the field that the server's own tests set. If a release of k8s.io/apiserver no longer has
// the field, --at needs another way.
func TestSetClock(t *testing.T) {
	var o oidc.Options
	asked := 0
	if err := setClock(&o, func() time.Time { asked++; return testTime }); err != nil {
		t.Fatal(err)
	}
	config, err := (&jwtConfiguration{JWT: object{"claimMappings": object{"username": object{"claim": "sub", "prefix": ""}}}}).config()
	if err != nil {
		t.Fatal(err)
	}
	o.JWTAuthenticator, o.KeySet = config.JWT[0], keysFrom(t.Context(), issuerJWKS(t))
	authn, err := oidc.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	raw := (&jwtCase{Claims: object{"sub": "ada", "exp": testTime.Unix() + 1}}).raw(t)
	if _, ok, err := authn.AuthenticateToken(t.Context(), raw); !ok || asked == 0 {
		t.Errorf("the clock was asked %d times: %v", asked, err)
	}
}

// everything is a configuration with all authenticators, and a client certificate of its CA.
func everything(t *testing.T) (*Config, *x509.Certificate) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	certificate := func(name string, serial int64, isCA bool, parent *x509.Certificate) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name, Organization: []string{"staff"}}, NotBefore: testTime.Add(-time.Hour), NotAfter: testTime.Add(time.Hour),
			IsCA: isCA, BasicConstraintsValid: isCA, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, k.Public(), k)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	inPEM := func(c *x509.Certificate) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	clients, proxies := certificate("clients", 1, true, nil), certificate("proxies", 2, true, nil)
	return clusterConfig(t,
		"--client-ca-file="+write("clients.crt", inPEM(clients)), "--requestheader-client-ca-file="+write("proxies.crt", inPEM(proxies)),
		"--requestheader-username-headers=X-Remote-User", "--requestheader-allowed-names=proxy",
		"--token-auth-file="+write("tokens.csv", "static,operator,7,\"staff\"\n"), "--enable-bootstrap-token-auth",
		"--authentication-config="+"apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"+
			"- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"id:\"}}\n"+
			"- issuer: {url: https://other.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"other:\"}}\n",
		"--authentication-token-webhook-config-file="+write("webhook", ""),
	), certificate("jane", 3, false, clients)
}

// The authenticators run in the server's order, up to the first that accepts.
func TestOrder(t *testing.T) {
	config, certificate := everything(t)
	s, err := New(*config, World{Now: testClock, Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }, Objects: snapshot(t, clusterObjects)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := []string{nameLoopback.String(), nameRequestHeader.String(), nameCertificate.String(), nameTokenFile.String(), nameLegacy.String(), nameBound.String(), nameBootstrap.String(), "JWT issuer https://id.example", "JWT issuer https://other.example", nameWebhook.String()}
	for _, c := range []struct {
		it      string
		request Request
		want    []string
		user    string
	}{
		{"an unknown token", Request{Token: "nobody", HasToken: true}, all, ""},
		{"a static token", Request{Token: "static", HasToken: true}, all[:4], "operator"},
		{"a token of the first issuer", Request{Token: (&jwtCase{Claims: object{"sub": "ada"}}).raw(t), HasToken: true}, all[:8], "id:ada"},
		{"a token of the second issuer", Request{Token: (&jwtCase{Claims: object{"sub": "ada", "iss": "https://other.example"}}).raw(t), HasToken: true}, all[:9], "other:ada"},
		{"a certificate", Request{Certificates: []*x509.Certificate{certificate}}, []string{nameRequestHeader.String(), nameCertificate.String()}, "jane"},
		{"a certificate and a token", Request{Certificates: []*x509.Certificate{certificate}, Token: "static", HasToken: true}, all[:3], "jane"},
		{"nothing", Request{}, []string{nameRequestHeader.String(), nameCertificate.String(), nameAnonymous.String()}, user.Anonymous},
		{"an empty token", Request{HasToken: true}, []string{nameRequestHeader.String(), nameCertificate.String(), nameAnonymous.String()}, user.Anonymous},
	} {
		a := s.Authenticate(t.Context(), c.request)
		var got []string
		for _, attempt := range a.Attempts {
			got = append(got, attempt.Name.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.it, diff)
		}
		if a.Authenticated != (c.user != "") || a.Authenticated && a.User.GetName() != c.user {
			t.Errorf("%s is %v, want %s", c.it, Identity(a.User), c.user)
		}
	}
}

// No authenticator after the issuer that rejects a token is asked.
func TestIssuerEndsIt(t *testing.T) {
	config, _ := everything(t)
	config.Webhook = nil
	a := ask(t, config, World{Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }}, (&jwtCase{Claims: object{"sub": "ada", "aud": "till"}}).raw(t))
	if last := a.Attempts[len(a.Attempts)-1]; last.Name.String() != "JWT issuer https://id.example" || last.Opinion != Rejected {
		t.Errorf("the last one is %+v", last)
	}
}

// Requested audiences must be the server's own, except for ServiceAccount tokens.
func TestAudiences(t *testing.T) {
	config, _ := everything(t)
	config.Webhook = nil
	w := World{Now: testClock, Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }, Objects: snapshot(t, clusterObjects)}
	account := func(audiences ...string) string {
		return sign(t, key(), "", object{"iss": clusterIssuer, "aud": audiences, "exp": testTime.Unix() + 60, "kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "s-uid"}}})
	}
	person := (&jwtCase{Claims: object{"sub": "ada"}}).raw(t)
	for _, c := range []struct {
		it, raw string
		asked   []string
		ok      bool
		granted []string
	}{
		{"a person's, for the server", person, nil, true, []string{clusterIssuer}},
		{"a person's, for the server by its name", person, []string{clusterIssuer}, true, []string{clusterIssuer}},
		{"a person's, for the server and another", person, []string{"vault", clusterIssuer}, true, []string{clusterIssuer}},
		{"a person's, for another", person, []string{"vault"}, false, nil},
		{"a person's, for the audience that it has", person, []string{"shop"}, false, nil},
		{"an account's, for the server", account(clusterIssuer), nil, true, []string{clusterIssuer}},
		{"an account's for another, for that", account("vault"), []string{"vault"}, true, []string{"vault"}},
		{"an account's for another, for the server", account("vault"), nil, false, nil},
		{"an account's for two, for both and a third", account("vault", clusterIssuer), []string{"bank", clusterIssuer, "vault"}, true, []string{clusterIssuer, "vault"}},
		{"a static one, for another", "static", []string{"vault"}, false, nil},
	} {
		a := ask(t, config, w, c.raw, c.asked...)
		if a.Authenticated != c.ok {
			t.Errorf("%s: authenticated %t, want %t (%s)", c.it, a.Authenticated, c.ok, a.Error)
		}
		if diff := cmp.Diff(c.granted, a.Audiences, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: audiences (-want +got):\n%s", c.it, diff)
		}
	}
}

// A request without a credential is anonymous if that is allowed. A request with an invalid credential is not.
func TestAnonymous(t *testing.T) {
	const file = "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: "
	for _, c := range []struct {
		flag   string
		nobody bool
	}{
		{"--client-ca-file=", true},
		{"--anonymous-auth=true", true},
		{"--anonymous-auth=false", false},
		{"--authorization-mode=AlwaysAllow", false},
		{"--authorization-mode=Node,RBAC", true},
		{"--authentication-config=" + file + "{enabled: true}\n", true},
		{"--authentication-config=" + file + "{enabled: false}\n", false},
		{"--authentication-config=" + file + "{enabled: true, conditions: [{path: /livez}]}\n", false},
		{"--authentication-config=" + file + "{enabled: true, conditions: [{path: /livez}, {path: " + reviewPath + "}]}\n", true},
	} {
		s, err := New(*configured(t, c.flag), World{Now: testClock})
		if err != nil {
			t.Fatal(err)
		}
		if a := s.Authenticate(t.Context(), Request{}); a.Authenticated != c.nobody || c.nobody && a.User.GetName() != user.Anonymous || a.Error != "" || !a.Decided() {
			t.Errorf("%s: nothing is answered with %+v", c.flag, a)
		}
		if a := s.Authenticate(t.Context(), Request{Token: "wrong", HasToken: true}); a.Authenticated || a.Error != "invalid bearer token" {
			t.Errorf("%s: a wrong token is answered with %+v", c.flag, a)
		}
		s.Close()
	}
}

// A missing input is reported where it is needed, and is never a rejection.
func TestMissing(t *testing.T) {
	jwt := func() *Config {
		return configured(t, "--authentication-config=apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: https://id.example, audiences: [shop]}\n  claimMappings: {username: {claim: sub, prefix: \"id:\"}}\n")
	}
	bound := func(private object) string {
		return sign(t, key(), "", object{"iss": clusterIssuer, "aud": clusterIssuer, "exp": testTime.Unix() + 60, "kubernetes.io": private})
	}
	robot := object{"name": "robot", "uid": "s-uid"}
	account := func(more string) *Snapshot {
		return snapshot(t, "kind: ServiceAccount\nmetadata: {name: robot, namespace: shop, uid: s-uid}\n"+more)
	}
	webhook := configured(t, "--authentication-token-webhook-config-file=/nowhere")
	person := (&jwtCase{Claims: object{"sub": "ada"}}).raw(t)
	for _, c := range []struct {
		what   string
		config *Config
		world  World
		raw    string
	}{
		{"the keys of https://id.example were not given", jwt(), World{}, person},
		{"the ServiceAccount shop/robot was not given", clusterConfig(t), World{}, bound(object{"namespace": "shop", "serviceaccount": robot})},
		{"no ServiceAccount was given, so it is unknown whether shop/robot exists", clusterConfig(t), World{Objects: NewSnapshot()}, bound(object{"namespace": "shop", "serviceaccount": robot})},
		{"no Pod was given, so it is unknown whether shop/web exists", clusterConfig(t), World{Objects: account("")}, bound(object{"namespace": "shop", "serviceaccount": robot, "pod": object{"name": "web", "uid": "p"}})},
		{"no Secret was given, so it is unknown whether shop/a exists", clusterConfig(t), World{Objects: account("")}, bound(object{"namespace": "shop", "serviceaccount": robot, "secret": object{"name": "a", "uid": "p"}})},
		{"no Node was given, so it is unknown whether n1 exists", clusterConfig(t), World{Objects: account("")}, bound(object{"namespace": "shop", "serviceaccount": robot, "node": object{"name": "n1", "uid": "p"}})},
		{"the Pod shop/web was given without metadata.uid", clusterConfig(t), World{Objects: account("---\nkind: Pod\nmetadata: {name: web, namespace: shop}\n")}, bound(object{"namespace": "shop", "serviceaccount": robot, "pod": object{"name": "web", "uid": "p"}})},
		{"the Secret shop/a was given without metadata.uid", clusterConfig(t), World{Objects: account("---\nkind: Secret\nmetadata: {name: a, namespace: shop}\n")}, bound(object{"namespace": "shop", "serviceaccount": robot, "secret": object{"name": "a", "uid": "p"}})},
		{"the API server's issuer and keys of ServiceAccount tokens were not given", jwt(), World{}, bound(object{"namespace": "shop", "serviceaccount": robot})},
		{"the API server's issuer and keys of ServiceAccount tokens were not given", jwt(), World{}, sign(t, key(), "", object{"iss": serviceaccount.LegacyIssuer, "sub": "system:serviceaccount:a:b"})},
		{"the webhook was not asked", webhook, World{}, "a-token-of-the-webhook"},
		{"the Secret kube-system/bootstrap-token-abcdef was not given", configured(t, "--enable-bootstrap-token-auth"), World{}, "abcdef.0123456789abcdef"},
	} {
		a := ask(t, c.config, c.world, c.raw)
		if a.Decided() || a.Missing[0].What.String() != c.what || a.Missing[0].How.IsZero() {
			t.Errorf("want %q; the answer is %+v", c.what, a)
			continue
		}
		if !slices.ContainsFunc(a.Attempts, func(a Attempt) bool { return a.Opinion == Unknown && a.Error == "" }) {
			t.Errorf("%s: no authenticator says that it does not know: %+v", c.what, a.Attempts)
		}
	}
	// An answer that does not depend on a missing input is decided.
	if a := ask(t, webhook, World{}, ""); !a.Decided() {
		t.Errorf("an empty token is not decided: %+v", a)
	}
	if a := ask(t, jwt(), World{}, "opaque"); !a.Decided() {
		t.Errorf("a token of no issuer is not decided: %+v", a)
	}
}

// One server answers concurrent requests independently.
func TestAtOnce(t *testing.T) {
	issuer := newTestIssuer(t)
	c := (jwtConfiguration{JWT: object{"issuer": object{"url": "URL"}, "claimMappings": object{"username": object{"expression": "claims.sub"}, "groups": object{"expression": "claims.groups"}}}}).on(t, issuer.URL)
	issuer.serve(t, &c)
	config, err := c.config()
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(*config, World{Now: testClock, Timeout: 10 * time.Second, Client: func([]byte) (*http.Client, error) { return issuer.Client(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var wait sync.WaitGroup
	for i := range 64 {
		claims := object{"iss": issuer.URL, "sub": fmt.Sprint("user-", i)}
		want := outcome{User: &token.Identity{Username: fmt.Sprint("user-", i), Groups: []string{fmt.Sprint("g-", i), "system:authenticated"}}}
		if i%2 == 0 {
			claims["groups"] = fmt.Sprint("g-", i)
		} else {
			want = outcome{Error: "[invalid bearer token, oidc: error evaluating group claim expression: expression 'claims.groups' resulted in error: no such key: groups]"}
		}
		raw := (&jwtCase{Claims: claims}).raw(t)
		wait.Go(func() {
			a := s.Authenticate(t.Context(), Request{Token: raw, HasToken: true})
			if diff := cmp.Diff(want, outcomeOf(a)); diff != "" {
				t.Errorf("user-%d (-want +got):\n%s", i, diff)
			}
			for _, attempt := range a.Attempts {
				for _, step := range attempt.Steps {
					if step.Expression == "claims.sub" && step.Value != fmt.Sprintf("%q", fmt.Sprint("user-", i)) {
						t.Errorf("user-%d: the trace is another's: %+v", i, step)
					}
				}
			}
		})
	}
	wait.Wait()
	if n := issuer.requests.Load(); n > 6 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

// No issuer is asked for keys that were given, or for a token of another issuer.
func TestIssuersAreNotAskedForNothing(t *testing.T) {
	config, _ := everything(t)
	config.Webhook = nil
	client := func([]byte) (*http.Client, error) {
		t.Error("an issuer is asked")
		return nil, http.ErrServerClosed
	}
	given := World{Client: client, Objects: snapshot(t, clusterObjects), Keys: func(string) ([]byte, bool) { return issuerJWKS(t), true }}
	if a := ask(t, config, given, (&jwtCase{Claims: object{"sub": "ada"}}).raw(t)); !a.Authenticated {
		t.Errorf("not accepted: %s", a.Error)
	}
	if a := ask(t, config, given, (&jwtCase{Claims: object{"sub": "ada"}, Key: "stranger"}).raw(t)); a.Authenticated || !a.Decided() {
		t.Errorf("by a stranger: %+v", a)
	}
	for _, raw := range []string{"opaque", "static", "abcdef.0123456789abcdef", (&jwtCase{Claims: object{"iss": "https://nobody.example"}}).raw(t), (&jwtCase{Claims: object{"iss": clusterIssuer}}).raw(t)} {
		ask(t, config, World{Client: client}, raw)
	}
}
