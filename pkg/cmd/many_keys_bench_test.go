//go:build unix

package cmd

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gooidc "github.com/coreos/go-oidc"
)

// manyIssuer is the issuer of the token of manyKeyFiles.
const manyIssuer = "https://many.example"

// manyKeyFiles writes a key set of n RSA and EC keys, a token by the last RSA key, and a configuration for it.
func manyKeyFiles(b testing.TB, n int) (jwks, token, config string) {
	keys := make([]string, 0, n)
	modulus := make([]byte, 256)
	for i := range n {
		if i%2 == 1 {
			key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
			keys = append(keys, fmt.Sprintf(`{"kty":"EC","use":"sig","alg":"ES256","crv":"P-256","kid":"k%d","x":%q,"y":%q}`, i,
				base64URL(key.X.FillBytes(make([]byte, 32))), base64URL(key.Y.FillBytes(make([]byte, 32)))))
			continue
		}
		must(rand.Read(modulus))
		modulus[0], modulus[255] = modulus[0]|0x80, modulus[255]|1
		if i+2 >= n {
			copy(modulus, rsaKey.N.Bytes())
		}
		keys = append(keys, fmt.Sprintf(`{"kty":"RSA","use":"sig","alg":"RS256","kid":"k%d","e":"AQAB","n":%q}`, i, base64URL(modulus)))
	}
	dir := b.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		return file
	}
	last := fmt.Sprintf("k%d", (n-1)/2*2)
	return write("keys.json", `{"keys":[`+strings.Join(keys, ",")+`]}`),
		write("token", signedAs(object{"alg": "RS256", "kid": last}, `{"iss":"`+manyIssuer+`","aud":"a","sub":"u","iat":1767225600,"exp":3976214400}`, 0)),
		write("config.yaml", "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- issuer: {url: "+manyIssuer+", audiences: [a]}\n  claimMappings:\n    username: {claim: sub, prefix: ''}\n")
}

// BenchmarkManyKeys runs `simulate` and `verify` with a key set of 5,000 keys. Alternately, the API server's own key
// set, go-oidc's, reads the same keys and verifies the same token: ratio is the ratio of the CPU times.
// AUTHN_BIN names a program to measure as whole processes, and AUTHN_OTHER_BIN one to compare with it (other-ratio).
func BenchmarkManyKeys(b *testing.B) {
	jwks, token, config := manyKeyFiles(b, 5000)
	data, raw := must(os.ReadFile(jwks)), strings.TrimSpace(string(must(os.ReadFile(token))))
	for name, args := range map[string][]string{
		"simulate": {"simulate", "-f", token, "--authentication-config", config, "--jwks", jwks},
		"verify":   {"verify", "-f", token, "--jwks", jwks, "--issuer", manyIssuer, "--audience", "a"},
	} {
		b.Run(name, func(b *testing.B) {
			var ours, theirs, others spent
			program, other := os.Getenv("AUTHN_BIN"), os.Getenv("AUTHN_OTHER_BIN")
			for b.Loop() {
				ours.add(func() { runOnce(b, program, args) })
				if other != "" {
					others.add(func() { runOnce(b, other, args) })
				}
				theirs.add(func() {
					set := gooidc.NewRemoteKeySet(gooidc.ClientContext(b.Context(), &http.Client{Transport: servedKeys(data)}), "https://keys.invalid/")
					if _, err := set.VerifySignature(b.Context(), raw); err != nil {
						b.Fatal(err)
					}
				})
			}
			b.ReportMetric(ours.busy.Seconds()/float64(b.N)*1000, "ms-cpu")
			b.ReportMetric(ours.took.Seconds()/float64(b.N)*1000, "ms")
			b.ReportMetric(ours.busy.Seconds()/theirs.busy.Seconds(), "ratio")
			if other != "" {
				b.ReportMetric(others.busy.Seconds()/ours.busy.Seconds(), "other-ratio")
			}
		})
	}
}

// runOnce runs a command in this process, or as a process of program.
func runOnce(b *testing.B, program string, args []string) {
	if program == "" {
		env := OS()
		env.In, env.Out, env.Closed, env.CloseOut = strings.NewReader(""), io.Discard, nil, nil
		if status := Main(b.Context(), append([]string{"kubectl-authn"}, args...), env); status != exitYes {
			b.Fatalf("status %d", status)
		}
		return
	}
	if text, err := exec.CommandContext(context.WithoutCancel(b.Context()), program, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", program, err, text)
	}
}

// servedKeys answers every request with a document.
type servedKeys []byte

// RoundTrip implements http.RoundTripper.
func (s servedKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(s)), Request: r}, nil
}
