package keyset

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/transport"
)

// A kube-apiserver serves each document only with its own type, and answers 406 to a client that does not accept
// it (k8s.io/kubernetes pkg/routes/openidmetadata.go). Its keys can still be read.
func TestKeysOfAnAPIServer(t *testing.T) {
	produces := func(mime string, then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for accepted := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
				if accepted = strings.TrimSpace(accepted); accepted == mime || accepted == "*/*" {
					w.Header().Set("Content-Type", mime)
					then(w, r)
					return
				}
			}
			w.WriteHeader(http.StatusNotAcceptable)
		}
	}
	var server *httptest.Server
	server, fetcher := issuer(t, map[string]http.HandlerFunc{
		wellKnown: produces("application/json", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"issuer":"` + server.URL + `","jwks_uri":"` + server.URL + `/openid/v1/jwks"}`))
		}),
		"/openid/v1/jwks": produces("application/jwk-set+json", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(jwks(jwk("rsa", "rsa", nil)))
		}),
	})
	if d, err := fetcher.Discover(t.Context(), server.URL); err != nil || d.KeySet == nil || len(d.KeySet.Keys) != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if keys, err := fetcher.FetchKeys(t.Context(), server.URL+"/openid/v1/jwks"); err != nil || len(keys.Keys) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
}

// Keys are only read over https or from this machine, for a URL from any source.
func TestNoKeysOverPlainHTTP(t *testing.T) {
	for _, url := range []string{"http://issuer.example", "http://10.0.0.1", "http://127.0.0.1.example", "http://localhost.example", "http://[::2]"} {
		if _, err := new(Fetcher).Discover(t.Context(), url); !errors.Is(err, transport.ErrPlainHTTP) {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := new(Fetcher).FetchKeys(t.Context(), url+"/keys"); !errors.Is(err, transport.ErrPlainHTTP) {
			t.Errorf("%s/keys: %v", url, err)
		}
	}
	// A document on this machine may be read, but not be a redirect to another.
	to := ""
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case wellKnown:
			_, _ = w.Write([]byte(`{"issuer":"http://` + r.Host + `","jwks_uri":"` + strings.ReplaceAll(to, "HOST", r.Host) + `"}`))
		case "/away":
			http.Redirect(w, r, "http://issuer.example/keys", http.StatusFound)
		default:
			_, _ = w.Write(jwks(jwk("rsa", "rsa", nil)))
		}
	}))
	defer plain.Close()
	for uri, want := range map[string]error{"http://HOST/keys": nil, "http://issuer.example/keys": transport.ErrPlainHTTP, "http://HOST/away": transport.ErrPlainHTTP} {
		to = uri
		if _, err := (&Fetcher{Client: plain.Client()}).Discover(t.Context(), plain.URL); !errors.Is(err, want) {
			t.Errorf("jwks_uri %s: %v, want %v", uri, err, want)
		}
	}
}

// A redirect to another scheme than http or https is named in the error.
func TestRedirectToAnotherScheme(t *testing.T) {
	for target, want := range map[string]string{
		"file:///etc/passwd":     "the server redirects to a file:// URL, which is not followed",
		"ftp://issuer.example/":  "the server redirects to a ftp:// URL, which is not followed",
		"javascript:alert(1)":    "the server redirects to a javascript:// URL, which is not followed",
		"http://localhost/keys":  "the server redirects from https to http, which is not followed",
		"http://issuer.example/": "the server redirects from https to http, which is not followed",
	} {
		server, fetcher := issuer(t, map[string]http.HandlerFunc{"/keys": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		}})
		_, err := fetcher.FetchKeys(t.Context(), server.URL+"/keys")
		if err == nil || !strings.HasSuffix(err.Error(), "/keys cannot be read: "+want) {
			t.Errorf("%s: %v", target, err)
		}
	}
}
