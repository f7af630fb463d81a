package cmd

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A year is requested, and the server grants two days without a note on standard output. Standard error has both
// (stratus-red-team#163).
func TestMintSaysWhatWasGranted(t *testing.T) {
	now := time.Now()
	granted := jwt(object{"iss": "https://kubernetes.default.svc", "aud": []string{"https://kubernetes.default.svc"}, "sub": "system:serviceaccount:shop:robot",
		"iat": now.Unix(), "exp": now.Add(48 * time.Hour).Unix(), "kubernetes.io": object{"namespace": "shop", "serviceaccount": object{"name": "robot", "uid": "u"}}})
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/serviceaccounts/robot/token") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		_ = json.NewEncoder(w).Encode(object{"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "status": object{
			"token": granted, "expirationTimestamp": now.Add(48 * time.Hour).UTC().Format(time.RFC3339)}})
		return true
	}
	a.as(t, object{"token": "admin-token"})
	got := run(t, "", "mint", "robot", "--namespace", "shop", "--duration", "8760h")
	if got.status != 0 || strings.TrimSpace(got.out) != granted {
		t.Fatalf("%d\n%s\n%s", got.status, got.out, got.err)
	}
	for _, want := range []string{"✓ Issued: a token of ServiceAccount shop/robot", "! warning: the lifetime is 2d instead of the requested 1y"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("standard error does not say %s:\n%s", want, got.err)
		}
	}
}

// A missing ServiceAccount is wrong usage for each command that requests its token. An API server that denies the
// request, or has no such API, leaves it undecided.
func TestMintOfNobody(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	code, status := 404, object{}
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(status)
		return true
	}
	a.as(t, object{"token": "admin-token"})
	for _, c := range []struct {
		code   int
		status object
		want   int
		hint   string
	}{
		{404, object{"kind": "Status", "reason": "NotFound", "message": `serviceaccounts "nobody" not found`, "details": object{"kind": "serviceaccounts", "name": "nobody"}}, 3, "in another namespace, add --namespace NAME"},
		{403, object{"kind": "Status", "reason": "Forbidden", "message": `serviceaccounts "nobody" is forbidden`, "details": object{"kind": "serviceaccounts", "name": "nobody"}}, 2, ""},
	} {
		code, status = c.code, c.status
		for _, args := range [][]string{{"mint", "nobody"}, {"explain", "sa/nobody"}} {
			got := run(t, "", args...)
			if got.status != c.want || !strings.Contains(got.err, c.hint) || got.out != "" {
				t.Errorf("%q, %d: status %d, want %d\n%s", args, c.code, got.status, c.want, got.err)
			}
		}
	}
	if got := run(t, "", "mint", "nobody"); !strings.Contains(got.err, "hint: to check your permission to create serviceaccounts/token, run: kubectl auth can-i create serviceaccounts/nobody --subresource=token --namespace default\n") {
		t.Errorf("%s", got.err)
	}
	code, status = 404, object{"kind": "Status", "reason": "NotFound", "message": "the server could not find the requested resource", "details": object{}}
	if got := run(t, "", "mint", "nobody"); got.status != 2 {
		t.Errorf("a server without TokenRequest: %d\n%s", got.status, got.err)
	}
}
