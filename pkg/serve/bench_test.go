package serve

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// rsaTokens returns a server in mode keys with an RSA key of 2048 bits, as kube-apiserver's usually is, and n tokens.
func rsaTokens(b *testing.B, o Options, n int) (*Server, *rsa.PrivateKey, []string) {
	b.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	sign, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "one"}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		b.Fatal(err)
	}
	var raw []string
	for range n {
		one, err := jwt.Signed(sign).Claims(claims(map[string]any{"exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(), "nbf": time.Now().Unix()})).Serialize()
		if err != nil {
			b.Fatal(err)
		}
		raw = append(raw, one)
	}
	s, err := New(o, TLSFiles{}, World{Now: time.Now, Log: io.Discard, Read: func(string) ([]byte, error) { return set, nil }, KeyFiles: []KeyFile{{"--jwks", "keys.json", keyset.ParseKeys}}})
	if err != nil {
		b.Fatal(err)
	}
	return s, key, raw
}

// BenchmarkKeys compares a verification in mode keys with the bare operation of crypto/rsa, on all cores.
func BenchmarkKeys(b *testing.B) {
	s, key, raw := rsaTokens(b, defaults(Keys), 1)
	first, signature := cutLast(raw[0])
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("authenticator", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			t := token.NewSecret(raw[0])
			for p.Next() {
				if v, err := s.decider.tokens.authenticate(context.Background(), t); err != nil || v.user == nil {
					b.Error(v, err)
				}
			}
		})
	})
	b.Run("crypto-rsa", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				sum := sha256.Sum256([]byte(first))
				if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// cutLast parts a token from its signature.
func cutLast(s string) (before, after string) {
	at := strings.LastIndex(s, ".")
	return s[:at], s[at+1:]
}

// over serves a handler as the command does, and returns its address.
func over(b *testing.B, h http.Handler) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := httpServer(nil)
	server.Handler = h
	go func() { _ = server.Serve(l) }()
	b.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// ask sends requests on connections of their own, and returns how long each took.
func ask(b *testing.B, address, raw string) []time.Duration {
	b.Helper()
	var mu sync.Mutex
	var all []time.Duration
	b.RunParallel(func(p *testing.PB) {
		client := &http.Client{Transport: &http.Transport{}}
		var took []time.Duration
		for p.Next() {
			r, err := http.NewRequest(http.MethodGet, "http://"+address, nil)
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+raw)
			begin := time.Now()
			answer, err := client.Do(r)
			if err != nil || answer.StatusCode != 200 {
				b.Error(answer, err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
			took = append(took, time.Since(begin))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	return all
}

// BenchmarkCached compares a cached decision over HTTP with a handler that only answers 200.
func BenchmarkCached(b *testing.B) {
	s, _, raw := rsaTokens(b, defaults(Keys), 1)
	b.Run("serve", func(b *testing.B) { ask(b, over(b, s.decider), raw[0]) })
	b.Run("handler", func(b *testing.B) {
		ask(b, over(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })), raw[0])
	})
}

// BenchmarkReview compares a decision that asks an API server with a bare TokenReview through client-go. The API
// server is a handler: a real one takes the same time for both.
func BenchmarkReview(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		review := &authenticationv1.TokenReview{}
		_ = json.NewDecoder(r.Body).Decode(review)
		review.Status = authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: []string{"reports"}, User: authenticationv1.UserInfo{Username: "system:serviceaccount:shop:robot"}}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(review)
	}))
	b.Cleanup(server.Close)
	o := defaults(Review)
	o.CacheTTL = 0
	s, err := New(o, TLSFiles{}, World{Now: time.Now, Log: io.Discard, Config: &rest.Config{Host: server.URL}})
	if err != nil {
		b.Fatal(err)
	}
	_, _, raw := rsaTokens(b, defaults(Keys), 1)
	b.Run("serve", func(b *testing.B) {
		for b.Loop() {
			if out := s.decide(raw[0]); out.Kind != Allow {
				b.Fatal(out)
			}
		}
	})
	client, err := authenticationclient.NewForConfig(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("client-go", func(b *testing.B) {
		for b.Loop() {
			review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: raw[0], Audiences: []string{"reports"}}}
			if out, err := client.TokenReviews().Create(context.Background(), review, metav1.CreateOptions{}); err != nil || !out.Status.Authenticated {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBadTokens rejects distinct tokens, and reports the memory that the caches keep.
func BenchmarkBadTokens(b *testing.B) {
	o := defaults(Keys)
	o.CacheSize = 8192
	s, _, raw := rsaTokens(b, o, 1)
	before, _ := cutLast(raw[0])
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		bad := before + "." + base64.RawURLEncoding.EncodeToString(fill(n))
		if out := s.decide(bad); out.Kind != Rejected {
			b.Fatal(out)
		}
	}
}

// fill is a signature of 256 bytes that is another one for each n.
func fill(n int) []byte {
	out := make([]byte, 256)
	for i := range out {
		out[i] = byte(n >> (8 * (i % 4)))
	}
	return out
}
