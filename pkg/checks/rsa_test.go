package checks

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
)

var rsaKey = must(rsa.GenerateKey(rand.Reader, 2048))

const rsaKid = "an-rsa-key"

// withRSA publishes an RSA key in addition to the cluster's key.
func withRSA(e *evidence.Evidence) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &rsaKey.PublicKey, KeyID: rsaKid, Algorithm: "RS256", Use: "sig"}}}
	e.Cluster.Value.Keys = evidence.Is(must(keyset.ParseJWKS(must(json.Marshal(set)), finding.T("test"))), finding.T("GET /openid/v1/jwks"))
}

// rsaToken is signed with the RSA key, for any alg in its header.
func rsaToken(alg string) string {
	if alg != "RS256" {
		return unsigned(claims{"alg": alg, "kid": rsaKid}, saClaims(nil), strings.Repeat("x", 64))
	}
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: rsaKey, KeyID: rsaKid}}, nil))
	return must(must(signer.Sign(must(json.Marshal(saClaims(nil))))).CompactSerialize())
}

// cutRSA has a signature that lacks 64 bytes, a length that another key may have.
func cutRSA() string {
	parts := strings.Split(rsaToken("RS256"), ".")
	signature := must(base64.RawURLEncoding.DecodeString(parts[2]))
	return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(signature[:192])
}
