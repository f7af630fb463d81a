package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-authn/kubectl-authn/pkg/report/schema"
)

// TestMain makes this test the programs that the scripts run: `kubectl authn` and its plain name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl-authn": main,
		"attack":        attack,
		"kubectl": func() {
			if len(os.Args) < 2 || os.Args[1] != "authn" {
				fmt.Fprintln(os.Stderr, "the kubectl of these scripts knows nothing but authn")
				os.Exit(1)
			}
			os.Args = append([]string{"kubectl-authn"}, os.Args[2:]...)
			main()
		},
	})
}

// TestScripts runs the sessions of testdata/scripts, which need no cluster.
//
// They have these commands beyond testscript's own:
//
//	bad STATUS SENTENCE ARGS…   kubectl authn ARGS… ends with STATUS, prints nothing on standard output, and on standard error
//	                            one line `error: SENTENCE` and perhaps hints; a * in SENTENCE stands for anything
//	ends STATUS IDS ARGS…       kubectl authn ARGS… ends with STATUS, prints no error (notes it may), and reports the findings IDS (separated by
//	                            commas; - for none); explain has the first of them first, as the cause
//	fake NAME WHAT              starts a server, and writes NAME.url, NAME.crt and NAME.kubeconfig; servers says what WHAT can be
//	token FILE HEADER CLAIMS [SIGNATURE]
//	                            writes a JWT with these texts, JSON or not, as its parts
//	harmless ARGS…              kubectl authn ARGS… prints no control character and no bidirectional override, in no format
//	issuer NAME [JWK]           starts an issuer: NAME.crt is its CA, NAME.jwks its keys (and JWK), NAME.jwt a token, NAME.yaml a configuration without the CA
//	certificate FILE            writes a certificate and its key, with hostile names
//	size FILE BYTES             writes a file of this size
//	read NAME FILE              puts the text of a file into a variable
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/scripts",
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		ContinueOnError:     true, // a table of expectations: show all that fail
		Setup: func(env *testscript.Env) error {
			executable, err := os.Executable()
			if err != nil {
				return err
			}
			env.Setenv("EXECUTABLE", executable)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("USERPROFILE", env.WorkDir)
			env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, "kubeconfig"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bad":         bad,
			"ends":        ends,
			"fake":        fake,
			"token":       writeToken,
			"harmless":    harmless,
			"certificate": certificate,
			"issuer":      startIssuer,
			"read":        func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], ts.ReadFile(args[1])) },
			"size": func(ts *testscript.TestScript, _ bool, args []string) {
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte("A"), n), 0o600))
			},
		},
	})
}

// run runs kubectl authn to its end.
func run(ts *testscript.TestScript, args []string) (stdout, stderr string, status int) {
	err := ts.Exec("kubectl-authn", args...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("cannot run kubectl-authn: %v", err)
	}
	set, err := schemas()
	ts.Check(err)
	if _, err := set.Output(ts.ReadFile("stdout")); err != nil {
		ts.Fatalf("%q prints what its schema does not know: %v", args, err)
	}
	return ts.ReadFile("stdout"), ts.ReadFile("stderr"), status
}

// schemas are what every object is held against that a script has printed.
var schemas = sync.OnceValues(func() (schema.Set, error) { return schema.Load("../../docs/schemas") })

func bad(ts *testscript.TestScript, _ bool, args []string) {
	want, sentence := args[0], args[1]
	stdout, stderr, status := run(ts, args[2:])
	var errs []string
	if strconv.Itoa(status) != want {
		errs = append(errs, fmt.Sprintf("exit status %d, want %s", status, want))
	}
	if stdout != "" {
		errs = append(errs, "there is something on standard output")
	}
	lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
	said, isError := strings.CutPrefix(unix(lines[0]), "error: ")
	switch first := []rune(said + " ")[0]; {
	case !isError:
		errs = append(errs, "standard error does not begin with `error: `")
	case !matches(sentence, said):
		errs = append(errs, fmt.Sprintf("it says\n\t%s\nwant\n\t%s", said, sentence))
	case unicode.IsUpper(first) && !unicode.IsUpper([]rune(said)[1]): // an abbreviation is not a beginning
		errs = append(errs, "the error begins with a capital")
	case strings.HasSuffix(said, "."):
		errs = append(errs, "the error ends with a full stop")
	}
	for _, line := range lines[1:] {
		if !strings.HasPrefix(line, "hint: ") {
			errs = append(errs, fmt.Sprintf("a line on standard error is neither the error nor a hint: %q", line))
		}
	}
	if len(errs) > 0 {
		ts.Fatalf("%s", strings.Join(errs, "\n"))
	}
}

