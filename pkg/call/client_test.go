package call

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"github.com/kubectl-authn/kubectl-authn/pkg/transport/hostile"
)

var now = time.Date(2026, 5, 24, 19, 14, 30, 0, time.UTC)

// current is a token for web that is valid now; expired was valid until a minute ago.
var (
	current = jwt(`{"iss":"https://issuer.example","sub":"s","aud":["web"],"iat":1779649000,"nbf":1779649000,"exp":1779660000}`)
	expired = jwt(`{"iss":"https://issuer.example","sub":"s","aud":["web"],"iat":1779640000,"nbf":1779640000,"exp":1779650010}`)
)

// asked returns the answer of a server.
func asked(t *testing.T, handler http.HandlerFunc) (*Answer, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	client, err := NewClient(nil, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server.URL + "/api?x=1")
	if err != nil {
		t.Fatal(err)
	}
	return Do(t.Context(), client, Request{URL: u, Method: http.MethodGet, Header: http.Header{"X-Team": {"shop"}, "Host": {"web.example"}}, Token: current.Raw})
}

// The request has the token, once, and the headers of the user.
func TestRequest(t *testing.T) {
	a, err := asked(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Values("Authorization"); len(got) != 1 || got[0] != "Bearer "+current.Raw.Reveal() {
			t.Errorf("%d values", len(got))
		}
		if r.Header.Get("X-Team") != "shop" || r.Host != "web.example" || r.URL.RequestURI() != "/api?x=1" || r.Method != "GET" || r.ContentLength != 0 {
			t.Errorf("%v %s %s", r.Header, r.Host, r.URL)
		}
		w.Header().Set("Kubeflow-Userid", "system:serviceaccount:shop:cart")
		w.Header().Add("X-Remote-Group", "a")
		w.Header().Add("X-Remote-Group", "b")
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintln(w, "hello\n  cart")
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(a.Identity); a.Status != 200 || a.Message != "hello cart" || got != "[{kubeflow-userid system:serviceaccount:shop:cart} {x-remote-group a} {x-remote-group b}]" {
		t.Errorf("%+v", a)
	}
}

// No redirect is followed, wherever it points to.
func TestNoRedirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		calls := 0
		a, err := asked(t, func(w http.ResponseWriter, r *http.Request) {
			calls++
			http.Redirect(w, r, "/other", status)
		})
		if err != nil || calls != 1 || a.Status != status || a.Location != "/other" {
			t.Errorf("%d: %d calls, %+v, %v", status, calls, a, err)
		}
	}
}

// A proxy is used for https only.
func TestNoProxyForPlainHTTP(t *testing.T) {
	proxied := false
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied = true }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	client, err := NewClient(nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	// The name does not resolve, so that only a proxy could answer.
	u := &url.URL{Scheme: "http", Host: "web.shop.svc.invalid"}
	if _, err := Do(t.Context(), client, Request{URL: u, Method: "GET", Token: current.Raw}); err == nil || proxied {
		t.Errorf("%v, proxied: %v", err, proxied)
	}
}

// A hostile answer is read within bounds.
func TestHostileAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"endless body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for {
				if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		},
		"slow body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(50 * time.Millisecond)
			}
		},
		"large headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Www-Authenticate", "Bearer "+strings.Repeat("a=b, ", 20_000))
			w.Header().Set("Kubeflow-Userid", strings.Repeat("u", 100_000))
			w.Header().Set("Location", strings.Repeat("l", 100_000))
			w.WriteHeader(401)
		},
		"many headers": func(w http.ResponseWriter, _ *http.Request) {
			for range 5000 {
				w.Header().Add("Www-Authenticate", `Bearer realm="a"`)
				w.Header().Add("X-Remote-Group", "g")
			}
			w.WriteHeader(401)
		},
		"no UTF-8": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Kubeflow-Userid", "\xff\xfe")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "\xff\xfe")
		},
	} {
		began := time.Now()
		a, err := asked(t, handler)
		if took := time.Since(began); err != nil || took > 8*time.Second {
			t.Errorf("%s: %v after %s", name, err, took)
			continue
		}
		if len(a.Message) > 2*maxMessage || len(a.Location) > 2*maxField || len(a.Challenges) > maxChallenges || len(a.Identity) > 20 {
			t.Errorf("%s: %d, %d, %d, %d", name, len(a.Message), len(a.Location), len(a.Challenges), len(a.Identity))
		}
	}
}

// An error about the connection has neither the token nor the URL with its query.
func TestErrors(t *testing.T) {
	client, err := NewClient(nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:1", RawQuery: "key=secret"}
	_, err = Do(t.Context(), client, Request{URL: u, Method: "GET", Token: current.Raw})
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), current.Raw.Reveal()) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Do(ctx, client, Request{URL: u, Method: "GET", Token: current.Raw}); err != context.Canceled {
		t.Error(err)
	}
	if _, err := NewClient([]byte("no PEM"), 0); err == nil {
		t.Error("a file without a CA is taken")
	}
}

