package cmd

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var rsaSigningKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// rs256 signs a header and a payload unchanged.
func rs256(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	digest := sha256.Sum256([]byte(input))
	return input + "." + encode(must(rsa.SignPKCS1v15(nil, rsaSigningKey(), crypto.SHA256, digest[:])))
}

// bothKeys is the key set with both signing keys.
func bothKeys(t testing.TB) string {
	t.Helper()
	return file(t, "keys.json", asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &signingKey.PublicKey, KeyID: "k", Algorithm: "ES256", Use: "sig"}, {Key: &rsaSigningKey().PublicKey, KeyID: "r", Algorithm: "RS256", Use: "sig"},
	}}))
}

// verifyLines is the command line that verifies lines with a key set, without warnings.
func verifyLines(keys string) []string {
	return []string{"kubectl-authn", "verify", "--each-line", "--jwks", keys, "--audience", "a", "--issuer", "i"}
}

// corpus are tokens of all kinds, valid and invalid, and other texts.
func corpus() []string {
	now := time.Now().Unix()
	const header = `{"alg":"RS256","kid":"r"}`
	usual := object{"iss": "https://issuer.example", "aud": []string{"a", "b"}, "sub": "s", "iat": now - 60, "nbf": now - 60, "exp": now + 7200}
	with := func(changes object) string {
		all := object{}
		for _, from := range []object{usual, changes} {
			for name, value := range from {
				if all[name] = value; value == nil {
					delete(all, name)
				}
			}
		}
		return asJSON(all)
	}
	account := object{"namespace": "shop", "serviceaccount": object{"name": "web", "uid": "u"}, "pod": object{"name": "web-0", "uid": "p"}, "node": object{"name": "n", "uid": "m"}, "warnafter": now + 3600}
	whole := rs256(header, with(nil))
	parts := strings.Split(whole, ".")
	var all []string
	for _, changes := range []object{
		{}, {"exp": now - 10}, {"exp": now + 20, "iat": now - 9000}, {"exp": nil}, {"nbf": now + 600}, {"iat": now + 600}, {"aud": "a"}, {"aud": "c"}, {"aud": nil}, {"aud": []string{}}, {"iss": "https://issuer.example/"}, {"iss": nil},
		{"kubernetes.io": account}, {"kubernetes.io": account, "exp": now - 10}, {"kubernetes.io": object{"warnafter": now - 10}}, {"kubernetes.io": object{"namespace": "shop"}}, {"kubernetes.io": "x"}, {"kubernetes.io": object{"pod": 1}},
		{"kubernetes.io/serviceaccount/namespace": "shop", "kubernetes.io/serviceaccount/service-account.name": "web", "exp": nil, "aud": nil},
		{"exp": "soon"}, {"exp": float64(now) + 7200.5}, {"exp": -1}, {"exp": 1e300}, {"aud": []any{"a", 1}}, {"sub": 1}, {"iss": nil, "sub": nil}, {"big": json.Number("18446744073709551616")}, {"half": 0.5}, {"least": int64(-1 << 63)},
		{"sub": "jäne ☃"}, {"sub": "<b>&"}, {"sub": "a\u202e\x1b[2J\u0000"}, {"sub": `a"b\c`}, {"": 1}, {"nested": []any{1, []any{}, object{}, nil, true, object{"b": 1, "a": object{}}}},
		{"access_token": "x"}, {"inner": whole}, {"link": "https://user:secret@host/"}, {"jwk": object{"kty": "oct", "k": "c2VjcmV0"}}, {"password": "hunter2"}, {"sub": strings.Repeat("long ", 2000)},
	} {
		all = append(all, rs256(header, with(changes)), signed(object(must(decoded(with(changes))))))
	}
	for _, header := range []string{
		`{"alg":"RS256"}`, `{"typ":"JWT","alg":"RS256","kid":"r"}`, `{"alg":"RS256","kid":"gone"}`, `{"alg":"RS256","kid":"k"}`, `{"alg":"RS256","kid":""}`, `{"alg":"RS384","kid":"r"}`, `{"alg":"PS256","kid":"r"}`, `{"alg":"ES256","kid":"k"}`,
		`{"alg":"none"}`, `{"alg":"HS256","kid":"r"}`, `{"alg":"RS999","kid":"r"}`, `{"kid":"r"}`, `{"alg":"RS256","kid":"r","crit":["x"],"x":1}`, `{"alg":"RS256","kid":"r","b64":false}`, `{"alg":"RS256","kid":"r","jwk":{"kty":"oct","k":"c2VjcmV0"}}`,
		`{"alg":"RS256","kid":"r","jku":"https://evil.example"}`, `{"alg":"RS256","kid":"r","x5t":"abc"}`, `{"alg":"RS256","kid":1}`, `{"alg":"RS256","alg":"RS256"}`, `{"alg":"RS256","kid":"` + whole + `"}`, ` {"alg" : "RS256", "kid":"r"} `, `{"enc":"A128GCM","alg":"dir"}`,
	} {
		all = append(all, rs256(header, with(nil)))
	}
	for _, payload := range []string{"{}", "[]", `{"a":1,"a":2}`, `{"exp":1}`, `{"z":1,"a":2}`, ` { "aud" : "a" } `, `{"aud":"a","exp":`, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)} {
		all = append(all, rs256(header, payload))
	}
	flipped := strings.Repeat("A", 8) + parts[2][8:]
	return append(all,
		parts[0]+"."+parts[1]+"."+flipped, parts[0]+"."+parts[1]+".", parts[0]+"."+parts[1], parts[0], whole[:len(whole)-20], whole[:200], whole[:40]+"..."+whole[300:], whole+"=", whole+".x", whole+".x.y",
		parts[0]+"."+parts[1]+"=."+parts[2], parts[0]+"+."+parts[1]+"."+parts[2], "x"+whole, parts[1]+"."+parts[2], "."+whole, "..", "...", "a.b.c", parts[0]+".!."+parts[2],
		base64.StdEncoding.EncodeToString([]byte(whole)), `"`+whole+`"`, "TOKEN="+whole, whole+" junk", whole[:300]+" "+whole[300:], "\ufeff"+whole, whole+"\u200b", whole[:100]+"\r"+whole[100:],
		"Bearer "+whole, "Authorization: Bearer "+whole, "bearer", "Authorization: Basic dXNlcjpwYXNz", `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"`+whole+`"}}`, `{"id_token":"`+whole+`"}`, "{}", `{"a":1}`, "[1]",
		"abcdef.0123456789abcdef", "k8s-aws-v1.aHR0cHM6Ly9zdHMuYW1hem9uYXdzLmNvbS8_WC1BbXotRGF0ZT0yMDI2MDUyNFQxOTEwMjha", "hunter2", "x", "null", "☃", "a\tb", "-----BEGIN CERTIFICATE-----", "sha256~abc", strings.Repeat("y", 9000), "\xff\xfe\x00", "a\x00b", "a\xffb",
	)
}

