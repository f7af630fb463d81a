package cmd

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var signingKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))

func signed(claims object) string {
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: signingKey, KeyID: "k"}}, nil))
	return must(must(signer.Sign([]byte(asJSON(claims)))).CompactSerialize())
}

func jwks(t *testing.T) string {
	t.Helper()
	return file(t, "keys.json", asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k", Algorithm: "ES256"}}}))
}

// good is a valid token with the number n.
func good(n int) string {
	return signed(object{"iss": "https://issuer.example", "aud": "a", "sub": fmt.Sprint(n), "iat": time.Now().Unix() - 60, "exp": time.Now().Unix() + 3600})
}

// verified is one line of `verify --each-line`.
type verified struct {
	Kind  string
	Line  int
	Valid bool
	// Credential has the claims, which identify the line.
	Credential struct{ Claims struct{ Sub string } }
}

func lines(t *testing.T, out string) []verified {
	t.Helper()
	var all []verified
	for line := range strings.Lines(out) {
		var v verified
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

func TestVerifyExitStatuses(t *testing.T) {
	keys := jwks(t)
	for name, c := range map[string]struct {
		token string
		args  []string
		want  int
	}{
		"valid":            {good(1), nil, 0},
		"expired":          {signed(object{"aud": "a", "exp": 1}), nil, 1},
		"valid then":       {signed(object{"aud": "a", "iat": 1, "exp": 100}), []string{"--at", "1970-01-01T00:01:00Z"}, 0},
		"another audience": {good(1), []string{"--audience", "b"}, 1},
		"this audience":    {good(1), []string{"--audience", "a"}, 0},
		"another issuer":   {good(1), []string{"--issuer", "https://other.example"}, 1},
		"in an hour":       {good(1), []string{"--at", "+2h"}, 1},
		"with leeway":      {good(1), []string{"--at", "+2h", "--leeway", "2h"}, 0},
		"no time":          {good(1), []string{"--at", "soon"}, 3},
		"leeway below 0":   {good(1), []string{"--leeway", "-1s"}, 3},
		"opaque":           {"hunter2", nil, 1},
	} {
		got := run(t, c.token, append([]string{"verify", "-", "--jwks", keys}, c.args...)...)
		if got.status != c.want {
			t.Errorf("%s: %d, want %d\n%s%s", name, got.status, c.want, got.out, got.err)
		}
		if strings.Contains(got.out+got.err, c.token[strings.LastIndexByte(c.token, '.')+1:]) {
			t.Errorf("%s: the signature is printed", name)
		}
	}
}

// A condition that every verifier should check and that was not given is a warning and no error.
func TestVerifyWarnsOfWhatWasNotChecked(t *testing.T) {
	keys := jwks(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"neither":  {nil, "audience-not-checked issuer-not-checked"},
		"issuer":   {[]string{"--issuer", "https://issuer.example"}, "audience-not-checked"},
		"audience": {[]string{"--audience", "a"}, "issuer-not-checked"},
		"both":     {[]string{"--audience", "a", "--issuer", "https://issuer.example"}, ""},
	} {
		got := run(t, good(1), append([]string{"verify", "-", "--jwks", keys, "-o", "json"}, c.args...)...)
		var v struct {
			Findings []struct{ ID, Severity string }
		}
		must(0, json.Unmarshal([]byte(got.out), &v))
		var ids []string
		for _, f := range v.Findings {
			if strings.HasSuffix(f.ID, "-not-checked") {
				ids = append(ids, f.ID)
			}
			if f.Severity == "error" {
				t.Errorf("%s: %s is an error", name, f.ID)
			}
		}
		if got.status != 0 || strings.Join(ids, " ") != c.want {
			t.Errorf("%s: %d, %q, want %q", name, got.status, ids, c.want)
		}
		// Many tokens share one warning.
		got = run(t, good(1)+"\n"+good(2)+"\n", append([]string{"verify", "--each-line", "--jwks", keys}, c.args...)...)
		want := ""
		for _, id := range strings.Fields(c.want) {
			want += "warning: the " + strings.TrimSuffix(id, "-not-checked") + " was not checked\n"
		}
		if got.status != 0 || got.err != want {
			t.Errorf("%s, each line: %d, %q, want %q", name, got.status, got.err, want)
		}
	}
}

// A key set with a key that an API server cannot read: a token that another key signed is valid, the exit status
// says so, and the fault of the set is a warning. If the token is invalid, the fault is an error.
func TestVerifyWithASetThatIsNotInOrder(t *testing.T) {
	set := strings.Replace(asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k"}}}), `"keys":[`, `"keys":[{"kty":"AKP","kid":"pq","alg":"ML-DSA-44","pub":"AQAB"},`, 1)
	keys := file(t, "keys.json", set)
	for name, c := range map[string]struct {
		token    string
		status   int
		severity string
	}{
		"signed with the other key": {good(1), 0, "warning"},
		"expired":                   {signed(object{"iss": "https://issuer.example", "aud": "a", "exp": 1}), 1, "error"},
	} {
		got := run(t, c.token, "verify", "-", "--jwks", keys, "-o", "json")
		var v struct {
			Valid    bool
			Findings []struct{ ID, Severity, Detail string }
		}
		must(0, json.Unmarshal([]byte(got.out), &v))
		found := ""
		for _, f := range v.Findings {
			if f.ID == "key-set-invalid" {
				found = f.Severity
				if !strings.Contains(f.Detail, "an API server rejects the whole set") {
					t.Errorf("%s: %s", name, f.Detail)
				}
			}
		}
		if got.status != c.status || v.Valid != (c.status == 0) || found != c.severity {
			t.Errorf("%s: exit status %d, valid %t, severity %q\n%s", name, got.status, v.Valid, found, got.out)
		}
	}
	// Each format has the same result for each line.
	if got := run(t, good(1)+"\n", "verify", "--each-line", "--jwks", keys); got.status != 0 || !lines(t, got.out)[0].Valid {
		t.Errorf("each line: %d, %s", got.status, got.out)
	}
}

// Keys of a document that names another issuer verify nothing, unless --issuer names that issuer: then the URL is
// only the address of its document.
func TestVerifyWithADocumentOfAnotherIssuer(t *testing.T) {
	issuer := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_, _ = io.WriteString(w, asJSON(object{"issuer": "https://issuer.example", "jwks_uri": "https://" + r.Host + "/keys"}))
			return
		}
		_, _ = io.WriteString(w, asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k"}}}))
	}))
	defer issuer.Close()
	ca := file(t, "ca.crt", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuer.Certificate().Raw})))
	of := func(iss string) string {
		return signed(object{"iss": iss, "aud": "a", "sub": "1", "iat": time.Now().Unix() - 60, "exp": time.Now().Unix() + 3600})
	}
	for name, c := range map[string]struct {
		token  string
		args   []string
		status int
		found  bool
	}{
		"a token of the URL":            {of(issuer.URL), nil, 1, true},
		"a token of the document":       {of("https://issuer.example"), nil, 1, true},
		"the document's issuer by name": {of("https://issuer.example"), []string{"--issuer", "https://issuer.example"}, 0, false},
		"another issuer by name":        {of("https://other.example"), []string{"--issuer", "https://other.example"}, 1, true},
	} {
		got := run(t, c.token, append([]string{"verify", "-", "--issuer-url", issuer.URL, "--ca-file", ca, "--audience", "a", "-o", "json"}, c.args...)...)
		if got.status != c.status || strings.Contains(got.out, "discovery-issuer-mismatch") != c.found || strings.Contains(got.out, `"valid": true`) != (c.status == 0) {
			t.Errorf("%s: %d, want %d\n%s%s", name, got.status, c.status, got.out, got.err)
		}
	}
}

