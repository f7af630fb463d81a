package pasted

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// A text has the same cause in whatever form it is pasted.
func TestFormsHaveTheSameCause(t *testing.T) {
	n := 0
	for _, c := range pastedtest.Errors {
		if strings.Contains(c.Text, "\n") {
			continue
		}
		bare, ok := FromText(c.Text)
		if !ok {
			t.Errorf("%s is not known", c.Name)
			continue
		}
		for _, form := range pastedtest.Forms {
			if excused(c.Text, bare.Cause, form.Name) {
				continue
			}
			n++
			text := form.Of(c.Text)
			d, ok := FromText(text)
			switch {
			case !ok:
				t.Errorf("%s of %q: nothing is recognized in\n%s", form.Name, c.Name, text)
			case d.Cause != bare.Cause || d.Verdict != bare.Verdict:
				t.Errorf("%s of %q: %s %s, want %s %s, in\n%s", form.Name, c.Name, d.Verdict, d.Cause, bare.Verdict, bare.Cause, text)
			}
		}
	}
	if n < 20_000 {
		t.Errorf("only %d forms", n)
	}
}

// The text of an HTTP status on a line of its own is not the API server's answer.
func TestWrappedStatusIsNoMessage(t *testing.T) {
	for _, before := range []string{
		"pull access denied, repository does not exist or may require authorization: unexpected status from HEAD request to https://images.lab.example/v2/web/manifests/2: 401",
		"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://images.lab.example/auth: 401",
	} {
		text := `failed to resolve reference "images.lab.example/web:2": ` + before + "\nUnauthorized"
		if d, ok := FromText(text); !ok || d.Cause != finding.AnswerNotFromAPIServer {
			t.Errorf("%t %+v, in\n%s", ok, d, text)
		}
	}
}

// excused reports whether a form adds words that change what the text shows.
func excused(text string, cause finding.ID, form string) bool {
	wraps := strings.HasPrefix(form, "hard ") || strings.HasPrefix(form, "words ")
	switch {
	case cause == finding.APIServerUnreachable && !strings.Contains(text, " the server"):
		// A connection error is about the server of the program that logged it.
		return !wraps || strings.Contains(form, ", ")
	case cause == finding.CredentialRejected && (form == "code span" || form == "URL" || form == "hard 80, after list"):
		// A mere 401 counts at the end of a line.
		return true
	case form == "code span" && (strings.HasSuffix(text, ": Forbidden") || strings.HasSuffix(text, ": Service Unavailable")), form == "YAML folded" && strings.HasSuffix(text, ": Service Unavailable"):
		// What follows reads like a part of the status.
		return true
	case strings.Contains(text, "kubelet[") && (strings.Contains(form, "klog") || strings.Contains(form, "after") || strings.HasSuffix(form, "Markdown")):
		// The prefix of a journal counts at the beginning of a line.
		return true
	case form == "Python trace":
		// A traceback beside a plugin's error is the plugin's.
		return strings.Contains(text, "get-token") || strings.Contains(text, "credentials: exec")
	}
	// A fragment of JSON is no value of JSON. A break between two escaped quotes can be a space or
	// none.
	return strings.HasPrefix(text, `"error":`) && (!wraps || strings.Contains(form, "after")) || form == "JSON, wrapped at 80" && (strings.Contains(text, "front-proxy") || strings.HasPrefix(text, `"error":`))
}

// signedToken is a token whose signature has characters of all kinds.
const signedToken = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMiLCJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6cm9ib3QifQ." +
	"Zx3kV0QpL9yT2mW7bN5cR8sD1fG4hJ6aK0eU3iO5pA7qX9wE2rY4tI6uS8dF0gH1jK3lZ5xC7vB9nM2Q4W6E8R0T1Y3U5I7O9P2A4S6D8F1G3H5J7K9L0Z2X4C6V8B1N3M5Q7W9E0R2T4Y6U8I1O3P5A7S9D0F2G4H6J8K1L3Z5X7C9V0B2N4M6"

// No part of a token's signature is repeated, in whatever form the text is pasted.
func TestFormsKeepSecrets(t *testing.T) {
	signature := signedToken[strings.LastIndexByte(signedToken, '.')+1:]
	for _, text := range []string{
		"dial tcp 192.0.2.1:6443: connect: " + signedToken + ": connection refused",
		`pods is forbidden: User "system:serviceaccount:ci:robot" cannot list resource "pods" in API group "" with ` + signedToken + " at the cluster scope",
		`[invalid bearer token, the token ` + signedToken + ` is not known]`,
		`Authorization: Bearer ` + signedToken + ` HTTP/1.1 401 Unauthorized`,
		`Unable to authenticate the request due to an error: [invalid bearer token, illegal base64 data in ` + signedToken + `]`,
	} {
		for _, form := range pastedtest.Forms {
			d, ok := FromText(form.Of(text))
			if !ok {
				continue
			}
			said := fmt.Sprintf("%+v", d)
			for i := 0; i+8 <= len(signature); i += 4 {
				if strings.Contains(said, signature[i:i+8]) {
					t.Errorf("%s: %q is repeated in\n%s", form.Name, signature[i:i+8], said)
					break
				}
			}
		}
	}
}
