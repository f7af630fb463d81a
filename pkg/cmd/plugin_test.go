package cmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// An exec plugin runs up to --request-timeout if it is given, a minute if no user can answer questions, and else
// without a limit.
func TestPluginTimeout(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		interactive bool
		want        time.Duration
	}{
		"on a terminal":         {nil, true, 0},
		"without one":           {nil, false, time.Minute},
		"as written":            {[]string{"--request-timeout", "5s"}, true, 5 * time.Second},
		"as written, unseen":    {[]string{"--request-timeout", "5m"}, false, 5 * time.Minute},
		"the default, written":  {[]string{"--request-timeout", "10s"}, true, 10 * time.Second},
		"without end":           {[]string{"--request-timeout", "0"}, false, 0},
		"without end, in sight": {[]string{"--request-timeout", "0"}, true, 0},
	} {
		env, _, _ := world(t, nil)
		env.Interactive = func() bool { return c.interactive }
		s := newSession(env)
		root := newRoot(s)
		root.SetArgs(append([]string{"version"}, c.args...))
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		if got := s.connector.resolver().PluginTimeout; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// A plugin that hangs delays no command beyond its time limit, and Ctrl-C stops it immediately.
func TestPluginThatDoesNotEnd(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the plugin is a shell script")
	}
	started := filepath.Join(t.TempDir(), "started")
	plugin := object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": file(t, "plugin", "#!/bin/sh\necho > "+started+"\nsleep 300\n")}}
	a := newAPI(t, map[string]string{"janes-token": "jane"})
	a.as(t, plugin)
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"explain", 2, "exec-plugin-failed"},
		{"review janes-token", 2, `plugin" did not end within 200ms and was stopped`},
		{"mint robot", 2, `plugin" did not end within 200ms and was stopped`},
		{"inspect secret/x", 2, `plugin" did not end within 200ms and was stopped`},
		{"discover", 2, `plugin" did not end within 200ms and was stopped`},
		{"verify janes-token --from-cluster", 2, `plugin" did not end within 200ms and was stopped`},
		// The credential under test does not come from the plugin, and the server knows it.
		{"explain janes-token", 0, "Accepted"},
	} {
		began := time.Now()
		got := run(t, "", append(strings.Fields(c.args), "--request-timeout", "200ms")...)
		text := unwrapped(got.out + got.err)
		if got.status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: %d\n%s%s", c.args, got.status, got.out, got.err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: it took %s", c.args, took)
		}
	}
	got := run(t, "", "explain", "--request-timeout", "200ms", "-o", "json")
	var report struct{ Verdict, Cause string }
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || report.Verdict != "Undecided" || report.Cause != "exec-plugin-failed" {
		t.Errorf("%+v, %v", report, err)
	}

	for _, args := range [][]string{{"explain"}, {"review", "janes-token"}, {"mint", "robot"}} {
		if err := os.Remove(started); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			for {
				if _, err := os.Stat(started); err == nil {
					stop()
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		env, out, errs := world(t, strings.NewReader(""))
		began := time.Now()
		if status := Main(ctx, append([]string{"kubectl-authn"}, args...), env); status != 2 || !strings.HasPrefix(errs.String(), "error: stopped") || out.Len() > 0 {
			t.Errorf("%q: %d\n%s%s", args, status, out, errs)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%q: it took %s", args, took)
		}
	}
}

// What a plugin writes to standard error is read as `explain --error` reads it, in each command that produces the credential.
func TestPluginExplainsItself(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the plugins are shell scripts")
	}
	for name, c := range map[string]struct {
		script string
		want   []string
	}{
		"aws": {"echo 'Error loading SSO Token: Token for https://sso.example/start does not exist' >&2; exit 255", []string{"exec plugin aws: the AWS SSO session has expired", "exit status 255", "aws sso login"}},
		"kubelogin": {"echo 'Error: failed to get token: ClientSecretCredential authentication failed' >&2; for i in 1 2 3 4 5 6 7 8 9; do echo ---- >&2; done\n" +
			"echo '  \"error_description\": \"AADSTS7000222: The provided client secret keys for app are expired.\",' >&2; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo ---- >&2; done; exit 1",
			[]string{"exec plugin kubelogin: the client secret has expired", "az ad app credential reset"}},
		"gke-gcloud-auth-plugin": {"program-that-no-machine-has config config-helper", []string{"runs a program that is not found", "exit status 127"}},
		"doctl":                  {"echo 'something new' >&2; exit 1", []string{"the exec plugin doctl failed", "doctl auth init"}},
		"my-login":               {"echo 'something new' >&2; exit 1", []string{"the exec plugin failed", "exit status 1"}},
	} {
		a := newAPI(t, map[string]string{"janes-token": "jane"})
		a.as(t, object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": file(t, name, "#!/bin/sh\n"+c.script+"\n")}})
		for _, args := range []string{"explain", "inspect"} {
			got := run(t, "", args)
			text := unwrapped(got.out)
			for _, want := range append(c.want, "exec-plugin-failed") {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %s: %d, does not say %q\n%s%s", name, args, got.status, want, got.out, got.err)
				}
			}
			if args == "explain" && got.status != 2 {
				t.Errorf("%s: status %d", name, got.status)
			}
		}
	}
}
