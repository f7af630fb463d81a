package token

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// randomText is text of n characters of an alphabet.
func randomText(random *rand.Rand, alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[random.IntN(len(alphabet))]
	}
	return string(out)
}

const (
	lower    = "abcdefghijklmnopqrstuvwxyz0123456789"
	alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + lower + "-_"
)

func randomJWT(random *rand.Rand) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"RS256","kid":"`+randomText(random, alphabet, 43)+`"}`) + "." +
		part(`{"iss":"https://issuer.example","sub":"system:serviceaccount:shop:`+randomText(random, lower, 8)+`"}`) + "." +
		randomText(random, alphabet, 342)
}

// A coding is an encoding of a text; codings can be nested.
type coding struct {
	name  string
	write func(string) string
}

func quoted(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] }

func inJSON(s string) string { data, _ := json.Marshal(s); return string(data[1 : len(data)-1]) }

// codings are the encodings in which servers may repeat a secret.
var codings = []coding{
	{"to the letter", func(s string) string { return s }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64, moved by one", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte("x" + s + "y")) }},
	{"base64, moved by two", func(s string) string { return base64.URLEncoding.EncodeToString([]byte("xx" + s + "yy")) }},
	{"base64 of a header", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("Bearer " + s)) }},
	{"base64 of a header line", func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte("Authorization: Bearer " + s))
	}},
	{"base64 of a password", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("jane:" + s)) }},
	{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hexadecimal in capitals", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
}

// escapes may be applied up to three times.
var escapes = []coding{
	{"as it is", func(s string) string { return s }},
	{"in a query", url.QueryEscape},
	{"in a path", url.PathEscape},
	{"in JSON", inJSON},
	{"in Go", quoted},
	{"in HTML", html.EscapeString},
	{"each character for JSON", func(s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		return b.String()
	}},
	{"dots for JSON", func(s string) string { return strings.ReplaceAll(s, ".", `\u002e`) }},
	{"dots for URLs", func(s string) string { return strings.ReplaceAll(s, ".", "%2E") }},
	{"each character for a URL", func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
		return b.String()
	}},
	{"in HTML by number", func(s string) string { return strings.ReplaceAll(s, ".", "&#46;") }},
	{"folded", func(s string) string {
		var b strings.Builder
		for ; len(s) > 64; s = s[64:] {
			b.WriteString(s[:64] + "\r\n\t")
		}
		return b.String() + s
	}},
}

// honest are texts without a secret, which stay unchanged.
var honest = []string{
	"[invalid bearer token, service account token has expired]",
	"Unauthorized", "bearer token authentication failed: no token", "Bearer authentication is required",
	`Bearer realm="https://auth.example/token", service="registry", error="invalid_token"`,
	`Bearer authorization_uri="https://login.windows.net/common"`,
	"system:serviceaccount:shop:robot", "system:bootstrap:abcdef", "system:anonymous", "system:unauthenticated",
	"kubernetes-admin@kubernetes", "arn:aws:eks:eu-west-1:123456789012:cluster/production",
	"arn:aws:sts::123456789012:assumed-role/Admin/jane@example.com", "jane.doe@example.com", "CORP\\jane",
	"f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "pod/web-7d4b9c6f5d-x2x7z",
	"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", // an RFC 7638 thumbprint
	"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"SHA256 Fingerprint=E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24",
	"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQy==\n-----END CERTIFICATE-----",
	"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJzekNDQVZtZ0F3SUJBZ0lVUXk=",
	"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0m59l2u9iDnMbrXHfqkOrn2dVQ3vfBJqcDuFUK03d",
	"eyjafjallajokull", "eyJafjallajokull.example.com", "firework.example.com", "ewok.example.com.cluster.local",
	"the network is unreachable", "https://kubernetes.default.svc.cluster.local",
	"https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
	"https://h:443/x:y@z", "https://[::1]:6443/a@b", "https://api.example.com:6443/api/v1/namespaces/shop/pods/web?limit=500",
	"https://login.example/authorize?client_id=kubernetes&response_type=code&state=5f3c9b2e4d5f6a7b&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
	"https://sso.example/device?user_code=ABCD-EFGH", "exit code=137 key=value", "?code=404&message=NotFound",
	"mail://jane@example.com", "ssh://git@git.example/repo.git",
	`kubectl config set-credentials jane --token=TOKEN --password=PASSWORD`,
	`Get "https://127.0.0.1:6443/version": dial tcp 127.0.0.1:6443: connect: connection refused`,
	"x509: certificate signed by unknown authority", "2026-05-24T19:10:28Z", "1779649828",
	`no kind "TokenReview" is registered for version "authentication.k8s.io/v1"`,
	"error: You must be logged in to the server (Unauthorized)",
	"missing cookie: log in again", `{"kind":"Status","reason":"Unauthorized","code":401}`,
	"hello 世界, ✓ fine…", "\xff\xfe", "a&b &amp; c %41 \\u0041 \\n",
}

func TestHonestTextStays(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var s Secrets
	for range 20 {
		s.Add(randomJWT(random))
		s.Add(randomText(random, lower, 40))
	}
	s.Add("my-company-production-cluster-token-2024")
	s.Add("550e8400-e29b-41d4-a716-446655440000")
	s.Add("correct-horse-battery-staple")
	s.AddURL("http://proxy.example:3128")
	for _, text := range append(honest, "my-company-production-cluster", "the correct-horse-battery", "UID 550e8400-e29b-41d4-a716-000000000000") {
		if got := s.Redact(text); got != text {
			t.Errorf("Redact(%q) = %q", text, got)
		}
		if got := s.RedactValue(text); got != text {
			t.Errorf("RedactValue(%q) = %q", text, got)
		}
	}
	// Names in the form of a bootstrap token stay unchanged.
	for _, name := range []string{"abcdef.0123456789abcdef", "webapp.frontendservice1"} {
		if got := s.RedactValue(name); got != name {
			t.Errorf("RedactValue(%q) = %q", name, got)
		}
	}
	// An ordinary word that a user gave as a credential stays unchanged in our own texts.
	for _, word := range []string{"credential", "kubernetes", "system:anonymous", "system:unauthenticated", "v1alpha1", "12345678901234567890", "https://kubernetes.default.svc"} {
		s.Add(word)
	}
	for _, text := range []string{`{"apiVersion":"authn.kubectl/v1alpha1","credential":{}}`, "system:anonymous", "system:unauthenticated", `{"exp":12345678901234567890}`, "https://kubernetes.default.svc.cluster.local"} {
		if got := s.HideDistinctive(text); got != text {
			t.Errorf("HideDistinctive(%q) = %q", text, got)
		}
	}
}

// found reports whether a text has more than n characters of a secret, in any encoding.
func found(text, secret string, n int) string {
	for _, c := range codings {
		if strings.HasPrefix(c.name, "base64 of") {
			// The text before the secret is no secret.
			continue
		}
		form := c.write(secret)
		for i := 0; i+n <= len(form); i++ {
			if strings.Contains(text, form[i:i+n]) {
				return c.name + ": " + form[i:i+n]
			}
		}
	}
	return ""
}

// No encoding of a secret by a server is found afterwards.
func TestSecretsAreHidden(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	kinds := map[string]func() string{
		"a JWT":             func() string { return randomJWT(random) },
		"an opaque token":   func() string { return randomText(random, lower, 24+random.IntN(40)) },
		"base64":            func() string { return randomText(random, alphabet+"+/.", 43) },
		"a short one":       func() string { return randomText(random, lower, 8+random.IntN(12)) },
		"a phrase":          func() string { return "correct horse battery " + randomText(random, lower, 6) },
		"special":           func() string { return `s3"cr/t+&=\x <é>` + randomText(random, lower, 8) },
		"an UUID":           func() string { return "550e8400-e29b-41d4-a716-" + randomText(random, "0123456789abcdef", 12) },
		"of another system": func() string { return "sha256~" + randomText(random, alphabet, 43) },
	}
	n := 0
	for kind, make := range kinds {
		for _, c := range codings {
			for _, first := range escapes {
				secret := make()
				var s Secrets
				s.Add(randomJWT(random))
				s.Add(secret)
				second, third := escapes[random.IntN(len(escapes))], escapes[random.IntN(len(escapes))]
				written := third.write(second.write(first.write(c.write(secret))))
				if len(written) > 100_000 {
					continue
				}
				before, after := honest[random.IntN(len(honest))], honest[random.IntN(len(honest))]
				got := s.Hide(before + " " + written + " " + after)
				n++
				if piece := found(got, secret, min(len(secret), 12)); piece != "" || !strings.Contains(got, Redacted) {
					t.Errorf("%s, %s, %s, %s, %s: %s in %q", kind, c.name, first.name, second.name, third.name, piece, got)
				}
				if !strings.HasPrefix(got, before+" ") || !strings.HasSuffix(got, " "+after) {
					t.Errorf("%s, %s: the text around it is %q", kind, c.name, got)
				}
			}
		}
	}
	if n < 500 {
		t.Errorf("%d texts show little", n)
	}
}