func ends(ts *testscript.TestScript, _ bool, args []string) {
	want, ids := args[0], strings.Split(strings.Trim(args[1], "-"), ",")
	stdout, stderr, status := run(ts, append(args[2:len(args):len(args)], "-o", "json"))
	var object struct{ Findings []struct{ ID string } }
	if err := json.Unmarshal([]byte(stdout), &object); err != nil {
		ts.Fatalf("exit status %d, and no object: %v", status, err)
	}
	var found []string
	for _, f := range object.Findings {
		found = append(found, f.ID)
	}
	var errs []string
	if strconv.Itoa(status) != want {
		errs = append(errs, fmt.Sprintf("exit status %d, want %s", status, want))
	}
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "note: ") {
			errs = append(errs, fmt.Sprintf("a line on standard error is no note: %q", line))
		}
	}
	if ids[0] == "" {
		if len(found) > 0 {
			errs = append(errs, "nothing should be found")
		}
		ids = nil
	} else if args[2] == "explain" && (len(found) == 0 || found[0] != ids[0]) {
		errs = append(errs, ids[0]+" should stand first")
	}
	for _, id := range ids {
		if !slices.Contains(found, id) {
			errs = append(errs, id+" is not found")
		}
	}
	if len(errs) > 0 {
		ts.Fatalf("%s; found: %s", strings.Join(errs, "; "), strings.Join(found, ", "))
	}
}

// unix puts what Windows says of files and connections into the words that the scripts have.
func unix(said string) string {
	if runtime.GOOS != "windows" {
		return said
	}
	for code, words := range map[syscall.Errno]string{2: "no such file or directory", 3: "no such file or directory", 10061: "connection refused"} {
		said = strings.ReplaceAll(said, strings.TrimSuffix(code.Error(), "."), words)
	}
	return strings.NewReplacer("connectex:", "connect:", "GetFileAttributesEx ", "stat ", "CreateFile ", "stat ").Replace(said)
}

// matches compares a text with a pattern in which * stands for anything, also for nothing.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(text, parts[0])
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			return ok && strings.HasSuffix(rest, part)
		}
		var found bool
		_, rest, found = strings.Cut(rest, part)
		ok = ok && found
	}
	return ok && rest == ""
}

func writeToken(ts *testscript.TestScript, _ bool, args []string) {
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for i := range args[1:] {
		// Escapes as in JSON and Go, so that a script can write any character.
		if text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1+i], `"`, `\"`) + `"`); err == nil {
			args[1+i] = text
		}
	}
	signature := strings.Repeat("signature", 29)[:256]
	if len(args) > 3 {
		signature = args[3]
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(encode(args[1])+"."+encode(args[2])+"."+encode(signature)), 0o600))
}

// formats are all that some command prints.
var formats = []string{"text", "json", "yaml", "markdown", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}"}

func harmless(ts *testscript.TestScript, _ bool, args []string) {
	for _, format := range formats {
		full := append(args[:len(args):len(args)], "-o", format, "-v=9")
		stdout, stderr, _ := run(ts, full)
		for stream, text := range map[string]string{"standard output": stdout, "standard error": stderr} {
			for i, c := range text {
				if c == '\n' || c == '\t' && stream == "standard error" || !dangerous(c) {
					continue
				}
				ts.Fatalf("%q prints %U raw on %s: %q", full, c, stream, text[max(0, i-40):min(len(text), i+40)])
			}
		}
	}
}

// dangerous are the characters that a terminal acts on or that change the order of what is read: controls (C0, DEL and C1) and
// format characters, among them the bidirectional ones.
func dangerous(c rune) bool {
	return unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' || c == unicode.ReplacementChar
}

// hostile is text that somebody chose to harm whoever reads it on a terminal.
const hostile = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202etxet\u2066\u0085\u009b2J\r\x00end"

func certificate(ts *testscript.TestScript, _ bool, args []string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: hostile, Organization: []string{hostile}},
		NotBefore:    time.Now(), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...), 0o600))
}

