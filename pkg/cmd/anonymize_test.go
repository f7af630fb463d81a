package cmd

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// With --anonymize, no command prints a name of the user in any format, even if a flag has the name.
func TestAnonymized(t *testing.T) {
	const issuer = "https://login.acme.example/realm/blue"
	exp := time.Now().Unix() + 3600
	raw := signed(object{"iss": issuer, "sub": "hanako", "aud": "headlamp", "exp": exp, "jti": "b1f2d9a4-5f0c-4a55-9c1d-0a7a1c0a6a11", "email": "hanako@acme.example", "team": "oncall"})
	a := newAPI(t, map[string]string{"admin-token": "root-admin", "janes-token": "hanako"})
	keys := jwks(t)
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/.well-known/openid-configuration":
			_, _ = w.Write([]byte(asJSON(object{"issuer": issuer, "jwks_uri": issuer + "/keys", "hanako": "oncall"})))
			return true
		case !strings.HasSuffix(r.URL.Path, "/token"):
			return false
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(asJSON(object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": object{"name": "hanako", "namespace": "acme"},
			"spec": object{"audiences": []string{"headlamp"}}, "status": object{"token": raw}})))
		return true
	}
	a.as(t, object{"token": "admin-token"})
	path, lines := file(t, "token.txt", raw), file(t, "hanako.txt", raw+"\n"+raw+"\n")
	configuration := file(t, "acme.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
		"issuer":        object{"url": issuer, "audiences": []string{"headlamp"}},
		"claimMappings": object{"username": object{"claim": "sub", "prefix": "blue:"}},
	}}}))
	other := file(t, "acme2.yaml", asJSON(object{"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration", "jwt": []object{{
		"issuer":        object{"url": issuer, "audiences": []string{"headlamp"}},
		"claimMappings": object{"username": object{"claim": "sub", "prefix": "blue2:"}},
	}}}))
	log := file(t, "acme.log", `E0524 19:10:28.000000       1 authentication.go:73] "Unable to authenticate the request" err="[invalid bearer token, token issuer \"`+issuer+`\" is invalid]"`+"\n")
	saved := file(t, "acme.json", run(t, "", "explain", "-f", path, "-o", "json").out)
	simulate := []string{"--authentication-config", configuration, "--jwks", keys, "--offline"}
	reports, objects := []string{"text", "markdown", "json", "yaml", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}"}, []string{"json", "yaml", "jsonpath={}", "go-template={{.}}"}
	names := regexp.MustCompile(`acme|hanako|headlamp|b1f2d9a4|127\.0\.0\.2|blue|token\.txt|/tmp/|root-admin|oncall`)
	for _, c := range []struct {
		args, formats []string
	}{
		{[]string{"explain", "-f", path, "--context", "c", "--audience", "headlamp"}, reports},
		{[]string{"explain", "-f", file(t, "token.txt", "janes-token")}, reports},
		{[]string{"explain"}, reports},
		{[]string{"explain", "--error", `token issuer "` + issuer + `" is invalid`}, reports},
		{[]string{"explain", "--log", log}, []string{"text", "markdown"}},
		{[]string{"explain", "--report", saved}, reports},
		{[]string{"inspect", "-f", path}, reports},
		{[]string{"inspect"}, reports},
		{[]string{"review", "-f", path, "--audience", "headlamp"}, []string{"text", "markdown"}},
		{[]string{"review", "janes-token"}, objects},
		{[]string{"verify", "-f", path, "--jwks", keys, "--issuer", issuer, "--audience", "other-headlamp"}, reports},
		{[]string{"verify", "-f", lines, "--jwks", keys, "--each-line"}, []string{"json"}},
		{append([]string{"simulate", "-f", path}, simulate...), reports},
		{append([]string{"simulate", "-f", lines, "--each-line"}, simulate...), []string{"json"}},
		{append([]string{"simulate", "-f", lines, "--against", other}, simulate...), reports},
		{[]string{"mint", "hanako", "--namespace", "acme", "--audience", "headlamp"}, objects},
		{[]string{"discover"}, reports},
	} {
		for _, format := range c.formats {
			args := append(slices.Clone(c.args), "-o", format)
			if plain := run(t, "", args...); !names.MatchString(plain.out + plain.err) {
				t.Fatalf("%q: nothing to replace in %s%s", args, plain.out, plain.err)
			}
			got := run(t, "", append(args, "--anonymize")...)
			if m := names.FindString(got.out + got.err); m != "" || got.status == 3 || got.out == "" {
				t.Errorf("%q: %d, %q is still there in\n%s%s", args, got.status, m, got.out, got.err)
			}
			if says := strings.HasSuffix(got.out, " are placeholders (`--anonymize`).*\n"); says != (format == "markdown") {
				t.Errorf("%q: whether it says that names are replaced: %v\n%s", args, says, got.out)
			}
		}
	}
}

