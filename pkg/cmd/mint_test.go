package cmd

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A year is asked for, and the server grants two days without a word on standard output:
// standard error says both (stratus-red-team#163).
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
	for _, want := range []string{"✓ Issued: a token of ServiceAccount shop/robot", "! warning: it lives for 2d; requested was 1y"} {
		if !strings.Contains(got.err, want) {
			t.Errorf("standard error does not say %s:\n%s", want, got.err)
		}
	}
}
