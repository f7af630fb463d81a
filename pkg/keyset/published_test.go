package keyset

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	gooidc "github.com/coreos/go-oidc"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// serves answers every request with a document.
type serves string

func (s serves) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(s))), Request: r}, nil
}

// TestDocumentAsTheAPIServerReadsIt compares the values read from a document with the library that an API server
// uses, and checks the findings about documents that readers interpret differently.
func TestDocumentAsTheAPIServerReadsIt(t *testing.T) {
	const rest = `,"response_types_supported":["id_token"],"subject_types_supported":["public"]`
	document := func(members string) string { return "{" + members + rest + "}" }
	const issuer, keys = `"issuer":"https://i.example"`, `,"jwks_uri":"https://i.example/keys"`
	const rs256 = `,"id_token_signing_alg_values_supported":["RS256"]`
	tests := map[string]struct {
		data   string
		issuer string // the issuer that an API server reads; empty if it cannot read the document
		want   []string
	}{
		"in order": {document(issuer + keys + rs256), "https://i.example", nil},
		"in capitals": {document(`"ISSUER":"https://i.example"` + keys + rs256), "https://i.example",
			[]string{`discovery-invalid: the member issuer is spelled "ISSUER": an API server reads it, other readers do not find it`}},
		"issuer twice": {document(issuer + keys + rs256 + `,"issuer":"https://evil.example"`), "https://evil.example",
			[]string{`discovery-invalid: the member issuer occurs 2 times ("issuer": "https://i.example", "issuer": "https://evil.example"): an API server reads the last one, other readers may read another one or none`}},
		"issuer in both cases": {document(`"Issuer":"https://evil.example",` + issuer + keys + rs256), "https://i.example",
			[]string{`discovery-invalid: the member issuer occurs 2 times ("Issuer": "https://evil.example", "issuer": "https://i.example"): an API server reads the last one, other readers may read another one or none`}},
		"jwks_uri twice": {document(issuer + keys + keys + rs256), "https://i.example",
			[]string{`discovery-invalid: the member jwks_uri occurs 2 times ("jwks_uri": "https://i.example/keys", "jwks_uri": "https://i.example/keys"): an API server reads the last one, other readers may read another one or none`}},
		"none in addition to RS256": {document(issuer + keys + `,"id_token_signing_alg_values_supported":["RS256","none"]`), "https://i.example",
			[]string{`discovery-invalid: id_token_signing_alg_values_supported lists "none": the issuer may issue unsigned tokens, which an API server rejects and a careless reader accepts`}},
		"HS256 alone": {document(issuer + keys + `,"id_token_signing_alg_values_supported":["HS256"]`), "https://i.example",
			[]string{`algorithm-not-accepted: the document says that the issuer signs with "HS256"; an API server accepts only RS, PS and ES, and rejects every other token`}},
		"EdDSA alone": {document(issuer + keys + `,"id_token_signing_alg_values_supported":["EdDSA"]`), "https://i.example",
			[]string{`algorithm-not-accepted: the document says that the issuer signs with "EdDSA"; an API server accepts only RS, PS and ES, and rejects every other token`}},
		"types that are not read": {`{` + issuer + keys + rs256 + `,"response_types_supported":"id_token","subject_types_supported":["public"]}`, "https://i.example",
			[]string{`discovery-invalid: the member response_types_supported has the wrong type: an API server ignores it, other readers may reject the document`}},
		"a token_endpoint of another type": {document(issuer + keys + rs256 + `,"token_endpoint":{}`), "", nil},
		"an issuer of another type first":  {document(`"issuer":7,` + issuer + keys + rs256), "", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx := gooidc.ClientContext(context.Background(), &http.Client{Transport: serves(test.data)})
			_, err := gooidc.NewProvider(ctx, "https://expected.example")
			theirs := ""
			if err != nil && strings.Contains(err.Error(), "issuer did not match") {
				_, _ = fmt.Sscanf(err.Error()[strings.LastIndex(err.Error(), "got "):], "got %q", &theirs)
			}
			if theirs != test.issuer {
				t.Fatalf("an API server reads %q: %v", theirs, err)
			}
			d, err := ParseDiscovery([]byte(test.data), "x")
			if test.issuer == "" {
				if err == nil || !strings.HasSuffix(err.Error(), "has the wrong type") {
					t.Errorf("an API server cannot read it, and here: %+v, %v", d, err)
				}
				return
			}
			if err != nil || d.Issuer != theirs {
				t.Fatalf("%+v, %v", d, err)
			}
			if got := said(d.Findings); !slices.Equal(got, test.want) {
				t.Errorf("want %q\ngot  %q", test.want, got)
			}
		})
	}
}