// A part of a JWT or of another random text is a secret from minPiece on. A part of a text of words is a secret
// only if a cut is marked.
func TestPiecesAreHidden(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	jwt, opaque, phrase := randomJWT(random), randomText(random, lower, 64), "my-company-production-cluster-token-2024"
	var s Secrets
	s.Add(jwt)
	s.Add(opaque)
	s.Add(phrase)
	parts := strings.Split(jwt, ".")
	for _, whole := range []string{jwt, opaque, parts[0], parts[1], parts[2], base64.StdEncoding.EncodeToString([]byte("Bearer " + jwt))[12:], hex.EncodeToString([]byte(opaque))} {
		for range 200 {
			length := minPiece + random.IntN(len(whole)-minPiece)
			from := random.IntN(len(whole) - length + 1)
			for _, text := range []string{"it begins %s… and", "…%s is how it ends", "in <%s> it is", "%s"} {
				if got := s.Hide(fmt.Sprintf(text, whole[from:from+length])); got != fmt.Sprintf(text, Redacted) {
					t.Errorf("%q", got)
				}
			}
		}
	}
	for text, want := range map[string]string{
		"token " + phrase[:20] + "…":            "token REDACTED…",
		"token " + phrase[:25] + "... is bad":   "token REDACTED... is bad",
		"token …" + phrase[15:]:                 "token …REDACTED",
		"of " + phrase[:30]:                     "of " + phrase[:30],
		"of " + phrase[:29] + " nothing":        "of " + phrase[:29] + " nothing",
		"of " + phrase[11:32] + "… nothing":     "of " + phrase[11:32] + "… nothing",
		"short " + jwt[:minPiece-1] + "… stays": "short " + jwt[:minPiece-1] + "… stays",
	} {
		if got := s.Hide(text); got != want {
			t.Errorf("Hide(%q) = %q, want %q", text, got, want)
		}
	}
}

