package cmd

import (
	"strings"
	"testing"
)

// A pasted error is explained without a kubeconfig. The report escapes the error and repeats no token of it.
func TestExplainError(t *testing.T) {
	nowhere(t)
	tok := jwt(object{"sub": "jane"})
	text := "dial tcp \x1b[2J\u202e: connect: connection refused\n" +
		`Failed to make webhook authenticator request: Authorization: Bearer ` + tok + "\n" +
		`webhook call failed: "` + tok + `"`
	for _, format := range []string{"", "json", "yaml", "markdown"} {
		for _, args := range [][]string{{"--error", text}, {"--error", "-"}} {
			args = append([]string{"explain", "-o", format}, args...)
			if format == "" {
				args = append(args[:1:1], args[3:]...)
			}
			got := run(t, text, args...)
			if got.status != exitNo || got.err != "" || !strings.Contains(got.out, "webhook-authenticator-failed") {
				t.Errorf("%s: %d\n%s%s", format, got.status, got.out, got.err)
			}
			if strings.ContainsAny(got.out, "\x1b\u202e") {
				t.Errorf("%s: an escape sequence reaches the terminal: %q", format, got.out)
			}
			for _, part := range strings.Split(tok, ".") {
				if strings.Contains(got.out, part) {
					t.Errorf("%s: the token is repeated:\n%s", format, got.out)
				}
			}
		}
	}
	if got := run(t, strings.Repeat("A", 1<<20+1), "explain", "--error", "-"); got.status != exitUsage || !strings.Contains(got.err, "larger than 1 MiB") {
		t.Errorf("%d %s", got.status, got.err)
	}
}

// The name of a file is no text of an error.
func TestExplainErrorOfFile(t *testing.T) {
	nowhere(t)
	name := file(t, "error.txt", "anything")
	if got := run(t, "", "explain", "--error", name); got.status != exitUsage || !strings.Contains(got.err, "explain --error - < ") || !strings.Contains(got.err, "is a file") {
		t.Errorf("%d %s%s", got.status, got.out, got.err)
	}
	if got := run(t, "", "explain", "--error", name+".none"); got.status != exitUndecided || strings.Contains(got.err, "is a file") {
		t.Errorf("%d %s%s", got.status, got.out, got.err)
	}
}

// A log that says nothing about authentication leads to the command for the text of an error.
func TestExplainLogOfAnother(t *testing.T) {
	nowhere(t)
	for log, want := range map[string]string{
		"I0524 19:10:28.123456       1 kubelet.go:7] \"Starting\"\n": "--error - < FILE",
		`{"a":"b"}`: "jq -r '.. | strings' FILE",
	} {
		if got := run(t, log, "explain", "--log", "-"); !strings.Contains(strings.Join(strings.Fields(got.out+got.err), " "), want) {
			t.Errorf("%d %s%s", got.status, got.out, got.err)
		}
	}
}
