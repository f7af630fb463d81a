package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"
)

// startIssuer starts an issuer. It writes NAME.crt, the CA of its certificate, NAME.jwks, its keys,
// NAME.jwt, a token for the audience authn, and NAME.yaml, an AuthenticationConfiguration that
// names the issuer and no CA. A second argument is a further key of the set, as JSON.
func startIssuer(ts *testscript.TestScript, _ bool, args []string) {
	name := args[0]
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	ts.Check(err)
	if len(args) > 1 {
		keys = []byte(strings.Replace(string(keys), "[", "["+args[1]+",", 1))
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_ = json.NewEncoder(w).Encode(map[string]any{"issuer": "https://" + r.Host, "jwks_uri": "https://" + r.Host + "/keys"})
			return
		}
		_, _ = w.Write(keys)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	server.StartTLS()
	ts.Defer(server.Close)

	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	ts.Check(err)
	now := time.Now().Unix()
	signed, err := signer.Sign(fmt.Appendf(nil, `{"iss": %q, "sub": "jane", "aud": "authn", "iat": %d, "exp": %d}`, server.URL, now, now+3600))
	ts.Check(err)
	token, err := signed.CompactSerialize()
	ts.Check(err)
	for file, content := range map[string]string{
		".crt":  string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})),
		".jwks": string(keys),
		".jwt":  token,
		".yaml": fmt.Sprintf(`apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: %q, audiences: [authn]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
`, server.URL),
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name+file), []byte(content), 0o600))
	}
	ts.Setenv(strings.ToUpper(name), server.URL)
}
