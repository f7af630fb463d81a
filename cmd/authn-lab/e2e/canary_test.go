package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestCanary runs testdata/canary: all commands with credentials whose secret parts are known, at -v=9 and in all formats.
// No output may have a secret, a piece of a secret, or an encoding of one.
//
// Its scripts have these commands in addition to those of a scenario:
//
//	secret FILE…           declares secrets: a JWT's signature, the secret part of a bootstrap token, private
//	                       keys, or the whole text
//	quiet ARGS…            checks that kubectl-authn ARGS… prints no secret, with any exit status
//	quietly ARGS…          the same for inspect, review, explain and verify, in all formats, at -v=9
//	quietly-but STREAM ARGS…
//	                       the same as quiet, except for one stream, whose result is the secret
//	echoing FILE           writes a kubeconfig of a server that echoes requests in its responses
func TestCanary(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "testdata", "canary", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts (error: %v)", err)
	}
	params := runner.Params(files...)
	setup := params.Setup
	params.Setup = func(env *testscript.Env) error {
		env.Values[canaryKey{}] = newCanary()
		return setup(env)
	}
	maps.Copy(params.Cmds, map[string]func(*testscript.TestScript, bool, []string){
		"secret": func(ts *testscript.TestScript, _ bool, args []string) {
			for _, file := range args {
				theCanary(ts).learn(ts.ReadFile(file))
			}
		},
		"quiet":       func(ts *testscript.TestScript, _ bool, args []string) { theCanary(ts).run(ts, "", args) },
		"quietly":     quietly,
		"quietly-but": func(ts *testscript.TestScript, _ bool, args []string) { theCanary(ts).run(ts, args[0], args[1:]) },
		"echoing":     echoing,
	})
	testscript.Run(t, params)
}

// quietly runs all commands with a credential.
func quietly(ts *testscript.TestScript, _ bool, args []string) {
	// The same server with another name is another server to ask.
	another := strings.Replace(ts.Getenv("SERVER"), "127.0.0.1", "localhost", 1)
	for command, more := range map[string][]string{
		"inspect": nil, "review": nil, "explain": {"--audience", "canary", "--each-server", "--endpoint", another}, "verify": {"--jwks", "keys.json"},
	} {
		formats := []string{"text", "json", "yaml", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}", "markdown"}
		for _, format := range formats {
			full := append([]string{command, "-v=9"}, args...)
			if format != "text" {
				full = append(full, "-o", format)
			}
			theCanary(ts).run(ts, "", full)
			if format == "text" {
				theCanary(ts).run(ts, "", append(full, more...))
			}
		}
	}
}

type canaryKey struct{}

func theCanary(ts *testscript.TestScript) *canary { return ts.Value(canaryKey{}).(*canary) }

// canary recognizes secrets by their pieces, so that it detects a truncated secret.
type canary struct {
	pieces map[string]string // the first characters of the secret, by piece, for the error message
	runs   int
}

func newCanary() *canary { return &canary{pieces: map[string]string{}} }

// pieceSize is the length of a piece in bytes: too long for a coincidence, and short enough for any excerpt that
// helps to guess the rest.
const pieceSize = 12

func (c *canary) learn(content string) {
	for _, secret := range secretsOf(content) {
		for _, form := range forms(secret) {
			for i := 0; i+pieceSize <= len(form); i++ {
				c.pieces[form[i:i+pieceSize]] = fmt.Sprintf("%.6s…", secret)
			}
		}
	}
}

// secretsOf returns the secret parts of a file's content.
func secretsOf(content string) []string {
	var out []string
	for rest := []byte(content); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			out = append(out, string(block.Bytes[36:])) // the bytes before are the same in all keys of a type
		}
	}
	if strings.Contains(content, "-----BEGIN ") {
		return out
	}
	for _, field := range strings.Fields(content) {
		parts := strings.Split(field, ".")
		out = append(out, parts[len(parts)-1])
	}
	return out
}