// Standard input can be read once.
func TestVerifyReadsStandardInputOnce(t *testing.T) {
	keys := jwks(t)
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"-", "--jwks", "-"}, 3},
		{[]string{"-f", "-", "--jwks", "-"}, 3},
		{[]string{"--each-line", "--jwks", "-"}, 3},
		{[]string{"--each-line", "-", "--public-key", "-"}, 3},
		{[]string{good(1), "--jwks", "-", "--public-key", "-"}, 3},
		{[]string{"-", "--jwks", keys}, 0},
		{[]string{"-f", "-", "--jwks", keys}, 0},
	} {
		got := run(t, good(1), append([]string{"verify"}, c.args...)...)
		if got.status != c.want || c.want == 3 && !strings.HasPrefix(got.err, "error: standard input cannot be read twice") {
			t.Errorf("%q: %d, %s", c.args, got.status, got.err)
		}
	}
	if got := run(t, asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &signingKey.PublicKey, KeyID: "k"}}}), "verify", good(1), "--jwks", "-"); got.status != 0 {
		t.Errorf("keys on standard input: %d, %s", got.status, got.err)
	}
}

func TestEachLine(t *testing.T) {
	keys := jwks(t)
	long := strings.Repeat("x", 3<<20)
	for name, c := range map[string]struct {
		input string
		valid string // one letter for each line
		want  int
	}{
		"all valid":           {good(1) + "\n" + good(2) + "\n", "yy", 0},
		"no final line break": {good(1) + "\n" + good(2), "yy", 0},
		"one is not":          {good(1) + "\nhunter2\n" + good(3) + "\n", "yny", 1},
		"windows":             {good(1) + "\r\n" + good(2) + "\r\n", "yy", 0},
		"an empty line":       {good(1) + "\n\n" + good(3) + "\n", "y-y", 0},
		"a line of 3 MiB":     {long + "\n" + good(2) + "\n", "ny", 1},
		"invalid bytes":       {"\xff\xfe\x00\n" + good(2) + "\n", "ny", 1},
		"nothing":             {"", "", 3},
		"blank lines":         {"\n \n\t\r\n", "", 3},
	} {
		got := run(t, c.input, "verify", "--each-line", "--jwks", keys)
		all := lines(t, got.out)
		valid := ""
		for _, v := range all {
			for v.Line > len(valid)+1 {
				valid += "-" // skipped
			}
			valid += map[bool]string{true: "y", false: "n"}[v.Valid]
			if v.Line != len(valid) || v.Kind != "Verification" || v.Valid && v.Credential.Claims.Sub != fmt.Sprint(v.Line) {
				t.Errorf("%s: line %d is %+v", name, len(valid), v)
			}
		}
		if valid != c.valid || got.status != c.want {
			t.Errorf("%s: %q with status %d, want %q with %d\n%s", name, valid, got.status, c.valid, c.want, got.err)
		}
	}
	path := file(t, "tokens", good(1)+"\n")
	if got := run(t, "", "verify", "--each-line", "-f", path, "--jwks", keys); got.status != 0 || len(lines(t, got.out)) != 1 {
		t.Errorf("a file: %d, %s%s", got.status, got.out, got.err)
	}
	for _, args := range [][]string{{good(1)}, {"-f", "/nowhere/tokens"}, {"-f", t.TempDir()}} {
		if got := run(t, "", append([]string{"verify", "--each-line", "--jwks", keys}, args...)...); got.status != 3 || got.out != "" {
			t.Errorf("%.20q: %d, %s%s", args[0], got.status, got.out, got.err)
		}
	}
}