func decoded(text string) (o object, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return o, decoder.Decode(&o)
}

// apart separates the findings of a verification from the text before them.
func apart(t *testing.T, line string) (before string, findings []string) {
	t.Helper()
	var v struct{ Findings []json.RawMessage }
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for _, f := range v.Findings {
		findings = append(findings, string(f))
	}
	before, isLast := strings.CutSuffix(line, `,"findings":[`+strings.Join(findings, ",")+`]}`)
	if !isLast {
		t.Fatalf("the findings are not the last member: %s", line)
	}
	return before, findings
}

// A line has the same result as the token alone, byte for byte, except three findings: a warning about missing
// conditions is printed once, and no line is compared with an API server.
func TestEachLineIsVerify(t *testing.T) {
	keys := bothKeys(t)
	tokens := corpus()
	// Ages are relative to one clock.
	now := time.Now()
	run := func(t *testing.T, stdin string, args ...string) ran {
		env, out, errs := world(t, strings.NewReader(stdin))
		env.Now = func() time.Time { return now }
		status := Main(t.Context(), append([]string{"kubectl-authn"}, args...), env)
		return ran{status, out.String(), errs.String()}
	}
	for _, args := range [][]string{nil, {"--issuer", "https://issuer.example", "--audience", "a"}, {"--at", "+3h", "--leeway", "90m"}} {
		args = append([]string{"verify", "--jwks", keys}, args...)
		each := run(t, strings.Join(tokens, "\n"), append(args, "--each-line")...)
		lines := strings.Split(strings.TrimSuffix(each.out, "\n"), "\n")
		if len(lines) != len(tokens) || each.status != 1 {
			t.Fatalf("%d lines for %d tokens, status %d: %s", len(lines), len(tokens), each.status, each.err)
		}
		compared, valid := 0, 0
		for i, token := range tokens {
			line := strings.Replace(lines[i], fmt.Sprintf(`"kind":"Verification","line":%d,`, i+1), `"kind":"Verification",`, 1)
			single := run(t, token, append(args, "-", "-o", "json")...)
			if single.status == 3 {
				// A text that would be no input alone is an invalid line.
				if !strings.Contains(line, `"valid":false`) || strings.Contains(line, `"findings":[]`) {
					t.Errorf("%.60q is refused by itself, and as a line: %s", token, line)
				}
				continue
			}
			var want bytes.Buffer
			if err := json.Compact(&want, []byte(single.out)); err != nil {
				t.Fatal(err)
			}
			printed, findings := apart(t, want.String())
			findings = slices.DeleteFunc(findings, func(f string) bool {
				return slices.ContainsFunc([]string{"audience-not-checked", "issuer-not-checked", "api-server-differs"}, func(id string) bool { return strings.HasPrefix(f, `{"id":"`+id+`",`) })
			})
			if same := printed + `,"findings":[` + strings.Join(findings, ",") + "]}"; line != same {
				t.Errorf("%.60q: as a line\n%s\nby itself\n%s", token, line, same)
			}
			compared++
			if single.status == 0 {
				valid++
			}
		}
		if compared < 150 || valid < 30 {
			t.Errorf("only %d lines were compared, %d of them valid", compared, valid)
		}
	}
}

