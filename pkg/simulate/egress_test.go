package simulate

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

// caOf is the CA of a test server, in PEM.
func caOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// ofIssuer starts a simulated server that reads the keys of the issuer at a test server.
func ofIssuer(t *testing.T, at *httptest.Server) *Server {
	t.Helper()
	config := fmt.Sprintf("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"+
		"- issuer: {url: %q, audiences: [authn], certificateAuthority: %q}\n  claimMappings:\n    username: {claim: sub, prefix: 'x:'}\n    groups: {claim: groups, prefix: 'x:'}\n", at.URL, caOf(at))
	s, err := New(*configured(t, "--authentication-config="+config), World{
		Client:  func(ca []byte) (*http.Client, error) { return keyset.NewHTTPClient(ca, 2*time.Second) },
		Timeout: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func tokenOf(t *testing.T, issuer string, more map[string]any) string {
	claims := map[string]any{"iss": issuer, "aud": "authn", "sub": "jane", "exp": time.Now().Unix() + 600}
	for k, v := range more {
		claims[k] = v
	}
	return sign(t, key(), "k", claims)
}

// An issuer without its own CA is verified with the CAs of the system, as in the API server, whether a file or
// flags configure it. An issuer with a CA is verified only with that CA.
func TestIssuerWithoutCA(t *testing.T) {
	at := httptest.NewTLSServer(nil)
	defer at.Close()
	at.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_, _ = fmt.Fprintf(w, `{"issuer": %q, "jwks_uri": %q}`, at.URL, at.URL+"/keys")
			return
		}
		_, _ = w.Write(jwks(t))
	})
	file := fmt.Sprintf("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n"+
		"- issuer: {url: %q, audiences: [authn]}\n  claimMappings: {username: {claim: sub, prefix: 'x:'}}\n", at.URL)
	for name, c := range map[string]struct {
		flags []string
		roots string
	}{
		"configuration file": {[]string{"--authentication-config=" + file}, "the system's"},
		"flags":              {[]string{"--oidc-issuer-url=" + at.URL, "--oidc-client-id=authn", "--oidc-signing-algs=RS256,ES256"}, "the system's"},
		"own CA":             {[]string{"--authentication-config=" + strings.Replace(file, "audiences", fmt.Sprintf("certificateAuthority: %q, audiences", caOf(at)), 1)}, "its own"},
	} {
		asked := ""
		s, err := New(*configured(t, c.flags...), World{
			Timeout: 5 * time.Second,
			Client: func(ca []byte) (*http.Client, error) {
				if asked = "its own"; ca == nil {
					asked = "the system's"
				}
				return at.Client(), nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if answer := s.Authenticate(t.Context(), Request{Token: tokenOf(t, at.URL, nil), HasToken: true}); !answer.Authenticated {
			t.Errorf("%s: %s, missing %v", name, answer.Error, answer.Missing)
		}
		if asked != c.roots {
			t.Errorf("%s: the issuer was asked with CAs that are %q, want %q", name, asked, c.roots)
		}
	}
}

// A hostile issuer has limits: keys only over https, few redirects, no endless answers. Unread keys are missing
// inputs, and no reason to reject a token.
func TestIssuerIsBounded(t *testing.T) {
	var plainAsked atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		plainAsked.Add(1)
		_, _ = w.Write(jwks(t))
	}))
	defer plain.Close()
	endless := func(w http.ResponseWriter, _ *http.Request) {
		// The JSON is valid, but never ends.
		block := []byte(strings.Repeat(" ", 1<<20))
		for range 64 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
		_, _ = w.Write(jwks(t))
	}
	for name, c := range map[string]struct {
		jwksURI string
		answer  http.HandlerFunc
		want    bool
	}{
		"keys":               {"", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(jwks(t)) }, true},
		"keys over http":     {plain.URL, nil, false},
		"redirected to http": {"", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) }, false},
		"redirects for ever": {"", func(w http.ResponseWriter, r *http.Request) {
			var n int
			_, _ = fmt.Sscanf(r.URL.Path, "/keys%d", &n)
			if n == 6 {
				_, _ = w.Write(jwks(t))
				return
			}
			http.Redirect(w, r, fmt.Sprintf("/keys%d", n+1), http.StatusFound)
		}, false},
		"an endless answer":               {"", endless, false},
		"an RSA key as large as is tried": {"", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(withRSA(t, keyset.MaxRSABits)) }, true},
		"a larger RSA key":                {"", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(withRSA(t, keyset.MaxRSABits+1)) }, false},
		"no keys": {"", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("down ", 1000), http.StatusBadGateway)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var issuer *httptest.Server
			issuer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/keys") {
					c.answer(w, r)
					return
				}
				uri := c.jwksURI
				if uri == "" {
					uri = issuer.URL + "/keys"
				}
				_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer.URL, "jwks_uri": uri})
			}))
			defer issuer.Close()
			a := ofIssuer(t, issuer).Authenticate(t.Context(), Request{Token: tokenOf(t, issuer.URL, nil), HasToken: true})
			if a.Authenticated != c.want || a.Decided() != c.want {
				t.Errorf("authenticated %v, decided %v, want %v; error %.300q", a.Authenticated, a.Decided(), c.want, a.Error)
			}
			for _, m := range a.Missing {
				if len(m.What.String()) > 500 {
					t.Errorf("what is missing has %d bytes", len(m.What.String()))
				}
			}
			if n := plainAsked.Load(); n != 0 {
				t.Errorf("%d requests came over http", n)
			}
		})
	}
}