// A line has its result as soon as it arrives, so that a user can follow a log.
func TestEachLineStreams(t *testing.T) {
	in, feed := io.Pipe()
	answers := make(chan string)
	env, _, _ := world(t, in)
	env.Out = writerFunc(func(p []byte) (int, error) {
		for line := range strings.Lines(string(p)) {
			answers <- line
		}
		return len(p), nil
	})
	status := make(chan int)
	go func() {
		status <- Main(t.Context(), []string{"kubectl-authn", "verify", "--each-line", "--jwks", jwks(t)}, env)
	}()
	for n := 1; n <= 3; n++ {
		if _, err := io.WriteString(feed, good(n)+"\n"); err != nil {
			t.Fatal(err)
		}
		select {
		case line := <-answers:
			if v := lines(t, line); len(v) != 1 || v[0].Line != n || !v[0].Valid {
				t.Errorf("line %d: %s", n, line)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("line %d is not answered while the input goes on", n)
		}
	}
	feed.Close()
	if got := <-status; got != 0 {
		t.Errorf("status %d", got)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The input is not held in memory: the reader is never far ahead of the results.
func TestEachLineHoldsNoInput(t *testing.T) {
	line := []byte(strings.Repeat("x", 4095) + "\n")
	const total = 2000
	var read atomic.Int64
	source := readerFunc(func(p []byte) (int, error) {
		if read.Load() == int64(total*len(line)) {
			return 0, io.EOF
		}
		n := copy(p, line[int(read.Load())%len(line):])
		read.Add(int64(n))
		return n, nil
	})
	env, _, errs := world(t, source)
	worst, answered := 0, 0
	env.Out = writerFunc(func(p []byte) (int, error) {
		answered += bytes.Count(p, []byte("\n"))
		worst = max(worst, int(read.Load())-answered*len(line))
		return len(p), nil
	})
	if status := Main(t.Context(), []string{"kubectl-authn", "verify", "--each-line", "--jwks", jwks(t)}, env); status != 1 || answered != total {
		t.Errorf("status %d, %d lines: %s", status, answered, errs)
	}
	if worst > 1<<20 {
		t.Errorf("%d bytes were read and not answered", worst)
	}
}

// The command ends if the reader of its output ends.
func TestEachLineEndsWithItsReader(t *testing.T) {
	env, _, errs := world(t, readerFunc(func(p []byte) (int, error) { return copy(p, "hunter2\n"), nil }))
	env.Out = writerFunc(func([]byte) (int, error) { return 0, io.ErrClosedPipe })
	if status := Main(t.Context(), []string{"kubectl-authn", "verify", "--each-line", "--jwks", jwks(t)}, env); status == 0 {
		t.Errorf("status %d, %s", status, errs)
	}
}
