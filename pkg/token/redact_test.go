package token

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// fragments are what the shapes are made of, and what nearly is.
var fragments = []string{
	"Authorization: Bearer ", "authorization", "aUTHORIZATION [\"basic ", "bearer", `"token"`, `"Token" : "`, `\"password\":\"`, `"id-token":"`, `"access_token":"`, `"refresh_token": "`, `"id_token":"`, `"client_secret":"`, `"client-key-data":"`, `clientkeydata`,
	"eyJ", "EYJ", "hbGciOi", ".", "ZXlK", "k8s-aws-v1.", "\u212a8s-aws-v1.", "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "abcdef.0123456789abcdef", "abcdef.0123456789abcde",
	"s3cr3t", " ", `"`, `\`, ":", "ſ", "ab.cd", "é", "\xff", "-",
}

// What Redact passes over without looking closer holds nothing that it would replace.
func TestRedactPassesOverNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	passed, replaced := 0, 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + random.IntN(5) {
			b.WriteString(fragments[random.IntN(len(fragments))])
		}
		text := b.String()
		switch found := shapes.MatchString(text); {
		case found && !mayHold(text):
			t.Fatalf("%q is passed over", text)
		case found:
			replaced++
		case !mayHold(text):
			passed++
		}
	}
	if passed < 1000 || replaced < 1000 {
		t.Errorf("%d are passed over, in %d something is found: this shows little", passed, replaced)
	}
}

func TestRedactPasswordsInURLs(t *testing.T) {
	for text, want := range map[string]string{
		`Post "https://u:s3cr3t@h.example:443/x?a=b@c": EOF`: `Post "https://u:REDACTED@h.example:443/x?a=b@c": EOF`,
		"'http://:s3cr3t@h/' https://h:443/x:y@z":            "'http://:REDACTED@h/' https://h:443/x:y@z",
		"mail://jane@example.com":                            "mail://jane@example.com",
	} {
		if got := Redact(text); got != want {
			t.Errorf("Redact(%q) = %q, want %q", text, got, want)
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
		if !mayHold(text) && shapes.MatchString(text) {
			t.Errorf("%q is passed over", text)
		}
	})
}
