package cmd

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A document that was read and is invalid has status 1, one that could not be read has 2.
func TestDiscoverStatus(t *testing.T) {
	for name, c := range map[string]struct {
		document func(url string) any
		status   int
	}{
		"no jwks_uri":     {func(url string) any { return object{"issuer": url} }, 1},
		"keys over http":  {func(url string) any { return object{"issuer": url, "jwks_uri": "http://issuer.example/keys"} }, 1},
		"another address": {func(url string) any { return object{"issuer": url, "jwks_uri": url + "/down"} }, 2},
		"no document":     {func(string) any { return "no object" }, 1},
	} {
		mux := http.NewServeMux()
		server := httptest.NewTLSServer(mux)
		mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(c.document(server.URL))
		})
		mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
		got := run(t, "", "discover", "--issuer-url", server.URL, "--ca-file", file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))))
		if got.status != c.status {
			t.Errorf("%s: %d\n%s%s", name, got.status, got.out, got.err)
		}
		server.Close()
	}
}
