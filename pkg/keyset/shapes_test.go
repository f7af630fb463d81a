package keyset

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// Keys in another form than a JWK set are read as one, and other documents as before.
func TestParseKeys(t *testing.T) {
	set := bigSet(3)
	elements, _, err := keysOf(set)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseJWKS(set, finding.T("a test"))
	if err != nil {
		t.Fatal(err)
	}
	inPEM := map[string]string{}
	for _, k := range parsed.Keys {
		der, err := x509.MarshalPKIXPublicKey(k.Public)
		if err != nil {
			t.Fatal(err)
		}
		inPEM[k.ID] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	asPEM, err := json.Marshal(inPEM)
	if err != nil {
		t.Fatal(err)
	}
	all, one := []string{"k0", "k1", "k2"}, []string{"k0"}
	for name, c := range map[string]struct {
		document, form string
		kids           []string
	}{
		"a key set":           {string(set), "", all},
		"a key set, indented": {"\n " + string(set) + "\n", "", all},
		"a single key":        {string(elements[0]), "a single key", one},
		"a list":              {"[ " + string(elements[0]) + " ]", "a list of keys", one},
		"a list of all":       {strings.TrimSuffix(strings.TrimPrefix(string(set), `{"keys":`), "}"), "a list of keys", all},
		"in the member jwks":  {`{"jwks":` + string(set) + `}`, "a key set in the member jwks", all},
		"PEM":                 {string(asPEM), "PEM by key ID", all},
	} {
		got, err := ParseKeys([]byte(c.document), finding.T("a test"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var kids []string
		for i, k := range got.Keys {
			kids = append(kids, k.ID)
			if k.Thumbprint != parsed.Keys[i].Thumbprint {
				t.Errorf("%s: %s is another key", name, k.ID)
			}
		}
		if got.Form.String() != c.form || strings.Join(kids, " ") != strings.Join(c.kids, " ") || len(got.Findings) > 0 {
			t.Errorf("%s: %q, %q, %v", name, got.Form, kids, got.Findings)
		}
	}
	for document, want := range map[string]string{
		`[]`:                                    "an object",
		`[1]`:                                   "an object",
		`{}`:                                    `"keys" is missing`,
		`{"jwks":7}`:                            "an object",
		`{"a":"b"}`:                             `"keys" is missing`,
		`{"a":"-----BEGIN CERTIFICATE-----"}`:   `the PEM of the key "a" is incomplete`,
		`{"jwks_uri":"https://issuer.example"}`: "discovery document",
	} {
		if _, err := ParseKeys([]byte(document), finding.T("a test")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", document, err)
		}
	}
	// An API server and discover read only key sets.
	if _, err := ParseJWKS(elements[0], finding.T("a test")); err == nil {
		t.Error("a single key is a key set")
	}
}

// Only an Entra token with a nonce in its header is for Graph.
func TestIsForGraph(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	for _, c := range []struct {
		header, iss string
		want        bool
	}{
		{`{"alg":"RS256","nonce":"n"}`, "https://sts.windows.net/t/", true},
		{`{"alg":"RS256","nonce":"n"}`, "https://login.microsoftonline.com/t/v2.0", true},
		{`{"alg":"RS256"}`, "https://sts.windows.net/t/", false},
		{`{"alg":"RS256","nonce":"n"}`, "https://issuer.example", false},
	} {
		parsed := token.Parse(encode([]byte(c.header)) + "." + encode([]byte(`{"iss":"`+c.iss+`"}`)) + ".c2ln")
		if got := IsForGraph(parsed); got != c.want {
			t.Errorf("%s of %s: %t", c.header, c.iss, got)
		}
	}
}