// Lines may have any length, any line end and any number.
func TestEachLineOfAnything(t *testing.T) {
	keys := bothKeys(t)
	token := rs256(`{"alg":"RS256","kid":"r"}`, fmt.Sprintf(`{"iss":"i","aud":"a","exp":%d}`, time.Now().Unix()+7200))
	most := strings.Repeat("x", maxLine)
	for name, c := range map[string]struct {
		input string
		want  string // the reported lines, in order; v is valid
	}{
		"Windows":                   {token + "\r\n" + token + "\r\n", "1v 2v"},
		"no last line break":        {token + "\n" + token, "1v 2v"},
		"blank lines":               {"\n \t \n" + token + "\n\r\n\n" + token + "\n\n", "3v 6v"},
		"only a carriage return":    {token + "\r" + token, "1"},
		"as long as a line may be":  {most + "\n" + token, "1 2v"},
		"longer":                    {most + "x\n" + token, "1 2v"},
		"much longer":               {token + "\n" + most + most + most + "\n" + token + "\n" + token, "1v 2 3v 4v"},
		"longer, and the last":      {token + "\n" + most + "x", "1v 2"},
		"much longer, and the last": {token + "\n" + most + most + "x", "1v 2"},
		"longer, and blank":         {strings.Repeat(" ", maxLine+1) + "\n" + token, "1 2v"},
		"two that are longer":       {most + "xx\n" + most + "xx\n" + token, "1 2 3v"},
		"a token behind much space": {strings.Repeat(" ", maxLine-len(token)) + token + "\n" + token, "1v 2v"},
	} {
		for how, read := range map[string]func(io.Reader) io.Reader{
			"at once":     func(r io.Reader) io.Reader { return r },
			"in pieces":   func(r io.Reader) io.Reader { return &pieces{r: r, sizes: []int{1, 7, 0, 70000, 3}} },
			"with an end": func(r io.Reader) io.Reader { return &withEnd{r} },
		} {
			env, out, errs := world(t, read(strings.NewReader(c.input)))
			Main(t.Context(), verifyLines(keys), env)
			var got []string
			for line := range strings.Lines(out.String()) {
				var v verified
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(v.Line)+map[bool]string{true: "v"}[v.Valid])
			}
			if strings.Join(got, " ") != c.want || errs.Len() > 0 {
				t.Errorf("%s, %s: %q, want %q: %s", name, how, got, c.want, errs)
			}
		}
	}
	if got := run(t, most+"x", verifyLines(keys)[1:]...); got.status != 1 || !strings.Contains(got.out, "the line is larger than 1 MiB and was not read") || len(got.out) > 2000 {
		t.Errorf("%d, %.3000s", got.status, got.out)
	}
}

