package cmd

import (
	"strings"
	"testing"
)

func TestSuggestions(t *testing.T) {
	nowhere(t)
	saved := file(t, "saved.json", run(t, "", "explain", "--error", "Unauthorized", "-o", "json").out)
	for line, want := range map[string]string{
		"explain --audiance x":      "did you mean --audience?",
		"explain --aud x":           "did you mean --audience?",
		"explain --file x":          "did you mean --filename?",
		"explain --kubeconfg x":     "did you mean --kubeconfig?",
		"explain --pod web":         "did you mean kubectl authn explain pod/NAME?",
		"mint robot --ttl 1h":       "did you mean --duration?",
		"simulate --config f":       "did you mean --kubeconfig or --authentication-config?",
		"explain --config f":        "did you mean --kubeconfig or --authentication-config?",
		"simulate --auth-config f":  "did you mean --authentication-config?",
		"explain --version":         "did you mean kubectl authn version?",
		"decode":                    "did you mean 'kubectl authn inspect'?",
		"describe":                  "did you mean 'kubectl authn inspect'?",
		"get":                       "did you mean 'kubectl authn inspect'?",
		"debug":                     "did you mean 'kubectl authn explain'?",
		"diagnose":                  "did you mean 'kubectl authn explain'?",
		"check":                     "did you mean 'kubectl authn explain'?",
		"test":                      "did you mean 'kubectl authn explain'?",
		"token":                     "did you mean 'kubectl authn mint SERVICEACCOUNT'?",
		"create token web":          "did you mean 'kubectl authn mint SERVICEACCOUNT'?",
		"login":                     "kubectl authn does not log in; your kubeconfig or its exec plugin does",
		"can-i get pods":            "to check permissions, run: kubectl auth can-i VERB RESOURCE",
		"auth":                      "to check permissions, run: kubectl auth can-i VERB RESOURCE",
		"pod web":                   "to explain the credential of this object, run: kubectl authn explain pod web",
		"deployments.apps/web":      "to explain the credential of this object, run: kubectl authn explain deployments.apps/web",
		"deploy":                    "to explain the credential of this object, run: kubectl authn explain deploy/NAME",
		"-f token.txt":              "did you mean kubectl authn explain --filename FILE?",
		"--error x":                 "did you mean kubectl authn explain --error TEXT?",
		"eyJhbGciOiJub25lIn0.e30.x": "to explain a credential, run: kubectl authn explain -f FILE",
		"whoami":                    "did you mean 'kubectl authn explain'?",
		"log audit.log":             "did you mean 'kubectl authn explain --log FILE'?",
		"pod/web":                   "to explain the credential of this object, run: kubectl authn explain pod/web",
		"inspct":                    "did you mean inspect?",
		"inspct -f x":               "did you mean inspect?",
		"findings tokenexpired":     "did you mean token-expired or token-expires-soon?",
		"explain -f " + saved:       "to print a saved report, run: kubectl authn explain --report " + saved,
		"mint a --context gone":     "to list the contexts, run: kubectl config get-contexts",
		"findings zzz":              "to list all findings, run: kubectl authn findings",
		"explain --nothing-like-it": "to list the flags, run: kubectl authn explain --help",
		"explain --x":               "to list the flags, run: kubectl authn explain --help",
	} {
		got := run(t, "", strings.Fields(line)...)
		if hint, _, _ := strings.Cut(got.err[strings.Index(got.err, "\n")+1:], "\n"); got.status != 3 || hint != "hint: "+want {
			t.Errorf("%s: %d\n%s", line, got.status, got.err)
		}
		if strings.Contains(got.err, "eyJ") {
			t.Errorf("%s: the token is repeated\n%s", line, got.err)
		}
	}
}
