package cmd

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A completion must not become a command of the shell, whatever names a kubeconfig or a server has.
func TestHostileNamesAreNotOffered(t *testing.T) {
	hostile := []string{"$(touch x)", "`id`", "a b", "a\tb", "a\nb", "a;b", "-x", "--as=root", "a'b", "a\"b", "é\u202eb", "\x1b[31mred", "a|b", "a&b", "a>b", "", "_activeHelp_ x", "~root", "!!", "a*"}
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	about := "\x1b]0;x\x07\t\n$(id)`id`"
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		rows := [][]any{}
		for _, name := range append(hostile, "good", "CAPITAL") {
			rows = append(rows, []any{name, about, "\x1b[31m1d"})
		}
		rows = append(rows, []any{}, []any{nil}, []any{map[string]any{"a": 1}}, []any{7})
		_, _ = io.WriteString(w, asJSON(shown("", []string{"Status", "Age", "Missing"}, rows...)))
		return true
	}
	a.as(t, object{"token": "admin-token"})
	for _, line := range [][]string{{"-n", ""}, {"inspect", "pod/"}, {"mint", ""}, {"--as", "system:serviceaccount:"}} {
		got := completed(t, nil, line...)
		for _, text := range got.texts() {
			if !strings.HasSuffix(text, "good") && text != "7" && !strings.HasSuffix(text, "/7") && !strings.HasSuffix(text, ":7") {
				t.Errorf("%q: %q", line, got.words)
			}
		}
		if !slices.ContainsFunc(got.texts(), func(s string) bool { return strings.HasSuffix(s, "good") }) {
			t.Errorf("%q: %q", line, got.words)
		}
	}
	contexts, clusters, users := []object{}, []object{}, []object{}
	for _, name := range append(hostile, "arn:aws:eks:eu-west-1:1:cluster/good") {
		contexts = append(contexts, object{"name": name, "context": object{"cluster": about, "user": "\u202e" + about}})
		clusters = append(clusters, object{"name": name, "cluster": object{"server": "https://user:hunter2@host.example"}})
		users = append(users, object{"name": name, "user": object{"token": "hunter2"}})
	}
	t.Setenv("KUBECONFIG", file(t, "kubeconfig", asJSON(object{"apiVersion": "v1", "kind": "Config", "contexts": contexts, "clusters": clusters, "users": users})))
	for _, flag := range []string{"--context", "--cluster", "--user"} {
		got := completed(t, nil, flag, "")
		if !slices.Equal(got.texts(), []string{"arn:aws:eks:eu-west-1:1:cluster/good"}) || strings.Contains(strings.Join(got.words, ""), "hunter2") {
			t.Errorf("%s: %q", flag, got.words)
		}
	}
	if got := completed(t, nil, "--server", "https"); !slices.Contains(got.texts(), "https://host.example") || strings.Contains(strings.Join(got.words, ""), "hunter2") {
		t.Errorf("%q", got.words)
	}
}

// No completion has the token, even if a server repeats it.
func TestCompletionRepeatsNoSecret(t *testing.T) {
	const secret = "opaque-secret-of-lower-case"
	a := newAPI(t, nil)
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		said := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		answer := shown("", []string{"Status"}, []any{said, "a"}, []any{"good", "a"}, []any{"told", "it is " + said})
		answer["issuer"] = "https://" + said + ".example"
		_, _ = io.WriteString(w, asJSON(answer))
		return true
	}
	a.as(t, object{"token": secret})
	for _, line := range [][]string{{"-n", ""}, {"inspect", "pod/"}, {"verify", "--issuer", ""}, {"mint", ""}} {
		if got := completed(t, nil, line...); strings.Contains(strings.Join(got.words, "\n"), secret) || line[0] != "verify" && !slices.ContainsFunc(got.texts(), func(s string) bool { return strings.HasSuffix(s, "good") }) {
			t.Errorf("%q: %q", line, got.words)
		}
	}
	if len(a.requests()) < 4 {
		t.Errorf("the server was asked %q", a.requests())
	}
}

// A long list is truncated, and the shell is told that it is incomplete.
func TestLongListsAreCut(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	name := func(i int) string { return fmt.Sprintf("name-%05d", i) }
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
		rows := [][]any{}
		for i := from; i < from+limit && i < 3000; i++ {
			rows = append(rows, []any{name(i), "1d"})
		}
		more := ""
		if from+limit < 3000 {
			more = strconv.Itoa(from + limit)
		}
		_, _ = io.WriteString(w, asJSON(shown(more, []string{"Age"}, rows...)))
		return true
	}
	a.as(t, object{"token": "admin-token"})
	got := completed(t, nil, "inspect", "pod/")
	if len(got.words) != mostWords+1 || got.texts()[0] != "pod/" || !strings.Contains(got.words[0], "type more") || got.texts()[mostWords] != "pod/"+name(mostWords-1) {
		t.Errorf("%d words, the first %q", len(got.words), got.words[0])
	}
	if got := completed(t, nil, "inspect", "pod/name-0299"); len(got.words) != 10 || got.texts()[9] != "pod/"+name(2999) {
		t.Errorf("of the last page: %q", got.words)
	}
}