// pieces reads chunks of the given sizes.
type pieces struct {
	r     io.Reader
	sizes []int
	n     int
}

func (p *pieces) Read(b []byte) (int, error) {
	p.n++
	return p.r.Read(b[:min(len(b), p.sizes[p.n%len(p.sizes)])])
}

// withEnd returns the end together with the last bytes.
type withEnd struct{ r io.Reader }

func (w *withEnd) Read(b []byte) (int, error) {
	n, err := io.ReadFull(w.r, b)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// Many lines keep their order, and none is missing.
func TestEachLineKeepsOrder(t *testing.T) {
	keys := bothKeys(t)
	token := rs256(`{"alg":"RS256","kid":"r"}`, fmt.Sprintf(`{"iss":"i","aud":"a","exp":%d}`, time.Now().Unix()+7200))
	const lines = 100_000
	n := 0
	env, _, errs := world(t, readerFunc(func(p []byte) (int, error) {
		filled := 0
		for n < lines && len(p)-filled > len(token)+1 {
			n++
			filled += copy(p[filled:], map[int]string{0: token, 1: "x"}[n%20]+"\n")
		}
		if filled == 0 {
			return 0, io.EOF
		}
		return filled, nil
	}))
	next, printed := 1, 0
	env.Out = writerFunc(func(p []byte) (int, error) {
		for line := range bytes.Lines(p) {
			for next%20 > 1 { // these are blank
				next++
			}
			if want := fmt.Sprintf(`{"apiVersion":"authn.kubectl/v1alpha1","kind":"Verification","line":%d,"valid":%t,`, next, next%20 == 0); !bytes.HasPrefix(line, []byte(want)) {
				return 0, fmt.Errorf("line %d is %.100q", next, line)
			}
			next++
			printed++
		}
		return len(p), nil
	})
	if status := Main(t.Context(), verifyLines(keys), env); status != 1 || next != lines+1 || printed != lines/10 {
		t.Errorf("status %d after line %d, %d printed: %s", status, next-1, printed, errs)
	}
}

// A stop waits neither for the next line nor for a verification.
func TestEachLineStops(t *testing.T) {
	keys := bothKeys(t)
	over := make(chan struct{})
	defer close(over)
	for name, read := range map[string]func([]byte) (int, error){
		"waiting for a line": func([]byte) (int, error) { <-over; return 0, io.EOF },
		"busy":               func(p []byte) (int, error) { return copy(p, "hunter2\n"), nil },
	} {
		ctx, stop := context.WithCancel(t.Context())
		env, _, errs := world(t, readerFunc(read))
		env.Out = io.Discard
		ended := make(chan int)
		go func() { ended <- Main(ctx, verifyLines(keys), env) }()
		time.Sleep(20 * time.Millisecond)
		stop()
		select {
		case status := <-ended:
			if status != exitUndecided || !strings.HasPrefix(errs.String(), "error: stopped") {
				t.Errorf("%s: status %d, %s", name, status, errs)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: it goes on", name)
		}
	}
}

// An input without a token is an error.
func TestEachLineOfNothing(t *testing.T) {
	keys := bothKeys(t)
	for _, input := range []string{"", "\n", " \r\n\t\n"} {
		got := run(t, input, verifyLines(keys)[1:]...)
		if got.status != 3 || got.out != "" || got.err != "error: the input contains no token\nhint: write one token per line\n" {
			t.Errorf("%q: status %d, %s%s", input, got.status, got.out, got.err)
		}
	}
}

// An input that breaks is reported after the results of its lines.
func TestEachLineOfABrokenInput(t *testing.T) {
	env, out, errs := world(t, io.MultiReader(strings.NewReader("hunter2\nhunter3\nhun"), readerFunc(func([]byte) (int, error) { return 0, fmt.Errorf("the disk is gone") })))
	status := Main(t.Context(), verifyLines(bothKeys(t)), env)
	if status != 3 || strings.Count(out.String(), "\n") != 2 || errs.String() != "error: standard input cannot be read: the disk is gone\n" {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
}
