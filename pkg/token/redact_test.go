package token

import (
	"encoding/base64"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// fragments are parts of the recognized forms, and of similar texts.
var fragments = []string{
	"Authorization: Bearer ", "authorization", "aUTHORIZATION [\"basic ", "bearer", `"token"`, `"Token" : "`, `\"password\":\"`, `"id-token":"`, `"access_token":"`, `"refresh_token": "`, `"id_token":"`, `"client_secret":"`, `"client-key-data":"`, `clientkeydata`,
	"eyJ", "EYJ", "hbGciOi", ".", "ZXlK", "k8s-aws-v1.", "\u212a8s-aws-v1.", "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "abcdef.0123456789abcdef", "abcdef.0123456789abcde",
	"s3cr3t", " ", `"`, `\`, ":", "ſ", "ab.cd", "é", "\xff", "-",
}

var shapes = []struct {
	expression func() *regexp.Regexp
	beginnings *beginnings
}{{likely, likelyBeginnings}, {bearer, likelyBeginnings}, {certain, certainBeginnings}}

// A text that Redact skips after a quick check has nothing to replace.
func TestRedactPassesOverNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	passed, replaced := 0, 0
	for range 50_000 {
		var b strings.Builder
		for range 1 + random.IntN(5) {
			b.WriteString(fragments[random.IntN(len(fragments))])
		}
		text := b.String()
		for _, shape := range shapes {
			switch found := shape.expression().MatchString(text); {
			case found && !mayHold(text, shape.beginnings):
				t.Fatalf("%q is passed over", text)
			case found:
				replaced++
			case !mayHold(text, shape.beginnings):
				passed++
			}
		}
	}
	if passed < 1000 || replaced < 1000 {
		t.Errorf("%d are passed over, in %d something is found: this shows little", passed, replaced)
	}
}

func TestRedactURLs(t *testing.T) {
	for text, want := range map[string]string{
		`Post "https://u:s3cr3t@h.example:443/x?a=b@c": EOF`:                                                       `Post "https://u:REDACTED@h.example:443/x?a=b@c": EOF`,
		"'http://:s3cr3t@h/' https://h:443/x:y@z":                                                                  "'http://:REDACTED@h/' https://h:443/x:y@z",
		"http://t0ken@proxy.example:3128 and HTTPS://T@h":                                                          "http://REDACTED@proxy.example:3128 and HTTPS://REDACTED@h",
		`parse "http://jane:pa ss/w@rd:1@proxy": invalid userinfo`:                                                 `parse "http://jane:REDACTED@proxy": invalid userinfo`,
		`{"proxy":"http:\/\/jane:s3cr3t@proxy\/"}`:                                                                 `{"proxy":"http:\/\/jane:REDACTED@proxy\/"}`,
		`body="{\"u\":\"http://jane:s3 cr3t@proxy\"}"`:                                                             `body="{\"u\":\"http://jane:REDACTED@proxy\"}"`,
		"https://0123456789abcdefghij:x-oauth@h/":                                                                  "https://REDACTED@h/",
		"https://jane:@h/ ssh://git@h/ ftp://0123456789abcdefghij@h/":                                              "https://REDACTED@h/ ssh://git@h/ ftp://REDACTED@h/",
		"http://jane:pa/ss@h/x":                                                                                    "http://jane:REDACTED@h/x",
		"socks5://jane:pa:ss@h:1080":                                                                               "socks5://jane:REDACTED@h:1080",
		"mail://jane@example.com https://HOST:6443 (mail jane@example.com)":                                        "mail://jane@example.com https://HOST:6443 (mail jane@example.com)",
		"see //h/x@y and a:b@c or http:/u:p@h":                                                                     "see //h/x@y and a:b@c or http:/u:p@h",
		"https://h/?a=b&token=s3cr3t&x=y#id_token=abc":                                                             "https://h/?a=b&token=REDACTED&x=y#id_token=REDACTED",
		"https://h/cb?code=0123456789abcdef0123&state=xyz":                                                         "https://h/cb?code=REDACTED&state=xyz",
		"https://h/b?se=1&sig=a%2Fb%3D":                                                                            "https://h/b?se=1&sig=REDACTED",
		"https://s3/?X-Amz-Credential=AKIA&X-Amz-Signature=00ff&x":                                                 "https://s3/?X-Amz-Credential=AKIA&X-Amz-Signature=REDACTED&x",
		"rd=https%3A%2F%2Fh%2F%3Faccess_token%3Dabc%26x":                                                           "rd=https%3A%2F%2Fh%2F%3Faccess_token%3DREDACTED",
		"grant_type=x&client_secret=s3cr3t":                                                                        "grant_type=x&client_secret=REDACTED",
		"oidc --client-secret=s3cr3t --token=s3cr3t --key=/a/very/long/path/sa.key --token=TOKEN --token=$(cat t)": "oidc --client-secret=REDACTED --token=REDACTED --key=/a/very/long/path/sa.key --token=TOKEN --token=$(cat t)",
		"https://h/?code=404&token=yes&notoken=0123456789&key=a":                                                   "https://h/?code=404&token=yes&notoken=0123456789&key=a",
		"=== token == password = x":                                                                                "=== token == password = x",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
		}
		if got := RedactValue(text); got != want {
			t.Errorf("RedactValue(%q) = %q, want %q", text, got, want)
		}
	}
	if got, want := RedactURL("http://jane:pa ss/w@rd@proxy"), "http://jane:REDACTED@proxy"; got != want {
		t.Errorf("%q", got)
	}
}

// An address without a scheme is redacted too.
func TestRedactAddressesWithoutScheme(t *testing.T) {
	for address, want := range map[string]string{
		"jane:s3cr3tPassw0rd@proxy:3128": "jane:REDACTED@proxy:3128",
		"jane:s3cr/et:@1@h/p":            "jane:REDACTED@h/p",
		"jane@proxy:3128":                "jane@proxy:3128",
		"h.example:6443":                 "h.example:6443",
		"https://h.example/a:b@c":        "https://h.example/a:b@c",
		"a path: x@y":                    "a path: x@y",
	} {
		if got := RedactURL(address); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	var s Secrets
	s.AddURL("jane:s3cr3tPassw0rd@proxy:3128")
	if got, want := s.Redact(`invalid 'proxy-url' "jane:s3cr3tPassw0rd@proxy:3128"`), `invalid 'proxy-url' "jane:REDACTED@proxy:3128"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A library's quotes of a wrong file.
func TestRedactQuotedFiles(t *testing.T) {
	const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	for text, want := range map[string]string{
		`Object 'Kind' is missing in '{"kty":"RSA","e":"AQAB","d": "` + key + `","p":"` + key + `…`:                                                                                        `Object 'Kind' is missing in '{"kty":"RSA","e":"AQAB","d": "REDACTED","p":"REDACTED…`,
		`{\"kty\":\"oct\",\"k\":\"` + key + `\"}`:                                                                                                                                          `{\"kty\":\"oct\",\"k\":\"REDACTED\"}`,
		`{"d":"short","k":"of a sentence that is long enough"}`:                                                                                                                            `{"d":"short","k":"of a sentence that is long enough"}`,
		"invalid Yaml document separator: --BEGIN PRIVATE KEY-----" + key + key:                                                                                                            "invalid Yaml document separator: REDACTED",
		`getting credentials: decoding stdout: parsing time "PLUGtokSecret0123" as "2006-01-02T15:04:05Z07:00": cannot parse "PLUGtok`:                                                     `getting credentials: decoding stdout: parsing time "REDACTED" as "2006-01-02T15:04:05Z07:00": cannot parse "PLUGtok`,
		`decoding stdout: no kind "ExecCredential" is registered for version "client.authentication.k8s.io/v2" in scheme "/go/pkg/mod/k8s.io/client-go@v0.36.3/pkg/apis/x/register.go:31"`: `decoding stdout: no kind "ExecCredential" is registered for version "client.authentication.k8s.io/v2" in scheme "/go/pkg/mod/k8s.io/client-go@v0.36.3/pkg/apis/x/register.go:31"`,
		`decoding stdout: no kind "ExecCredential" is registered for version "client.authentication.k8s.io/v2" in scheme "pkg/runtime/x.go"`:                                               `decoding stdout: no kind "ExecCredential" is registered for version "client.authentication.k8s.io/v2" in scheme "pkg/runtime/x.go"`,
	} {
		if got := Redact(text); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestRedactKeys(t *testing.T) {
	body := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n", 3)
	whole := "-----BEGIN PRIVATE KEY-----\n" + body + "-----END PRIVATE KEY-----\n"
	for text, want := range map[string]string{
		"a " + whole + "b": "a REDACTED\nb",
		"one line " + strings.ReplaceAll(whole, "\n", " ") + "b":                                                       "one line REDACTED b",
		`{"key":"` + strings.ReplaceAll(whole, "\n", `\n`) + `","b":1}`:                                                `{"key":"REDACTED\n","b":1}`,
		`"{\"key\":\"` + strings.ReplaceAll(whole, "\n", `\\n`) + `\"}"`:                                               `"{\"key\":\"REDACTED\\n\"}"`,
		"cut " + whole[:100] + "… and so on":                                                                           "cut REDACTED… and so on",
		"cut " + strings.ReplaceAll(whole[:100], "\n", `\n`) + "... and on":                                            "cut REDACTED... and on",
		"encrypted -----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body + "!": "encrypted REDACTED\n!",
		"in base64 " + base64.StdEncoding.EncodeToString([]byte(whole)) + " it is":                                     "in base64 REDACTED it is",
		"the line -----BEGIN PRIVATE KEY----- is missing":                                                              "the line REDACTED is missing",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) =\n%q, want\n%q", text, got, want)
		}
	}
}

func TestHide(t *testing.T) {
	const secret = `s3"cr/t+&=\x`
	for text, want := range map[string]string{
		"got " + secret + ".": "got REDACTED.",
		"https://login.example/?rd=s3%22cr%2Ft%2B%26%3D%5Cx&a=b": "https://login.example/?rd=REDACTED&a=b",
		"https://login.example/s3%22cr%2Ft+&=%5Cx/a":             "https://login.example/REDACTED/a",
		`{"seen":"s3\"cr/t+\u0026=\\x"}`:                         `{"seen":"REDACTED"}`,
		`no such token "s3\"cr/t+&=\\x"`:                         `no such token "REDACTED"`,
		"X-Seen: czMiY3IvdCsmPVx4":                               "X-Seen: REDACTED",
		"s3cr":                                                   "s3cr",
	} {
		if got := Hide(text, secret); got != want {
			t.Errorf("Hide(%q) = %q, want %q", text, got, want)
		}
	}
	if got := Hide("a word is no secret", "word"); got != "a word is no secret" {
		t.Errorf("%q", got)
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range fragments {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, shape := range shapes {
			if !mayHold(text, shape.beginnings) && shape.expression().MatchString(text) {
				t.Errorf("%q is passed over", text)
			}
		}
	})
}