// A completion does not wait for a cluster that does not answer. Its time limit is below a second, including the
// start of two programs.
func TestCompletionDoesNotWait(t *testing.T) {
	if completionTime+completionGrace > 750*time.Millisecond {
		t.Errorf("a completion may take %s", completionTime+completionGrace)
	}
	// The server ends with its requests, and the test with the server.
	hanging := newAPI(t, nil)
	hanging.before = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	hanging.as(t, object{"token": "admin-token"})
	if got := run(t, "", "__complete", "inspect", "secret/"); got != (ran{0, ":4\n", ""}) {
		t.Errorf("%+v", got)
	}
	const within = 50 * time.Millisecond
	for _, line := range [][]string{{"-n", ""}, {"--request-timeout", "0", "mint", ""}, {"review", "pod/web", "-c", ""}} {
		if got := completedWithin(t, within, time.Minute, nil, line...); len(got.words) > 0 || got.directive&noFiles == 0 {
			t.Errorf("%q: %q, %d", line, got.words, got.directive)
		}
	}
	// Completions that need no answer are complete.
	if got := completedWithin(t, within, time.Minute, nil, "review", "a", "--audience", "sts"); !slices.Equal(got.texts(), []string{"sts.amazonaws.com"}) {
		t.Errorf("%q", got.words)
	}
	// Only a part of the list arrives.
	slow := newAPI(t, nil)
	slow.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("continue") != "" {
			<-r.Context().Done()
			return true
		}
		_, _ = io.WriteString(w, asJSON(shown("more", nil, []any{"first"})))
		return true
	}
	slow.as(t, object{"token": "admin-token"})
	if got := completedWithin(t, 2*time.Second, time.Minute, nil, "inspect", "pod/"); !slices.Equal(got.texts(), []string{"pod/", "pod/first"}) {
		t.Errorf("%q", got.words)
	}
}

// An exec plugin runs only if it never asks the user, and only without a terminal.
func TestExecPluginsOfACompletion(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh to write a plugin in")
	}
	a := aCluster(t)
	dir := t.TempDir()
	plugin := func(name, mode, before string) object {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		script := "#!/bin/sh\necho ran >> " + path + ".ran\necho a warning >&2\n" + before + `
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"admin-token"}}'` + "\n"
		if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		return object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": mode, "command": path}}
	}
	ran := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name+".ran")); return err == nil }
	for name, c := range map[string]struct {
		user   object
		detach bool
		runs   bool
		want   []string
	}{
		"aws":                    {plugin("aws", "IfAvailable", ""), true, true, []string{"sa/robot"}},
		"gke-gcloud-auth-plugin": {plugin("gke-gcloud-auth-plugin", "Never", "exit 1"), true, true, nil},
		"doctl":                  {plugin("doctl", "IfAvailable", ""), false, false, nil},
		"kubelogin":              {plugin("kubelogin", "IfAvailable", ""), true, false, nil},
		"aws-iam-authenticator":  {plugin("aws-iam-authenticator", "Always", ""), true, false, nil},
	} {
		a.as(t, c.user)
		stopped := atomic.Int32{}
		got := completed(t, func(e *Env) {
			if c.detach {
				e.Detach = func() (func(), bool) { return func() { stopped.Add(1) }, true }
			}
		}, "-n", "shop", "inspect", "sa/ro")
		if !slices.Equal(got.texts(), c.want) || ran(name) != c.runs || stopped.Load() != 0 {
			t.Errorf("%s: %q, ran %v, stopped %d", name, got.words, ran(name), stopped.Load())
		}
	}
	// A plugin that hangs is stopped.
	a.as(t, plugin("hangs/aws", "IfAvailable", "sleep 20 & echo $! > "+filepath.Join(dir, "pid")+"; wait"))
	stopped := make(chan bool, 1)
	got := completedWithin(t, 2*time.Second, completionGrace, func(e *Env) { e.Detach = func() (func(), bool) { return func() { stopped <- true }, true } }, "-n", "shop", "inspect", "sa/")
	if len(got.words) > 0 || len(stopped) != 1 {
		t.Errorf("%q, stopped %d", got.words, len(stopped))
	}
	// The test itself stops the plugin if this fails.
	data, _ := os.ReadFile(filepath.Join(dir, "pid"))
	if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill()
		}
	}
}