// The access token of a distributed claim is only sent to the endpoint that the token names, over https.
func TestAccessTokenIsNotRedirected(t *testing.T) {
	var got atomic.Value
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got.Store(r.Header.Get("Authorization")) }))
	defer elsewhere.Close()
	plain := httptest.NewServer(elsewhere.Config.Handler)
	defer plain.Close()
	for name, redirected := range map[string]bool{"plain": false, "redirected": true} {
		t.Run(name, func(t *testing.T) {
			got.Store("")
			var issuer *httptest.Server
			issuer = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/keys":
					_, _ = w.Write(jwks(t))
				case "/groups":
					http.Redirect(w, r, plain.URL, http.StatusFound)
				default:
					_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys"})
				}
			}))
			defer issuer.Close()
			endpoint := plain.URL + "/groups"
			if redirected {
				endpoint = issuer.URL + "/groups"
			}
			token := tokenOf(t, issuer.URL, map[string]any{
				"_claim_names": map[string]any{"groups": "src"}, "_claim_sources": map[string]any{"src": map[string]any{"endpoint": endpoint, "access_token": "canary-access-token"}},
			})
			a := ofIssuer(t, issuer).Authenticate(t.Context(), Request{Token: token, HasToken: true})
			if got.Load() != "" {
				t.Errorf("the access token was sent on: %v", got.Load())
			}
			if a.Authenticated || a.Decided() {
				t.Errorf("authenticated %v, decided %v; error %s", a.Authenticated, a.Decided(), a.Error)
			}
		})
	}
}

// The trace has no credentials from claims.
func TestTraceHoldsNoSecret(t *testing.T) {
	now := time.Unix(1790000000, 0)
	config := strings.Replace(celConfig, "claims.exp - claims.iat <= 86400", "claims.inner != '' && claims._claim_sources.s.access_token != '' && size(claims._claim_sources) > 1", 1)
	s, err := New(*configured(t, "--authentication-config="+config), World{Now: func() time.Time { return now }, Keys: func(string) ([]byte, bool) { return jwks(t), true }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	inner := sign(t, key(), "k", map[string]any{"sub": "x"})
	a := s.Authenticate(t.Context(), Request{HasToken: true, Token: sign(t, key(), "k", map[string]any{
		"iss": "https://issuer.example", "aud": []string{"authn", inner}, "sub": "jane", "roles": []string{}, "iat": now.Unix(), "exp": now.Unix() + 100, "inner": inner,
		"_claim_sources": map[string]any{"s": map[string]any{"endpoint": "https://x.example", "access_token": "canary-opaque"}},
	})})
	all := fmt.Sprintf("%+v", a)
	if !strings.Contains(all, "claims._claim_sources.s.access_token:") {
		t.Errorf("the trace does not have what was read: %s", all)
	}
	for _, secret := range []string{"canary-opaque", inner[len(inner)-30:]} {
		if strings.Contains(all, secret) {
			t.Errorf("the trace has %.10s…: %s", secret, all)
		}
	}
}

func webhookAt(t *testing.T, server string, ca []byte, more string) (*Server, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "webhook.yaml")
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters:\n- name: w\n  cluster: {server: %q, certificate-authority-data: %q}\nusers:\n- name: u\n  user: {%s}\n"+
		"contexts:\n- name: c\n  context: {cluster: w, user: u}\ncurrent-context: c\n", server, b64(ca), more)
	if ca == nil {
		text = strings.Replace(text, ", certificate-authority-data: \"\"", "", 1)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(*configured(t, "--authentication-token-webhook-config-file="+file, "--authentication-token-webhook-version=v1"), World{CallWebhook: true, Timeout: time.Second})
	if err == nil {
		t.Cleanup(s.Close)
	}
	return s, err
}

// Only a webhook that is called gets the token. Its answer is limited, and no program runs for it.
func TestWebhookIsBounded(t *testing.T) {
	const canary = "canary-opaque-0123456789"
	var elsewhere atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	plain := httptest.NewServer(other.Config.Handler)
	defer plain.Close()
	ask := func(t *testing.T, s *Server) *Answer {
		t.Helper()
		began := time.Now()
		a := s.Authenticate(t.Context(), Request{Token: canary, HasToken: true})
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
		if a.Authenticated {
			t.Error("it is authenticated")
		}
		return a
	}
	answering := func(t *testing.T, h http.HandlerFunc) *Server {
		t.Helper()
		at := httptest.NewTLSServer(h)
		t.Cleanup(at.Close)
		s, err := webhookAt(t, at.URL, caOf(at), "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	undecided := func(t *testing.T, a *Answer) {
		t.Helper()
		if a.Decided() {
			t.Errorf("decided: %s", a.Error)
		}
	}
	t.Run("redirect", func(t *testing.T) {
		undecided(t, ask(t, answering(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, plain.URL, http.StatusTemporaryRedirect)
		})))
	})
	t.Run("plain http", func(t *testing.T) {
		s, err := webhookAt(t, plain.URL, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		undecided(t, ask(t, s))
	})
	t.Run("endless", func(t *testing.T) {
		undecided(t, ask(t, answering(t, func(w http.ResponseWriter, _ *http.Request) {
			for range 64 {
				if _, err := w.Write([]byte(strings.Repeat(" ", 1<<20))); err != nil {
					return
				}
			}
			_, _ = w.Write([]byte(`{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","status":{"authenticated":true,"user":{"username":"x"}}}`))
		})))
	})
	t.Run("slow", func(t *testing.T) {
		undecided(t, ask(t, answering(t, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(3 * time.Second):
			}
		})))
	})
	t.Run("plugin", func(t *testing.T) {
		ran := filepath.Join(t.TempDir(), "ran")
		at := httptest.NewTLSServer(other.Config.Handler)
		defer at.Close()
		s, err := webhookAt(t, at.URL, caOf(at), fmt.Sprintf("exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: touch, args: [%q]}", ran))
		if err == nil {
			undecided(t, ask(t, s))
		}
		if _, err := os.Stat(ran); err == nil {
			t.Error("the plugin of the webhook's kubeconfig was run")
		}
	})
	t.Run("echo", func(t *testing.T) {
		a := ask(t, answering(t, func(w http.ResponseWriter, r *http.Request) {
			var review struct{ Spec struct{ Token string } }
			_ = json.NewDecoder(r.Body).Decode(&review)
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": map[string]any{"error": "bad token " + review.Spec.Token}})
		}))
		if all := fmt.Sprintf("%+v", a); strings.Contains(all, canary) {
			t.Errorf("the answer has the token: %s", all)
		}
	})
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("%d requests came where they should not", n)
	}
}