// Each answer has its verdict and its cause.
func TestCauses(t *testing.T) {
	bearer := func(rest string) []Challenge { return challenges([]string{`Bearer realm="web"` + rest}) }
	for _, c := range []struct {
		name    string
		answer  Answer
		token   *token.Token
		verdict diagnose.Verdict
		cause   finding.ID
		says    string
	}{
		{"serve: expired", Answer{Status: 401, Challenges: bearer(`, error="invalid_token", error_description="token-expired: the token has expired"`)}, current, diagnose.Rejected, finding.TokenExpired, "the service gives this reason"},
		{"serve: audience", Answer{Status: 401, Challenges: bearer(`, error="invalid_token", error_description="audience-mismatch: the token is for another audience"`)}, current, diagnose.Rejected, finding.AudienceMismatch, ""},
		{"serve: body only", Answer{Status: 503, Message: "Service Unavailable: api-server-unreachable: the API server cannot be reached"}, current, diagnose.Undecided, finding.APIServerUnreachable, ""},
		{"serve: no reason", Answer{Status: 401, Challenges: bearer(`, error="invalid_token"`), Message: "Unauthorized"}, current, diagnose.Rejected, finding.ServiceRejected, "invalid_token"},
		{"an ID that is no finding", Answer{Status: 401, Challenges: bearer(`, error="invalid_token", error_description="no-such-thing: x"`)}, current, diagnose.Rejected, finding.ServiceRejected, "no-such-thing"},
		{"serve: no token", Answer{Status: 401, Challenges: bearer(""), Message: "Unauthorized"}, current, diagnose.Rejected, finding.ServiceRejected, "saw no token"},

		{"a local fault explains a 401", Answer{Status: 401, Message: "Unauthorized"}, expired, diagnose.Rejected, finding.TokenExpired, ""},
		{"a local fault does not explain a 403", Answer{Status: 403, Message: "Forbidden"}, expired, diagnose.Rejected, finding.ServiceDenied, ""},
		{"a local fault overrules no yes", Answer{Status: 200}, expired, diagnose.Accepted, "", ""},
		{"what the service says is before a local fault", Answer{Status: 401, Message: "Jwt issuer is not configured"}, expired, diagnose.Rejected, finding.IssuerNotTrusted, ""},

		{"Envoy: missing", Answer{Status: 401, Message: "Jwt is missing"}, current, diagnose.Rejected, finding.NoCredential, ""},
		{"Envoy: signature", Answer{Status: 401, Message: "Jwt verification fails", Challenges: bearer(`, error="invalid_token"`)}, current, diagnose.Rejected, finding.SignatureInvalid, ""},
		{"Envoy: audience", Answer{Status: 403, Message: "Audiences in Jwt are not allowed"}, current, diagnose.Rejected, finding.AudienceMismatch, ""},
		{"Envoy: keys", Answer{Status: 401, Message: "Jwks remote fetch is failed"}, current, diagnose.Rejected, finding.JWKSUnreachable, ""},
		{"Istio: RBAC", Answer{Status: 403, Message: "RBAC: access denied"}, current, diagnose.Rejected, finding.ServiceDenied, "mesh"},
		{"Envoy: upstream", Answer{Status: 503, Message: "upstream connect error or disconnect/reset before headers. reset reason: connection failure"}, current, diagnose.Undecided, finding.ServiceFailed, "upstream connect error"},
		{"Envoy: ext_authz without a word", Answer{Status: 403, Server: "envoy"}, current, diagnose.Rejected, finding.ServiceDenied, "without a reason"},
		{"kube-rbac-proxy", Answer{Status: 403, Message: "Forbidden (user=system:serviceaccount:a:b, verb=get, resource=pods, subresource=metrics)"}, current, diagnose.Rejected, finding.ServiceDenied, "user=system:serviceaccount:a:b"},

		{"Basic alone", Answer{Status: 401, Challenges: challenges([]string{`Basic realm="users"`})}, current, diagnose.Rejected, finding.ServiceRejected, "asks for Basic"},
		{"Negotiate", Answer{Status: 401, Challenges: challenges([]string{`Negotiate`})}, current, diagnose.Rejected, finding.ServiceRejected, "asks for Negotiate"},
		{"scope", Answer{Status: 403, Challenges: bearer(`, error="insufficient_scope", scope="admin"`)}, current, diagnose.Rejected, finding.ServiceDenied, "insufficient_scope"},
		{"nginx", Answer{Status: 500, Server: "nginx/1.22.1", HTML: true, Message: "500 Internal Server Error"}, current, diagnose.Undecided, finding.ServiceFailed, "auth_request"},
		{"Traefik", Answer{Status: 500}, current, diagnose.Undecided, finding.ServiceFailed, "500"},
		{"nginx 401", Answer{Status: 401, Server: "nginx", HTML: true, Message: "401 Authorization Required"}, current, diagnose.Rejected, finding.ServiceRejected, "web page"},
		{"redirect to a login", Answer{Status: 302, Location: "https://dex.example/auth?client_id=x"}, current, diagnose.Undecided, finding.ServiceLoginPage, "dex.example"},
		{"redirect", Answer{Status: 301, Location: "https://www.web.example/"}, current, diagnose.Undecided, finding.ServiceRedirected, "www.web.example"},
		{"redirect to nowhere", Answer{Status: 307}, current, diagnose.Undecided, finding.ServiceRedirected, ""},
		{"two credentials", Answer{Status: 400}, current, diagnose.Undecided, finding.ServiceFailed, "malformed"},
		{"not found", Answer{Status: 404, StatusLine: "404 Not Found"}, current, diagnose.Undecided, finding.ServiceFailed, "404"},
		{"204", Answer{Status: 204}, current, diagnose.Accepted, "", ""},
		{"199 is no answer", Answer{Status: 199}, current, diagnose.Undecided, finding.ServiceFailed, ""},
		{"300", Answer{Status: 300}, current, diagnose.Undecided, finding.ServiceRedirected, ""},
		{"a login page with 500", Answer{Status: 500, HTML: true, Login: true}, current, diagnose.Undecided, finding.ServiceLoginPage, ""},
	} {
		if c.answer.StatusLine == "" {
			c.answer.StatusLine = fmt.Sprint(c.answer.Status)
		}
		of := &Call{Credential: &credential.Credential{Source: credential.Argument, Token: c.token}, Answer: &c.answer, Now: now}
		found := of.Findings()
		if of.Verdict() != c.verdict {
			t.Errorf("%s: %s, want %s", c.name, of.Verdict(), c.verdict)
		}
		if c.cause == "" {
			for _, f := range found {
				if f.Severity == finding.Error {
					t.Errorf("%s: accepted, with the error %s", c.name, f.ID)
				}
			}
			continue
		}
		if len(found) == 0 || found[0].ID != c.cause || !strings.Contains(found[0].Detail.String(), c.says) || len(found[0].Remedy) == 0 {
			t.Errorf("%s: %+v, want %s: %s", c.name, found, c.cause, c.says)
		}
		if strings.Contains(found[0].Title.String()+found[0].Detail.String(), "API server") && c.cause != finding.APIServerUnreachable && c.cause != finding.ServiceDenied {
			t.Errorf("%s is about an API server: %s: %s", c.name, found[0].Title, found[0].Detail)
		}
	}
}

