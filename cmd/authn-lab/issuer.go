package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

// oidcAudience is the client ID that the API server expects in tokens of the lab's OIDC issuer.
const oidcAudience = "authn-lab"

// oidcIssuer is an identity provider as an API server uses it: discovery and keys over TLS. It has no login; `authn-lab sign
// token --key oidc` signs its tokens.
type oidcIssuer struct {
	url    string
	server *http.Server
}

func (d labDir) startIssuer(c *credentials) (*oidcIssuer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot start the OIDC issuer: %w", err)
	}
	url := "https://" + listener.Addr().String()
	jwks, err := keySet(c.oidcKey.Public())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /.well-known/openid-configuration", serveJSON(map[string]any{
		"issuer":                                url,
		"jwks_uri":                              url + "/jwks",
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	}))
	mux.Handle("GET /jwks", serveJSON(jwks))

	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{
			Certificate: [][]byte{c.issuerTLS.cert.Raw},
			PrivateKey:  c.issuerTLS.key,
		}}},
	}
	go func() {
		if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintf(os.Stderr, "error: the OIDC issuer stopped: %v\n", err)
		}
	}()
	return &oidcIssuer{url: url, server: server}, os.WriteFile(d.path("oidc", "issuer-url"), []byte(url+"\n"), 0o600)
}

func serveJSON(document any) http.Handler {
	body, err := json.MarshalIndent(document, "", "  ")
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	})
}

// keySet is a JWKS (RFC 7517) with one RSA key.
func keySet(key crypto.PublicKey) (any, error) {
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("cannot publish a %T", key)
	}
	kid, err := keyID(key)
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]any{"keys": []any{map[string]string{
		"kty": "RSA",
		"use": "sig",
		"alg": "RS256",
		"kid": kid,
		"n":   encode(public.N.Bytes()),
		"e":   encode(big.NewInt(int64(public.E)).Bytes()),
	}}}, nil
}