// Output without placeholders is withheld, and a note says so.
func TestAnonymizedOnStandardError(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "root-admin"})
	a.as(t, object{"token": "admin-token"})
	for _, args := range [][]string{{"mint", "robot"}, {"mint", "robot", "-o", "json", "--show-token"}} {
		if got := run(t, "", append(args, "--anonymize")...); got.status != 3 || got.out != "" || len(a.requests()) > 0 || got.err != "error: --anonymize cannot hide the names in a token\nhint: with --anonymize, use -o json or -o yaml, without --show-token\n" {
			t.Errorf("%q: %d\n%s%s", args, got.status, got.out, got.err)
		}
	}
	defer run(t, "", "version", "-v=0") // klog's level is global to the process
	got := run(t, "", "explain", "-v=9", "--anonymize")
	if !strings.Contains(got.err, "note: --anonymize suppresses the log of -v") || strings.Contains(got.err, "127.0.0.1") {
		t.Error(got.err)
	}
	saved := file(t, "saved.json", run(t, "", "explain", "a.b.c", "-o", "json").out)
	if got := run(t, "", "explain", "--report", saved, "--anonymize"); !strings.Contains(got.err, "note: some texts are withheld") {
		t.Errorf("%s%s", got.out, got.err)
	}
	saved = file(t, "saved.json", run(t, "", "explain", "a.b.c", "-o", "json", "--anonymize").out)
	if got := run(t, "", "explain", "--report", saved); got.err != "" {
		t.Errorf("%s%s", got.out, got.err)
	}
}