// forms returns the forms in which a secret may appear: unchanged, encoded, or inside an encoded text.
func forms(secret string) []string {
	out := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), url.QueryEscape(secret)}
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			encoded := encoding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			out = append(out, encoded[4*((before+2)/3):len(encoded)-2])
		}
	}
	// PEM and YAML break long lines.
	broken := base64.StdEncoding.EncodeToString([]byte(secret))
	for len(broken) > 64 {
		out = append(out, broken[:64])
		broken = broken[64:]
	}
	return out
}

// wholeToken is any signed JWT, because the signature of a token that the program mints is also secret.
var wholeToken = regexp.MustCompile(`eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}`)

// seen returns an error if an output has a secret.
func (c *canary) seen(output string) error {
	for i := 0; i+pieceSize <= len(output); i++ {
		if secret, found := c.pieces[output[i:i+pieceSize]]; found {
			return fmt.Errorf("a piece of the secret %s: %s", secret, around(output, i))
		}
	}
	if at := wholeToken.FindStringIndex(output); at != nil {
		return fmt.Errorf("a whole token: %s", around(output, at[0]))
	}
	return nil
}

func around(output string, i int) string {
	return fmt.Sprintf("%q", output[max(0, i-60):min(len(output), i+60)])
}

func (c *canary) run(ts *testscript.TestScript, but string, args []string) {
	c.runs++
	err := ts.Exec(runner.Plugin, args...)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("cannot run kubectl-authn: %v", err)
	}
	ts.Check(validate(ts.ReadFile("stdout")))
	if len(c.pieces) == 0 {
		ts.Fatalf("no secret is known: nothing can be found")
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if stream == but {
			continue
		}
		if err := c.seen(ts.ReadFile(stream)); err != nil {
			ts.Fatalf("%q shows on %s %v", args, stream, err)
		}
	}
}

// echoing starts a server that echoes requests, as some proxies and webhooks do.
func echoing(ts *testscript.TestScript, _ bool, args []string) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said := "cannot do anything with " + r.Header.Get("Authorization") + " and " + string(body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Warning", fmt.Sprintf("299 - %q", r.Header.Get("Authorization")))
		if strings.HasSuffix(r.URL.Path, "/tokenreviews") {
			var review map[string]any
			_ = json.Unmarshal(body, &review)
			review["status"] = map[string]any{"error": said}
			w.WriteHeader(http.StatusCreated)
			_ = json.NewEncoder(w).Encode(review)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 401, "reason": "Unauthorized", "message": said})
	}))
	ts.Defer(server.Close)
	ca := pemCertificate(server.Certificate())
	config := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: echo
contexts: [{name: echo, context: {cluster: echo, user: echo}}]
clusters: [{name: echo, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: echo, user: {token: %q}}]
`, server.URL, base64.StdEncoding.EncodeToString(ca), strings.TrimSpace(ts.ReadFile("token")))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(config), 0o600))
}

func pemCertificate(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// TestCanarySings checks that the canary detects a leaked secret.
func TestCanarySings(t *testing.T) {
	const secret = "c2lnbmF0dXJlLW9mLWEtdG9rZW4tMDEyMzQ1Njc4OQ"
	c := newCanary()
	c.learn("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0." + secret + "\n")
	for _, shown := range []string{
		secret, "…" + secret[9:22] + "…", hex.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte("Bearer x." + secret)),
		base64.StdEncoding.EncodeToString([]byte("{ " + secret)), "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0." + strings.Repeat("Z", 43),
	} {
		if c.seen("before "+shown+" after") == nil {
			t.Errorf("it does not see %q", shown)
		}
	}
	for _, harmless := range []string{"", "REDACTED", "eyJzdWIiOiJqYW5lIn0", "kubectl authn explain"} {
		if err := c.seen(harmless); err != nil {
			t.Errorf("it sees in %q %v", harmless, err)
		}
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: bytes.Repeat([]byte("0123456789abcdef"), 8)})
	c.learn(string(key))
	if c.seen(string(key)) == nil {
		t.Error("it does not see a private key")
	}
}