func b64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// withRSA is jwks with an additional RSA key of that size.
func withRSA(t *testing.T, bits int) []byte {
	t.Helper()
	var set struct {
		Keys []any `json:"keys"`
	}
	if err := json.Unmarshal(jwks(t), &set); err != nil {
		t.Fatal(err)
	}
	set.Keys = append(set.Keys, object{"kty": "RSA", "kid": "large", "e": "AQAB", "n": base64.RawURLEncoding.EncodeToString(large(bits).Bytes())})
	out, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// large is an odd number of that many bits.
func large(bits int) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return n.Add(n, big.NewInt(1))
}

// An API server tries RSA keys of any size, which may take minutes. Here, a large key is not tried, so the tokens
// that it may have signed are undecided.
func TestLargeKeysAreNotTried(t *testing.T) {
	for bits, want := range map[int]bool{keyset.MaxRSABits: true, keyset.MaxRSABits + 1: false} {
		der, err := x509.MarshalPKIXPublicKey(&rsa.PublicKey{N: large(bits), E: 65537})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "sa.pub")
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		var flags Flags
		if err := flags.Parse(arguments("--service-account-issuer="+clusterIssuer, "--service-account-key-file="+file, "--api-audiences=x"), nil, Version{}).Err(); err != nil {
			t.Fatal(err)
		}
		_, err = flags.Config(Source{})
		var invalid *Invalid
		if (err == nil) != want || !want && (!strings.Contains(err.Error(), fmt.Sprint(bits)) || !strings.Contains(err.Error(), "an API server would try the key") || errors.As(err, &invalid)) {
			t.Errorf("a key file with %d bits: %v", bits, err)
		}

		const issuer = "https://issuer.example"
		s, err := New(*configured(t, "--oidc-issuer-url="+issuer, "--oidc-client-id=authn", "--oidc-signing-algs=RS256,ES256"), World{Keys: func(string) ([]byte, bool) { return withRSA(t, bits), true }})
		if err != nil {
			t.Fatal(err)
		}
		a := s.Authenticate(t.Context(), Request{Token: tokenOf(t, issuer, nil), HasToken: true})
		s.Close()
		if a.Authenticated != want || a.Decided() != want || !want && !strings.Contains(a.Missing[0].What.String(), "an API server would try the key") {
			t.Errorf("a key set with %d bits: authenticated %t, missing %v", bits, a.Authenticated, a.Missing)
		}
	}
}