// Errors and hints have placeholders, even if the command line does not parse.
func TestAnonymizedErrors(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "root-admin"})
	a.as(t, object{"token": "stranger"})
	kubeconfig := os.Getenv("KUBECONFIG")
	other := file(t, "acme.yaml", asJSON(object{"kind": "Config", "contexts": []object{{"name": "acme-dev", "context": object{"user": "u"}}}}))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", "-f", "/home/acme/token"}, "error: --filename: open FILE-1: no such file or directory\n"},
		{[]string{"explain", "pod/acme", "-n", "acme"}, "error: pod NAMESPACE-1/POD-1 cannot be read: "},
		{[]string{"explain", "pod/acme", "--kubeconfig", kubeconfig}, "to find the reason, run: kubectl authn explain --kubeconfig FILE-1\n"},
		{[]string{"explain", "context/acme"}, "error: the kubeconfig has no context \"CONTEXT-1\"\nhint: choose one of CONTEXT-2\n"},
		{[]string{"explain", "-f", other, "--user-context", "acme"}, "error: file FILE-1: the kubeconfig has no context \"CONTEXT-1\"\nhint: choose one of CONTEXT-2\n"},
		{[]string{"review", "a.b.c", "--server", "http://acme.example"}, "error: the connection to http://HOST-1 does not use TLS, so the token was not sent\n"},
		{[]string{"verify", "a.b.c", "--jwks", "acme.json"}, "error: --jwks: open FILE-1: no such file or directory\n"},
		{[]string{"simulate", "a.b.c", "--manifest", other}, "error: --manifest FILE-1: nothing in the file configures a kube-apiserver (found: kind (text withheld))\n"},
		{[]string{"simulate", "a.b.c", "--oidc-issuer-url", "https://acme.example", "--oidc-client-id", "x", "--jwks", "acme=acme.json"}, "the configuration has no JWT issuer \"ISSUER-1\"\n"},
		{[]string{"mint", "acme", "-n", "acme", "-o", "json"}, "error: no token was issued for serviceaccount NAMESPACE-1/SERVICEACCOUNT-1: "},
		{[]string{"explain", "--repeat", "acme"}, "error: --repeat \"(text withheld)\" is not a whole number\nhint: to list the flags, run: kubectl authn explain --help\n"},
		{[]string{"explain", "--report", other}, "error: --report FILE-1 is not a report of 'kubectl authn explain -o json': "},
	} {
		plain := run(t, "", c.args...)
		got := run(t, "", append(c.args, "--anonymize")...)
		if got.status != plain.status || got.status < exitUndecided || !strings.Contains(got.err, c.want) {
			t.Errorf("%q: %d, want %d and %q\n%s%s", c.args, got.status, plain.status, c.want, got.out, got.err)
		}
		if strings.Contains(got.err, "acme") || strings.Contains(got.err, kubeconfig) || !strings.Contains(plain.err, "acme") && !strings.Contains(plain.err, kubeconfig) {
			t.Errorf("%q: a name is left, or there was none\n%s%s", c.args, plain.err, got.err)
		}
	}
}

func TestTokenReview(t *testing.T) {
	in := &authenticationv1.TokenReview{ObjectMeta: metav1.ObjectMeta{Name: "r", Labels: map[string]string{"prod": "x"}}}
	in.Spec.Token, in.Spec.Audiences = "REDACTED", []string{"vault"}
	in.Status = authenticationv1.TokenReviewStatus{Authenticated: true, Audiences: []string{"vault"}, Error: "[invalid bearer token, of PRODDB01]", User: authenticationv1.UserInfo{
		Username: "system:serviceaccount:ci:robot", UID: "u", Groups: []string{"system:authenticated", "g"}, Extra: map[string]authenticationv1.ExtraValue{"corp/badge": {"b"}},
	}}
	got, _ := json.Marshal(hide(&hiding{asked: true}, in))
	want := `{"metadata":{"name":"OBJECT-1"},"spec":{"token":"REDACTED","audiences":["AUDIENCE-1"]},"status":{"authenticated":true,"user":{"username":"system:serviceaccount:NAMESPACE-1:SERVICEACCOUNT-1",` +
		`"uid":"UID-1","groups":["system:authenticated","GROUP-1"],"extra":{"CLAIM-1":["VALUE-1"]}},"audiences":["AUDIENCE-1"],"error":"[invalid bearer token, (text withheld)]"}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTokenRequest(t *testing.T) {
	seconds := int64(600)
	in := &authenticationv1.TokenRequest{ObjectMeta: metav1.ObjectMeta{Name: "robot", Namespace: "ci"}}
	in.Spec = authenticationv1.TokenRequestSpec{Audiences: []string{"vault"}, ExpirationSeconds: &seconds, BoundObjectRef: &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: "web", UID: "u"}}
	in.Status.Token = "REDACTED"
	got, _ := json.Marshal(hide(&hiding{asked: true}, in))
	want := `{"metadata":{"name":"SERVICEACCOUNT-1","namespace":"NAMESPACE-1"},"spec":{"audiences":["AUDIENCE-1"],"expirationSeconds":600,"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"POD-1","uid":"UID-1"}},` +
		`"status":{"token":"REDACTED","expirationTimestamp":null}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
