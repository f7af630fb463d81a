package cmd

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// client-go's logs at -v=9 and errors may contain a credential in any of these forms.
func TestLogs(t *testing.T) {
	whole := jwt(object{"iss": "a"})
	for name, c := range map[string]struct{ text, want string }{
		"a JWT":                      {"got " + whole + ", and", "got REDACTED, and"},
		"a JWT that is cut":          {"got " + whole[:40] + "…", "got REDACTED…"},
		"a JWT in base64":            {"got ZXlKaGJHY2lPaUpTVXpJMU5pSjk= there", "got REDACTED there"},
		"a header":                   {`Authorization: Bearer hunter2`, "Authorization: Bearer REDACTED"},
		"a header as curl":           {`curl -H "Authorization: Bearer hunter2" 'https://a'`, `curl -H "Authorization: Bearer REDACTED" 'https://a'`},
		"a header as Go prints":      {`map[Authorization:[Bearer hunter2]]`, "map[Authorization:[Bearer REDACTED]]"},
		"basic auth":                 {"authorization: basic aHVudGVyMg==", "authorization: basic REDACTED"},
		"a body":                     {`{"spec":{"token":"hunter2","audiences":["a"]}}`, `{"spec":{"token":"REDACTED","audiences":["a"]}}`},
		"a body with a quote":        {`{"token":"hun\"ter2","a":1}`, `{"token":"REDACTED","a":1}`},
		"a body that is quoted":      {`body="{\"spec\":{\"token\":\"hunter2\"},\"a\":\"b\"}"`, `body="{\"spec\":{\"token\":\"REDACTED\"},\"a\":\"b\"}"`},
		"a password":                 {`{"password": "hunter2"}`, `{"password": "REDACTED"}`},
		"a key":                      {`{"client-key-data":"aHVudGVyMg=="}`, `{"client-key-data":"REDACTED"}`},
		"a plugin's key":             {`{"clientKeyData":"hunter2"}`, `{"clientKeyData":"REDACTED"}`},
		"a private key":              {"-----BEGIN EC PRIVATE KEY-----\nhunter2\nhunter2\n-----END EC PRIVATE KEY-----\n", "REDACTED\n"},
		"a bootstrap token":          {"token abcdef.0123456789abcdef is", "token REDACTED is"},
		"an AWS token":               {"k8s-aws-v1.aHR0cHM6Ly9zdHM_", "REDACTED"},
		"the server's words":         {"[invalid bearer token, service account token has expired]", "[invalid bearer token, service account token has expired]"},
		"words about a token":        {`the "token" of the kubeconfig`, `the "token" of the kubeconfig`},
		"a header that repeats it":   {"Server: x Bearer hunter2-opaque\n", "Server: x Bearer REDACTED\n"},
		"an address":                 {"GET https://api.example.com:6443/api/v1/namespaces/shop/pods/web 200 OK", "GET https://api.example.com:6443/api/v1/namespaces/shop/pods/web 200 OK"},
		"lines stay lines":           {"a\nb\n", "a\nb\n"},
		"escape sequences do not":    {"a\x1b[31mb\n", "a\\u001b[31mb\n"},
		"a certificate is no secret": {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"},
	} {
		var w bytes.Buffer
		n, err := (&logs{w: &w, secrets: &token.Secrets{}}).Write([]byte(c.text))
		if w.String() != c.want || n != len(c.text) || err != nil {
			t.Errorf("%s:\n got %q\nwant %q (%d, %v)", name, w.String(), c.want, n, err)
		}
	}
}

// The log at -v=9 has the requests and no secret.
func TestLogHoldsNoSecret(t *testing.T) {
	subject := jwt(object{"iss": "a", "exp": 4102444800})
	a := newAPI(t, map[string]string{"the-callers-static-token": "admin", subject: "jane", "hunter2-static": "joe"})
	a.as(t, object{"token": "the-callers-static-token"})
	// klog's level is global to the process.
	defer run(t, "", "version", "-v=0")
	for _, args := range [][]string{
		{"explain", subject, "-v=9"}, {"explain", "hunter2-static", "-v=9"}, {"review", subject, "-v=9"}, {"mint", "robot", "-v=9", "-o", "json"},
		{"discover", "-v=9"}, {"inspect", "secret/x", "-v=9"}, {"explain", "-v=9"},
	} {
		got := run(t, "", args...)
		if !strings.Contains(got.err, "GET") && !strings.Contains(got.err, "POST") {
			t.Errorf("%q: there is no log:\n%s", args[0], got.err)
		}
		for _, secret := range []string{"the-callers-static-token", "hunter2", signature} {
			if strings.Contains(got.out+got.err, secret) {
				t.Errorf("%q: %q is printed:\n%s%s", args[0], secret, got.out, got.err)
			}
		}
	}
	if got := run(t, "", "explain", subject, "-v=0"); strings.Contains(got.err, "GET") || strings.Contains(got.err, "POST") {
		t.Errorf("without -v there is a log:\n%s", got.err)
	}
}

// A token without a known form is recognized because it was given, wherever a server repeats it.
func TestLogHoldsNoSecretThatIsRepeated(t *testing.T) {
	a := newAPI(t, map[string]string{"the-callers-static-token": "admin", "hunter2-static": "joe"})
	a.as(t, object{"token": "the-callers-static-token"})
	var repeated atomic.Bool
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		repeated.Store(true)
		w.Header().Set("X-Seen", strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		w.Header().Add("X-Seen", "hunter2-static")
		return false
	}
	defer run(t, "", "version", "-v=0")
	for _, args := range [][]string{{"explain", "hunter2-static", "-v=9"}, {"review", "hunter2-static", "-v=9"}, {"explain", "-f", "-", "-v=9"}, {"discover", "-v=9"}} {
		in := ""
		if args[1] == "-f" {
			in = "Bearer hunter2-static\n"
		}
		got := run(t, in, args...)
		if !strings.Contains(got.err, "X-Seen") {
			t.Errorf("%q: the log has no headers:\n%s", args, got.err)
		}
		secrets := []string{"the-callers-static-token", "hunter2"}
		if args[0] == "discover" {
			// A text that was never given is part of the server's message.
			secrets = secrets[:1]
		}
		for _, secret := range secrets {
			if strings.Contains(got.out+got.err, secret) {
				t.Errorf("%q: %q is printed:\n%s%s", args, secret, got.out, got.err)
			}
		}
	}
	if !repeated.Load() {
		t.Error("nothing was asked")
	}
}