// TestPublished checks the findings about how documents are served.
func TestPublished(t *testing.T) {
	const wrong = " instead of application/json: an API server reads it, other readers may reject it"
	const wrongKeys = " instead of application/jwk-set+json: an API server reads it, other readers may reject it"
	tests := map[string]struct {
		document, keys string
		key            string
		want           []string
	}{
		"in order":        {"application/json", "application/jwk-set+json", jwk("rsa", "r", nil), nil},
		"with charset":    {"Application/JSON; charset=utf-8", "application/json;charset=UTF-8", jwk("rsa", "r", nil), nil},
		"text":            {"text/plain", "text/html", jwk("rsa", "r", nil), []string{`discovery-invalid: the discovery document is served with the Content-Type "text/plain"` + wrong, `discovery-invalid: the key set is served with the Content-Type "text/html"` + wrongKeys}},
		"nothing":         {"", "", jwk("rsa", "r", nil), []string{"discovery-invalid: the discovery document is served without a Content-Type" + wrong, "discovery-invalid: the key set is served without a Content-Type" + wrongKeys}},
		"swapped":         {"application/jwk-set+json", "application/json", jwk("rsa", "r", nil), []string{`discovery-invalid: the discovery document is served with the Content-Type "application/jwk-set+json"` + wrong}},
		"no kid":          {"application/json", "application/json", jwk("rsa", "", nil), []string{"discovery-invalid: 1 of 1 keys have no kid. An API server uses such a key only for a token without a kid. Other readers, such as AWS STS, never use it"}},
		"kid in capitals": {"application/json", "application/json", strings.Replace(jwk("rsa", "r", nil), `"kid"`, `"KID"`, 1), []string{"discovery-invalid: 1 of 1 keys have no kid. An API server uses such a key only for a token without a kid. Other readers, such as AWS STS, never use it"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			serve := func(contentType, body string) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = nil
					if contentType != "" {
						w.Header().Set("Content-Type", contentType)
					}
					_, _ = w.Write([]byte(body))
				}
			}
			routes := map[string]http.HandlerFunc{"/keys": serve(test.keys, string(jwks(test.key)))}
			server, fetcher := issuer(t, routes)
			document, err := json.Marshal(members{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})
			if err != nil {
				t.Fatal(err)
			}
			routes[wellKnown] = serve(test.document, string(document))
			d, err := fetcher.Discover(context.Background(), server.URL)
			if err != nil {
				t.Fatal(err)
			}
			d.JudgePublished()
			d.KeySet.JudgePublished()
			var got []string
			for _, f := range slices.Concat(d.Findings, d.KeySet.Findings) {
				if f.ID != finding.JWKSURIPrivate { // the test's server is on loopback
					got = append(got, string(f.ID)+": "+f.Detail.String())
				}
				if f.Severity != finding.Warning {
					t.Errorf("%s is of severity %s, and an API server can use what is published", f.ID, f.Severity)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("want %q\ngot  %q", test.want, got)
			}
		})
	}
}

// A set of which an API server can use no key is an error; one with other keys too is not.
func TestPublishedTypes(t *testing.T) {
	for name, c := range map[string]struct {
		keys []byte
		want bool
	}{
		"Ed25519 alone":        {jwks(jwk("ed25519", "o", nil)), true},
		"Ed25519 beside RSA":   {jwks(jwk("ed25519", "o", nil), jwk("rsa", "r", nil)), false},
		"Ed25519 beside oct":   {jwks(jwk("ed25519", "o", nil), `{"kty":"oct","k":"AAAA","kid":"s"}`), true},
		"EC alone":             {jwks(jwk("p256", "e", nil)), false},
		"a key set not read":   {jwks(jwk("ed25519", "o", nil), `{"kty":"EC","crv":"secp256k1","kid":"k"}`), false},
		"no usable key at all": {jwks(`{"kty":"oct","k":"AAAA","kid":"s"}`), false},
	} {
		ks, err := ParseJWKS(c.keys, finding.T("a test"))
		if err != nil {
			t.Fatal(name, err)
		}
		ks.JudgePublished()
		got := slices.ContainsFunc(ks.Findings, func(f finding.Finding) bool { return f.ID == finding.AlgorithmNotAccepted })
		if got != c.want {
			t.Errorf("%s: found is %t", name, got)
		}
	}
}

// A template in the place of an issuer is named as such; another issuer is compared.
func TestIssuerTemplates(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://login.example/{tenantid}/v2.0": "{tenantid} is a placeholder",
		"https://${DOMAIN}/":                    "${DOMAIN} is a placeholder",
		"https://login.example/other":           "but was requested for",
	} {
		d := &Discovery{Issuer: issuer}
		d.Judge("https://login.example/common")
		if len(d.Findings) != 1 || d.Findings[0].ID != finding.DiscoveryIssuerMismatch || !strings.Contains(d.Findings[0].Detail.String(), want) {
			t.Errorf("%s: %v", issuer, d.Findings)
		}
	}
}
