package call

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// jwt is a token with these claims and a signature that nothing verifies.
func jwt(claims string) *token.Token {
	e := base64.RawURLEncoding.EncodeToString
	return token.Parse(e([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + e([]byte(claims)) + "." + e([]byte(strings.Repeat("signature", 30))))
}

// Each rule has tokens inside and outside.
func TestForAPIServer(t *testing.T) {
	const bound = `"kubernetes.io":{"namespace":"shop","serviceaccount":{"name":"cart","uid":"1"}}`
	for _, c := range []struct {
		token *token.Token
		want  Rule
	}{
		{jwt(`{"iss":"https://issuer.example","aud":["web"],` + bound + `}`), ""},
		{jwt(`{"iss":"https://issuer.example","aud":"web"}`), ""},
		{jwt(`{"iss":"https://issuer.example","aud":["web","vault"]}`), ""},

		{jwt(`{"iss":"https://issuer.example",` + bound + `}`), NoAudience},
		{jwt(`{"iss":"https://issuer.example"}`), NoAudience},
		{jwt(`{"iss":"https://issuer.example","aud":[]}`), NoAudience},
		{jwt(`{"iss":"https://issuer.example","aud":null}`), NoAudience},
		{jwt(`{"iss":"https://issuer.example","aud":7}`), NoAudience},
		{jwt(`not json`), NoAudience},

		{jwt(`{"iss":"https://issuer.example","aud":["https://issuer.example"]}`), OwnIssuer},
		{jwt(`{"iss":"https://issuer.example","aud":["web","https://issuer.example"]}`), OwnIssuer},
		{jwt(`{"iss":"https://issuer.example/","aud":"https://issuer.example"}`), OwnIssuer},
		{jwt(`{"iss":"https://issuer.example","aud":["https://other.example"]}`), ""},
		{jwt(`{"aud":[""]}`), ""},

		{jwt(`{"iss":"https://oidc.eks.eu-west-1.amazonaws.com/id/1","aud":["https://kubernetes.default.svc"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["kubernetes.default.svc.cluster.local"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["https://kubernetes.default.svc.corp.example:443/"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["https://kubernetes.default"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["kubernetes.svc.default"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["web","k3s"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["rke2"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["https://x-1.hcp.westeurope.azmk8s.io"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["https://container.googleapis.com/v1/projects/p/locations/l/clusters/c"]}`), APIServerAudience},
		{jwt(`{"iss":"https://a.example","aud":["kubernetes.default.web.example"]}`), ""},
		{jwt(`{"iss":"https://a.example","aud":["k3s.example"]}`), ""},
		{jwt(`{"iss":"https://a.example","aud":["azmk8s.io.example"]}`), ""},
		{jwt(`{"iss":"https://a.example","aud":["https://container.googleapis.com/other"]}`), ""},

		{jwt(`{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"a","kubernetes.io/serviceaccount/secret.name":"s","kubernetes.io/serviceaccount/service-account.name":"b"}`), Legacy},
		{jwt(`{"iss":"kubernetes/serviceaccount","aud":["web"],"kubernetes.io/serviceaccount/service-account.name":"b"}`), Legacy},
		{token.Parse("abcdef.0123456789abcdef"), Bootstrap},
		{token.Parse("31ada4fd-adec-460c-809a-9e56ceb75269"), Opaque},
		{token.Parse("sha256~abcdefghijklmnopqrstuvwxyz"), Opaque},
		{token.Parse("hvs.CAESIJ"), Opaque},
		// A wrapped token is judged as it is sent.
		{token.Parse(base64.StdEncoding.EncodeToString([]byte(jwt(`{"aud":"web"}`).Raw.Reveal()))), Opaque},
	} {
		err := ForAPIServer(c.token)
		var why *NotSent
		switch {
		case c.want == "" && err == nil:
		case !errors.As(err, &why) || why.Rule != c.want:
			t.Errorf("%v: %v, want %q", c.token.Claims, err, c.want)
		case strings.Contains(why.Error(), c.token.Raw.Reveal()):
			t.Errorf("the error has the token: %v", why)
		}
	}
}

func TestSendable(t *testing.T) {
	for written, want := range map[string]bool{"a.b.c": true, "": false, "a\nb": false, "a\x00": false, " ": false, "a\x7f": false} {
		if err := Sendable(token.Parse(written)); (err == nil) != want {
			t.Errorf("%q: %v", written, err)
		}
	}
}

func TestTarget(t *testing.T) {
	for _, c := range []struct {
		written      string
		inPod, plain bool
		want         error
	}{
		{"https://web.example/api?x=1", false, false, nil},
		{"https://10.0.0.1", false, false, nil},
		{"http://127.0.0.1:8080/", false, false, nil},
		{"http://127.9.9.9", false, false, nil},
		{"http://localhost", false, false, nil},
		{"http://[::1]:80", false, false, nil},
		{"http://web.example", false, false, ErrPlainHTTP},
		{"http://web.example", true, false, ErrPlainHTTP},
		{"http://web.example", false, true, nil},
		{"http://128.0.0.1", false, false, ErrPlainHTTP},
		{"http://localhost.example", false, false, ErrPlainHTTP},
		{"http://web.shop.svc", true, false, nil},
		{"http://web.shop.svc.", true, false, nil},
		{"http://WEB.shop.SVC:8080", true, false, nil},
		{"http://web.shop.svc.cluster.local", true, false, nil},
		{"http://web.shop.svc", false, false, ErrPlainHTTP},
		{"http://web.shop", true, false, ErrPlainHTTP},
		{"http://web.shop.svc.evil.example", true, false, ErrPlainHTTP},
		{"http://svc", true, false, ErrPlainHTTP},
		{"http://.svc", true, false, ErrPlainHTTP},
		{"http://websvc", true, false, ErrPlainHTTP},
		{"web.example", false, false, ErrNotURL},
		{"ftp://web.example", false, true, ErrNotURL},
		{"https://", false, false, ErrNotURL},
		{"https://:443", false, false, ErrNotURL},
		{"https://user:secret@web.example", false, true, ErrUserInfo},
		{"https://secret@web.example", false, true, ErrUserInfo},
		{"https://web.example/\x7fsecret", false, true, ErrNotURL},
	} {
		u, err := Target(c.written, c.inPod, c.plain)
		if !errors.Is(err, c.want) || (err == nil) != (u != nil) {
			t.Errorf("%s: %v, want %v", c.written, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the URL: %v", c.written, err)
		}
	}
	if u, _ := Target("https://web.example/a#b", false, false); u.String() != "https://web.example/a" {
		t.Error(u)
	}
}

func TestParseHeader(t *testing.T) {
	for written, want := range map[string]string{
		"X-Team: shop": "X-Team=shop", "x-team:shop": "X-Team=shop", "X-Empty:": "X-Empty=", "Host: web.example": "Host=web.example",
		"": "", "secret": "", ": secret": "", "X Y: secret": "", "X-A: secret\r\nX-B: c": "", "Authorization: Bearer secret": "", "proxy-authorization: secret": "", "Content-Length: 5": "", "Transfer-Encoding: chunked": "",
	} {
		name, value, err := ParseHeader(written)
		if want == "" && err == nil || want != "" && (err != nil || name+"="+value != want) {
			t.Errorf("%q: %s=%s, %v", written, name, value, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", written, err)
		}
	}
	for method, want := range map[string]bool{"GET": true, "POST": true, "PURGE": true, "": false, "CONNECT": false, "G T": false, "GET\n": false} {
		if ValidMethod(method) != want {
			t.Errorf("%q", method)
		}
	}
}
