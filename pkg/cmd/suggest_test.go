package cmd

import (
	"strings"
	"testing"
)

func TestSuggestions(t *testing.T) {
	nowhere(t)
	for line, want := range map[string]string{
		"explain --audiance x":      "did you mean --audience?",
		"explain --aud x":           "did you mean --audience?",
		"explain --file x":          "did you mean --filename?",
		"explain --kubeconfg x":     "did you mean --kubeconfig?",
		"explain --pod web":         "did you mean kubectl authn explain pod/NAME?",
		"mint robot --ttl 1h":       "did you mean --duration?",
		"simulate --config f":       "did you mean --authentication-config?",
		"explain --config f":        "did you mean --kubeconfig?",
		"--version":                 "did you mean kubectl authn version?",
		"whoami":                    "did you mean 'kubectl authn explain'?",
		"log audit.log":             "did you mean 'kubectl authn explain --log FILE'?",
		"pod/web":                   "to explain the credential of this object, run: kubectl authn explain pod/web",
		"inspct":                    "did you mean inspect?",
		"explain --nothing-like-it": "to list the flags, run: kubectl authn explain --help",
		"explain --x":               "to list the flags, run: kubectl authn explain --help",
	} {
		got := run(t, "", strings.Fields(line)...)
		if hint, _, _ := strings.Cut(got.err[strings.Index(got.err, "\n")+1:], "\n"); got.status != 3 || hint != "hint: "+want {
			t.Errorf("%s: %d\n%s", line, got.status, got.err)
		}
	}
}
