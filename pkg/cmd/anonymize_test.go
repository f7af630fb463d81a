package cmd

import (
	"regexp"
	"strings"
	"testing"
)

// No format names anything of the user's, also where the flags of the command line do.
func TestExplainAnonymized(t *testing.T) {
	raw := jwt(object{"iss": "https://login.acme.example/realm/blue", "sub": "hanako", "aud": "headlamp", "jti": "b1f2d9a4-5f0c-4a55-9c1d-0a7a1c0a6a11", "email": "hanako@acme.example"})
	a := newAPI(t, map[string]string{"admin-token": "root-admin", "janes-token": "hanako"})
	a.as(t, object{"token": "admin-token"})
	names := regexp.MustCompile(`acme|hanako|headlamp|b1f2d9a4|127\.0\.0\.2|blue|token\.txt|/tmp/|root-admin`)
	for _, format := range []string{"text", "markdown", "json", "yaml", "jsonpath={}", "jsonpath-as-json={}", "go-template={{.}}"} {
		for _, given := range []string{raw, "janes-token"} {
			path := file(t, "token.txt", given)
			args := []string{"explain", "-f", path, "--context", "c", "--audience", "headlamp", "-o", format}
			if plain := run(t, "", args...); !names.MatchString(plain.out) {
				t.Fatalf("%s: nothing to replace in %s%s", format, plain.out, plain.err)
			}
			got := run(t, "", append(args, "--anonymize")...)
			if m := names.FindString(got.out); m != "" || got.err != "" || got.status == 3 {
				t.Errorf("%s: %d, %q is still there in\n%s%s", format, got.status, m, got.out, got.err)
			}
			if format == "text" && given == raw && !strings.Contains(got.out, "user-1") {
				t.Errorf("no user in\n%s", got.out)
			}
		}
	}
}
