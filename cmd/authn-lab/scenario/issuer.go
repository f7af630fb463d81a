package scenario

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// issuer is an OIDC issuer with a discovery document and keys, and without a login: `authn-lab sign token` makes its tokens.
type issuer struct {
	web
	maxAge time.Duration // for which its keys may be remembered

	mu  sync.Mutex
	key *rsa.PrivateKey
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var document any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		document = map[string]any{
			"issuer":                                i.url(),
			"jwks_uri":                              i.url() + "/jwks",
			"response_types_supported":              []string{"id_token"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		}
	case "/jwks":
		i.mu.Lock()
		defer i.mu.Unlock()
		document = map[string]any{"keys": []any{jwk(&i.key.PublicKey)}}
		if i.maxAge > 0 {
			w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", int(i.maxAge.Seconds())))
		}
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document)
}

func jwk(key *rsa.PublicKey) map[string]string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		panic(err) // of an RSA key there is always one
	}
	kid := sha256.Sum256(der)
	encode := base64.RawURLEncoding.EncodeToString
	return map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": encode(kid[:]), // the kid that `sign token` gives
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}
}

// newKey replaces the issuer's signing key.
func (i *issuer) newKey(file string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = key
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return os.WriteFile(file, pem.EncodeToMemory(block), 0o600)
}

func (r *Runner) issuer(ts *testscript.TestScript, args []string) {
	i := &issuer{web: *r.newWeb(nil)}
	i.handler = i
	flags := flag.NewFlagSet("issuer", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.DurationVar(&i.maxAge, "max-age", 0, "")
	m := remember(ts)
	name := m.parse(ts, flags, args)

	ts.Check(i.start())
	ts.Defer(i.stop)
	m.parts[name] = i
	m.setURL(ts, name, i.url())
	ts.Check(i.newKey(filepath.Join(m.work, name+".key")))
}

func rotate(ts *testscript.TestScript, args []string) {
	i, ok := partOf(ts, "rotate", args).(*issuer)
	if !ok {
		ts.Fatalf("%s is no issuer", args[0])
	}
	ts.Check(i.newKey(filepath.Join(remember(ts).work, args[0]+".key")))
}