// A login page with status 200 is a yes, with a warning.
func TestLoginPage(t *testing.T) {
	a, err := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<!DOCTYPE html><title>Log in</title><form><input name=p type="password"></form>`)
	})
	if err != nil {
		t.Fatal(err)
	}
	of := &Call{Credential: &credential.Credential{Token: current}, Answer: a, Now: now}
	found := of.Findings()
	if of.Verdict() != diagnose.Accepted || len(found) != 1 || found[0].ID != finding.ServiceLoginPage || found[0].Severity != finding.Warning || a.Message != "Log in" {
		t.Errorf("%s %+v %+v", of.Verdict(), found, a)
	}
}

// Without --audience, nothing is said of the audience; with it, the token's is compared.
func TestAudience(t *testing.T) {
	for audience, want := range map[string]bool{"": false, "web": false, "vault": true} {
		of := &Call{Credential: &credential.Credential{Source: credential.Argument, Token: current}, Answer: &Answer{Status: 401}, Now: now}
		if audience != "" {
			of.Audiences = []string{audience}
		}
		if got := of.Findings()[0].ID == finding.AudienceMismatch; got != want {
			t.Errorf("%q: %+v", audience, of.Findings())
		}
	}
}

// A call ends in time, whatever the server does.
func TestHostileServers(t *testing.T) {
	var all sync.WaitGroup
	kinds := hostile.Kinds()
	if len(kinds) < 50 {
		t.Fatalf("%d kinds", len(kinds))
	}
	for _, kind := range kinds {
		server, err := hostile.New(kind, "")
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		client, err := NewClient(server.CA(), 200*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			began := time.Now()
			a, err := Do(t.Context(), client, Request{URL: u, Method: "GET", Token: current.Raw})
			of := &Call{Credential: &credential.Credential{Token: current}, Answer: a, Err: err, Now: now}
			found := of.Findings()
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("%s: it took %s", kind.Name, took)
			}
			if (a == nil) == (err == nil) || of.Verdict() != diagnose.Accepted && len(found) == 0 {
				t.Errorf("%s: %+v, %v, %v", kind.Name, a, err, found)
			}
		})
	}
	all.Wait()
}
