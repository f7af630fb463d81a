package cmd

import (
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// The remedy for a text with a token extracts the token in its exact form.
func TestTokenInOtherText(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the remedies are of a POSIX shell")
	}
	token, second := jwt(object{"iss": "a", "exp": 1}), jwt(object{"iss": "b", "exp": 1})
	a := newAPI(t, map[string]string{"admin-token": "admin", token: "jane"})
	a.as(t, object{"token": "admin-token"})
	printed := regexp.MustCompile(`(?m)^ +((?:grep|tr) .*kubectl authn explain -)$`)
	for name, c := range map[string]struct{ text, says string }{
		"fences":           {"the token:\n```\n" + token + "\n```\n", "token has other text before and after it"},
		"curl":             {"curl -k -H 'Authorization: Bearer " + token + "' https://api/", "token has other text before and after it"},
		"kubectl":          {"kubectl --token=" + token + " get pods", "token has other text before and after it"},
		"assignment":       {"TOKEN=" + token, "token has other text before it"},
		"export":           {"export TOKEN=\"" + token + "\"\n", "token has other text before and after it"},
		"header in quotes": {"Authorization: Bearer " + token + "'", "token has other text after it"},
		"two":              {token + "\n" + second + "\n", "text has 2 tokens"},
		"wrapped":          {token[:30] + "\n" + token[30:], "a line break inside"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, "", "explain", "-f", file(t, "token.txt", c.text))
			if !strings.Contains(unwrapped(got.out), c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, got.out)
			}
			if !strings.Contains(got.out, "jane") {
				t.Errorf("it does not say what the token itself would get:\n%s", got.out)
			}
			command := printed.FindStringSubmatch(strings.NewReplacer("\\\n"+strings.Repeat(" ", 10), "", "|\n"+strings.Repeat(" ", 10), "| ").Replace(got.out))
			if command == nil {
				t.Fatalf("no command:\n%s%s", got.out, got.err)
			}
			out, err := exec.Command("sh", "-c", "kubectl() { cat; }; "+command[1]).CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != token {
				t.Errorf("%s\nprints another token: %v", command[1], err)
			}
		})
	}
	// Words that are no token are not joined.
	got := run(t, "", "explain", "-f", file(t, "token.txt", "one two"))
	if strings.Contains(got.out, "tr -d") || !strings.Contains(unwrapped(got.out), "A token contains no spaces") {
		t.Errorf("%s", got.out)
	}
}

// unwrapped returns a report on one line, without the border of its fixes.
func unwrapped(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "│", "")), " ")
}
