package cmd

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/report"
)

// Three API servers, the last of which does not know the token.
func TestExplainEachServer(t *testing.T) {
	raw := jwt(object{"iss": "https://kubernetes.default.svc", "aud": []string{"https://kubernetes.default.svc"}, "sub": "system:serviceaccount:shop:robot",
		"kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "u"}}})
	users := map[string]string{"admin-token": "admin", raw: "system:serviceaccount:shop:robot"}
	a, b, odd := newAPI(t, users), newAPI(t, users), newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	explain := func(status int, args ...string) (*report.Explanation, ran) {
		t.Helper()
		got := run(t, "", append([]string{"explain", raw, "-o", "json"}, args...)...)
		if got.status != status || got.err != "" {
			t.Fatalf("%d\n%s%s", got.status, got.out, got.err)
		}
		var x report.Explanation
		if err := json.Unmarshal([]byte(got.out), &x); err != nil {
			t.Fatal(err)
		}
		return &x, got
	}
	if x, _ := explain(0); x.Servers != nil {
		t.Errorf("without the flag: %+v", x.Servers)
	}
	x, _ := explain(0, "--endpoint", b.URL+"/")
	if x.Servers == nil || len(x.Servers.Items) != 2 || x.Servers.Items[1].URL != b.URL || x.Servers.Items[1].Verdict != report.Accepted || x.Answers != nil {
		t.Errorf("two that agree: %+v, %+v", x.Servers, x.Answers)
	}
	x, _ = explain(1, "--endpoint", b.URL, "--endpoint", odd.URL, "--repeat", "2")
	if x.Verdict != report.Rejected || x.Cause != "replicas-disagree" || len(x.Servers.Items) != 3 || x.Servers.Items[2].Error.String() != "invalid bearer token" ||
		len(x.Answers) != 6 || x.Answers[0].Server != a.URL || x.Answers[0].Of != 2 {
		t.Errorf("one that refuses: %s, %s, %+v, %+v", x.Verdict, x.Cause, x.Servers, x.Answers)
	}
	if _, got := explain(1, "--endpoint", odd.URL, "--anonymize"); strings.Contains(got.out, "robot") || strings.Contains(got.out, "shop") {
		t.Errorf("names are still there:\n%s", got.out)
	}
	// This API server does not serve EndpointSlices.
	if x, _ = explain(0, "--each-server"); x.Servers.Problem.String() == "" || len(x.Servers.Remedy) == 0 || len(x.Servers.Items) != 1 {
		t.Errorf("no addresses: %+v", x.Servers)
	}
}

// The credential is not sent to an endpoint whose certificate is not trusted.
func TestExplainEndpointOfAStranger(t *testing.T) {
	a, redirecting := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"}), newAPI(t, nil)
	redirecting.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("it was sent a credential with %s %s", r.Method, r.URL.Path)
		}
		http.Redirect(w, r, a.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	a.as(t, object{"token": "admin-token"})
	got := run(t, "", "explain", "janes-token", "--endpoint", redirecting.URL)
	if got.status != 0 || !strings.Contains(got.out, "the server is not an API server") || len(redirecting.requests()) != 1 {
		t.Errorf("%d, asked %q\n%s%s", got.status, redirecting.requests(), got.out, got.err)
	}
}

func TestEndpointsThatAreNone(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	for _, bad := range []string{"", "10.0.0.1", "10.0.0.1:6443", "https://", "https://:6443", "http://10.0.0.1:6443", "https://u:secret-word@10.0.0.1", "https://10.0.0.1/path", "https://10.0.0.1?q=1", "ftp://10.0.0.1", "https://10.0.0.1:x"} {
		got := run(t, "", "explain", "a", "--endpoint", bad)
		if got.status != 3 || got.out != "" || !strings.HasPrefix(got.err, "error: --endpoint is ") || strings.Contains(got.err, "secret-word") {
			t.Errorf("--endpoint %q: %d\n%s%s", bad, got.status, got.out, got.err)
		}
	}
	for _, flag := range []string{"--each-server", "--endpoint=https://10.0.0.1"} {
		got := run(t, "", "explain", "--error", "Unauthorized", flag)
		if name, _, _ := strings.Cut(flag, "="); got.status != 3 || !strings.Contains(got.err, "--error and "+name+" cannot be combined") {
			t.Errorf("--error with %s: %d\n%s%s", flag, got.status, got.out, got.err)
		}
	}
	if len(a.requests()) > 0 {
		t.Errorf("asked %q", a.requests())
	}
	nowhere(t)
	got := run(t, "", "explain", "a", "--each-server", "--endpoint", a.URL, "--details")
	if got.status != 2 || !strings.Contains(got.out, "the kubeconfig's server has no TLS") || len(a.requests()) > 0 {
		t.Errorf("without a kubeconfig: %d\n%s%s", got.status, got.out, got.err)
	}
}