func fake(ts *testscript.TestScript, _ bool, args []string) {
	name, what := args[0], args[1]
	serve, known := servers[what]
	if !known {
		ts.Fatalf("unknown server %q", what)
	}
	stop := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, stop) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that hang up, as they should
	server.StartTLS()
	ts.Defer(func() {
		close(stop)
		server.CloseClientConnections()
		server.Close()
	})
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	config := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: fake
contexts: [{name: fake, context: {cluster: fake, user: fake}}]
clusters: [{name: fake, cluster: {server: %q, certificate-authority-data: %s}}]
users: [{name: fake, user: {token: of-the-caller}}]
`, server.URL, base64.StdEncoding.EncodeToString(ca))
	ts.Check(os.WriteFile(ts.MkAbs(name+".kubeconfig"), []byte(config), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(name+".crt"), ca, 0o600))
	ts.Setenv(strings.ToUpper(name), server.URL)
}

// servers are what an API server or an issuer is not, or not always.
var servers = map[string]func(w http.ResponseWriter, r *http.Request, stop <-chan struct{}){
	// hangs never answers.
	"hangs": func(_ http.ResponseWriter, r *http.Request, stop <-chan struct{}) {
		select {
		case <-stop:
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		// To return would be to answer.
		panic(http.ErrAbortHandler)
	},
	// redirects sends everybody in a circle.
	"redirects": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
	},
	// login is a gateway that shows its login page.
	"login": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>")
	},
	// unauthorized is a gateway that refuses everybody.
	"unauthorized": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Server", "nginx")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "<html><body><h1>401 Authorization Required</h1></body></html>")
	},
	"error": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		http.Error(w, "the database is down", http.StatusInternalServerError)
	},
	"missing": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) { http.NotFound(w, r) },
	// endless never stops answering.
	"endless": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "application/json")
		for chunk := bytes.Repeat([]byte(" "), 1<<20); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	},
	// breaks ends in the middle of its answer.
	"breaks": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"issuer": "`)
	},
	// list is JSON, and not the object that was asked for.
	"list": func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		answer(w, http.StatusOK, []int{1, 2, 3})
	},
	// private is an issuer that publishes its private key.
	"private": issuer(map[string]any{"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB", "d": "c2VjcmV0LXNlY3JldC1zZWNyZXQ"}),
	// empty is an issuer without keys.
	"empty": issuer(),
	// other is an issuer that says it is another one.
	"other": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		answer(w, http.StatusOK, map[string]any{"issuer": "https://issuer.example", "jwks_uri": "https://" + r.Host + "/keys"})
	},
	// downgrade is an issuer whose keys are to be had without TLS.
	"downgrade": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		answer(w, http.StatusOK, map[string]any{"issuer": "https://" + r.Host, "jwks_uri": "http://" + r.Host + "/keys"})
	},
	// careless is an issuer whose document readers read differently.
	"careless": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, `{"issuer": "https://evil.example", "issuer": "https://%[1]s", "jwks_uri": "https://%[1]s/keys",
"id_token_signing_alg_values_supported": ["RS256", "none"], "KEYS": [{"kty": "EC", "crv": "P-256",
"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`, r.Host)
	},
	// hostile is an API server whose every word is chosen to harm.
	"hostile": func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		w.Header().Set("Warning", `299 - "`+url(hostile)+`"`)
		w.Header().Set("Audit-Id", url(hostile))
		switch {
		case strings.HasSuffix(r.URL.Path, "/tokenreviews"):
			answer(w, http.StatusCreated, map[string]any{
				"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
				"status": map[string]any{"error": "[invalid bearer token, " + hostile + "]"},
			})
		case strings.HasSuffix(r.URL.Path, "/selfsubjectreviews") && strings.Contains(r.Header.Get("Authorization"), "of-the-caller"):
			answer(w, http.StatusCreated, map[string]any{
				"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
				"status": map[string]any{"userInfo": map[string]any{
					"username": hostile, "uid": hostile, "groups": []string{hostile}, "extra": map[string][]string{hostile: {hostile}},
				}},
			})
		case strings.HasSuffix(r.URL.Path, "/version"):
			answer(w, http.StatusOK, map[string]any{"gitVersion": hostile})
		case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
			answer(w, http.StatusOK, map[string]any{"issuer": hostile, "jwks_uri": hostile, hostile: hostile})
		case strings.HasSuffix(r.URL.Path, "/jwks"):
			answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
				"kty": "RSA", "kid": hostile, "alg": hostile, "use": hostile, "n": "AQAB", "e": "AQAB", hostile: hostile,
			}}})
		default:
			status := http.StatusForbidden
			if strings.HasSuffix(r.URL.Path, "/selfsubjectreviews") {
				status = http.StatusUnauthorized
			}
			answer(w, status, map[string]any{
				"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": status, "reason": hostile, "message": "User \"" + hostile + "\" cannot " + hostile,
			})
		}
	},
}

// url takes out of a header what no HTTP server sends.
func url(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\x1b' || c == 0x7f {
			return -1
		}
		return c
	}, s)
}

func issuer(keys ...any) func(http.ResponseWriter, *http.Request, <-chan struct{}) {
	return func(w http.ResponseWriter, r *http.Request, _ <-chan struct{}) {
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			answer(w, http.StatusOK, map[string]any{"issuer": "https://" + r.Host, "jwks_uri": "https://" + r.Host + "/keys"})
			return
		}
		answer(w, http.StatusOK, map[string]any{"keys": append([]any{}, keys...)})
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
