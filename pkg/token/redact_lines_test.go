package token

import (
	"fmt"
	"strings"
	"testing"
)

// broken breaks a text into lines of a width.
func broken(text string, width int) []string {
	var lines []string
	for len(text) > width {
		lines, text = append(lines, text[:width]), text[width:]
	}
	return append(lines, text)
}

// brokenToken is a token whose signature has characters of all kinds.
const brokenToken = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMiLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6cm9ib3QifQ." +
	"Zx3kV0QpL9yT2mW7bN5cR8sD1fG4hJ6aK0eU3iO5pA7qX9wE2rY4tI6uS8dF0gH1jK3lZ5xC7vB9nM2Q4W6E8R0T1Y3U5I7O9P2A4S6D8F1G3H5J7K9L0Z2X4C6V8B1N3M5Q7W9E0R2T4Y6U8I1O3P5A7S9D0F2G4H6J8K1L3Z5X7C9V0B2N4M6"

func TestRedactLines(t *testing.T) {
	for width := 10; width <= 132; width++ {
		for name, form := range map[string]string{
			"alone": "%s", "in a sentence": "it sends %s to it: 401 Unauthorized", "after Bearer": "Authorization: Bearer %s", "in JSON": `{"token": "%s", "n": 1}`, "before a message": "%s\nUnauthorized",
			"before a log": "token=%s\nE0524 19:10:28.123456 1 a.go:1] x509: certificate signed by unknown authority",
		} {
			text := fmt.Sprintf(form, brokenToken)
			before, after, _ := strings.Cut(text, "\n")
			lines := broken(before, width)
			if after != "" {
				lines = append(lines, after)
			}
			for _, escape := range []bool{false, true} {
				given := lines
				if escape {
					given = []string{`"` + strings.Join(lines, `\n`) + `"`}
				}
				got := RedactLines(given)
				if len(got) != len(given) {
					t.Fatalf("%s at %d: %d lines, not %d", name, width, len(got), len(given))
				}
				left := strings.Join(got, "\n")
				for i := 0; i+6 <= len(brokenToken); i += 3 {
					if strings.Contains(left, brokenToken[i:i+6]) {
						t.Fatalf("%s at %d: %q is left in\n%s", name, width, brokenToken[i:i+6], left)
					}
				}
				if !escape && after != "" && !strings.HasSuffix(left, after) {
					t.Errorf("%s at %d: the next line is gone:\n%s", name, width, left)
				}
			}
		}
	}
}

// A credential that is recognized only by the name before it is also found where lines were broken.
func TestRedactLinesAfterNames(t *testing.T) {
	const secret = "4hJ6aK0eU3iO5pA7qX9wE2rY"
	key := "-----BEGIN EC PRIVATE KEY-----\n" + strings.Join(broken(strings.Repeat(secret, 6), 64), "\n") + "\n-----END EC PRIVATE KEY-----"
	for _, form := range []string{
		"--token %s get pods", "--certificate-key=%s", "X-Auth-Token: %s", "client_secret: %s", "map[Authorization:[Basic %s]]", "K3S_TOKEN=%s k3s agent", "Cookie: a=b; session=%s",
		"oc login -u jane -p %s", "refresh_token=%s&grant_type=x", `{'client_secret': '%s'}`, key,
	} {
		text := "error: the program that logs in failed while it read its own configuration: " + strings.Replace(form, "%s", secret, 1)
		for width := 30; width <= 110; width++ {
			for name, sep := range map[string]string{"hard": "\n", "indented": "\n    ", "continued": "\\\n", "quoted-printable": "=\n", "escaped": `\n`} {
				given := text
				if name == "quoted-printable" {
					given = strings.ReplaceAll(text, "=", "=3D")
				}
				got := strings.Join(RedactLines(strings.Split(strings.Join(broken(given, width), sep), "\n")), "")
				got = strings.NewReplacer(" ", "", `\n`, "", `\`, "", "=", "").Replace(got)
				for i := 0; i+8 <= len(secret); i++ {
					if strings.Contains(got, secret[i:i+8]) {
						t.Fatalf("%s, %s at %d: %q is left in\n%s", form, name, width, secret[i:i+8], got)
					}
				}
			}
		}
	}
}

func TestRedactLinesOfValuesBrokenTwice(t *testing.T) {
	const secret = "4hJ6aK0eU3iO5pA7QXRTZK"
	for _, lines := range [][]string{
		{"now run it with --token", secret[:16], secret[16:]},
		{"header: Bearer", secret[:12], secret[12:]},
		{"with --password", secret[:8], secret[8:16], secret[16:]},
		{"it reads client_secret=" + secret[:16], secret[16:]},
		{`config: {"token": "` + secret[:16], secret[16:] + `", "n": 1}`},
		{"user:", "  password: |", "    " + secret},
	} {
		got := strings.Join(RedactLines(lines), "\n")
		for i := 0; i+5 <= len(secret); i++ {
			if strings.Contains(got, secret[i:i+5]) {
				t.Errorf("%q is left in\n%s", secret[i:i+5], got)
				break
			}
		}
	}
}

func TestRedactLinesKeeps(t *testing.T) {
	for _, lines := range [][]string{
		{"the request has no token", "x509: certificate signed by unknown authority"},
		{"oidc: verify token:", "oidc: malformed jwt: oidc: malformed jwt, expected 3 parts got 1"},
		{"login failed for the given password:", "Error: rpc error: code = Unauthenticated", "HTTP/1.1 401 Unauthorized"},
		{"couldn't refresh token:", "2024-05-24T19:10:28Z error: oauth2: cannot fetch token"},
		{"Set-Cookie:", "HTTP/2 401", "error: You must be logged in to the server (Unauthorized)"},
		{"failed to read secret", "Pod/web-7f9c8d in the namespace k8s-prod", "token: expired at 2024-05-24"},
		{"error: a token:", "    invalid bearer token, Token has been invalidated"},
		{"Unable to connect", "to the server: EOF", "", "a"},
		{"the flag --token", "the request has no credential"},
		{"an error: invalid bearer token", "", "#kubelet", "1月 02 03:04:05 n7 kubelet[34217]: started"},
	} {
		got := RedactLines(lines)
		if strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Errorf("%q", got)
		}
	}
}