// The signature of a token that was not given is redacted next to the token.
func TestSignatureBesideItsToken(t *testing.T) {
	jwt := randomJWT(rand.New(rand.NewPCG(9, 10)))
	signature := jwt[strings.LastIndexByte(jwt, '.')+1:]
	if got := Redact("token " + jwt + ", signature " + signature + "."); got != "token REDACTED, signature REDACTED." {
		t.Errorf("%q", got)
	}
	if got := Redact("a thumbprint " + signature[:43]); !strings.HasSuffix(got, signature[:43]) {
		t.Errorf("%q", got)
	}
}

func TestAWSTokenInParts(t *testing.T) {
	const signature, session = "5f3c9b2e4d5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b", "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQ"
	address := "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Credential=AKIA&X-Amz-Security-Token=" + url.QueryEscape(session) + "&X-Amz-Signature=" + signature
	var s Secrets
	s.Add("k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(address)))
	got := s.Hide("sts said: " + signature + " and " + session)
	if got != "sts said: REDACTED and REDACTED" {
		t.Errorf("%q", got)
	}
}

func TestAddURL(t *testing.T) {
	for address, secrets := range map[string][]string{
		"http://jane:pass word 1@proxy.example:3128":      {"pass word 1"},
		"http://jane:pa%40ss%2Fword1@proxy.example":       {"pa%40ss%2Fword1", "pa@ss/word1"},
		"http://jane:p@ss:w/rd-1@proxy.example:3128":      {"p@ss:w/rd-1"},
		"http://ghp_0123456789abcdefABCDEF@proxy.example": {"ghp_0123456789abcdefABCDEF"},
		"https://ghp_0123456789abcdefABCDEF:x-oauth@h/":   {"ghp_0123456789abcdefABCDEF"},
		"https://jane:12/secret3@proxy.example":           {},
		"https://api.example:6443/path@with-at":           {},
		"not an address":                                  {},
	} {
		var s Secrets
		s.AddURL(address)
		for _, secret := range secrets {
			if got := s.Hide("it is " + secret + "!"); got != "it is REDACTED!" {
				t.Errorf("%s: %q", address, got)
			}
		}
		if len(secrets) == 0 && len(s.known) > 0 {
			t.Errorf("%s: %v", address, s.known)
		}
	}
}

// A hostile secret or server text is not slow to redact.
func TestSecretsTakeLittleTime(t *testing.T) {
	const size = 256 << 10
	begin := time.Now()
	for name, unit := range map[string]string{"one letter": "a", "words": "ab-", "lines": "a\n", "escapes": `\u0061%61&#97;`, "addresses": "://", "base64": "eyJh"} {
		long := strings.Repeat(unit, size/len(unit))
		for _, secret := range []string{long, long[:maxPhrase], long[:minPiece]} {
			var s Secrets
			s.Add(secret)
			_ = s.Redact(long + "@")
		}
		t.Logf("%s: %s", name, time.Since(begin))
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestNoSecrets(t *testing.T) {
	var none *Secrets
	none.Add("hunter2-hunter2")
	if got := none.Hide("hunter2-hunter2"); got != "hunter2-hunter2" {
		t.Errorf("%q", got)
	}
	if got := none.Redact("Authorization: Bearer hunter2-hunter2"); got != "Authorization: Bearer REDACTED" {
		t.Errorf("%q", got)
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("hunter2-hunter2-hunter2", "it is %s.", uint8(1))
	f.Add(randomJWT(rand.New(rand.NewPCG(1, 1))), `{"seen":"%s"}`, uint8(17))
	f.Fuzz(func(t *testing.T, secret, text string, how uint8) {
		if len(secret) < 12 || !strings.Contains(text, "%s") {
			return
		}
		var s Secrets
		s.Add(secret)
		written := codings[int(how)%len(codings)].write(secret)
		written = escapes[int(how)/len(codings)%len(escapes)].write(written)
		if got := s.Hide(strings.Replace(text, "%s", written, 1)); strings.Contains(got, secret) {
			t.Errorf("%q holds %q", got, secret)
		}
	})
}

func BenchmarkHide(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var s Secrets
	for range 3 {
		s.Add(randomJWT(random))
	}
	text := strings.Repeat("  ✓ token lifetime: expired 4m ago, at 2026-05-24 19:10:28Z, by the clock of https://api.example:6443\n", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_ = s.Hide(text)
	}
}

func BenchmarkFirstHide(b *testing.B) {
	jwt := randomJWT(rand.New(rand.NewPCG(1, 2)))
	for b.Loop() {
		var s Secrets
		s.Add(jwt)
		_ = s.Hide("a text that has nothing in it")
	}
}
