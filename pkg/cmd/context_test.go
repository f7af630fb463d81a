package cmd

import (
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// contexts is a kubeconfig in which the contexts admin and jane are for one cluster, and far is for another.
func contexts(t *testing.T, here, far *api) {
	t.Helper()
	nowhere(t)
	cluster := func(a *api) object {
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
		return object{"server": a.URL, "certificate-authority-data": base64.StdEncoding.EncodeToString(ca)}
	}
	t.Setenv("KUBECONFIG", file(t, "kubeconfig", asJSON(object{
		"apiVersion": "v1", "kind": "Config", "current-context": "admin",
		"clusters": []object{{"name": "here", "cluster": cluster(here)}, {"name": "far", "cluster": cluster(far)}},
		"contexts": []object{
			{"name": "admin", "context": object{"cluster": "here", "user": "admin"}},
			{"name": "jane", "context": object{"cluster": "here", "user": "jane"}},
			{"name": "a/far:one", "context": object{"cluster": "far", "user": "far"}},
		},
		"users": []object{
			{"name": "admin", "user": object{"token": "admin-token"}}, {"name": "jane", "user": object{"token": "janes-token"}},
			{"name": "far", "user": object{"token": "far-token"}},
		},
	})))
}

// The credential of a context is only sent to its own cluster. The current context asks about it if both are for
// the same cluster.
func TestContexts(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		out    string
		err    string
		// here and far are the tokens that each server receives, from the caller and from the subject.
		here, far []string
	}{
		"the current one":       {[]string{"explain", "context"}, 0, "Accepted as admin", "", []string{"admin-token"}, nil},
		"the current, by name":  {[]string{"explain", "context/admin"}, 0, "Accepted as admin", "", []string{"admin-token"}, nil},
		"of the same cluster":   {[]string{"explain", "context/jane"}, 0, "Accepted as jane", "", []string{"admin-token", "janes-token"}, nil},
		"two words":             {[]string{"explain", "context", "jane"}, 0, "Accepted as jane", "", []string{"admin-token", "janes-token"}, nil},
		"of another cluster":    {[]string{"explain", "context/a/far:one"}, 0, "Accepted as far", "", nil, []string{"far-token"}},
		"--token asks":          {[]string{"explain", "context/jane", "--token", "admin-token"}, 0, "Accepted as jane", "", []string{"admin-token", "janes-token"}, nil},
		"--context asks":        {[]string{"explain", "context/admin", "--context", "jane"}, 0, "Accepted as admin", "", []string{"admin-token", "janes-token"}, nil},
		"--context goes astray": {[]string{"explain", "context/a/far:one", "--context", "admin"}, 3, "", `error: context "a/far:one" is for another cluster than --context "admin"`, nil, nil},
		"inspect":               {[]string{"inspect", "context/jane"}, 0, "kubeconfig context jane user jane", "", nil, nil},
		"inspect, of another":   {[]string{"inspect", "context", "a/far:one", "--context", "admin"}, 0, "kubeconfig context a/far:one user far", "", nil, nil},
		"review":                {[]string{"review", "context/jane"}, 0, "jane", "", []string{"admin-token"}, nil},
		"unknown":               {[]string{"explain", "context/gone"}, 3, "", "error: the kubeconfig has no context \"gone\"\nhint: choose one of a/far:one, admin, jane\n", nil, nil},
		"unknown, two words":    {[]string{"review", "context", "gone"}, 3, "", "hint: choose one of a/far:one, admin, jane\n", nil, nil},
	} {
		here := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"})
		far := newAPI(t, map[string]string{"far-token": "far"})
		contexts(t, here, far)
		seen := [2]map[string]bool{{}, {}}
		for i, a := range []*api{here, far} {
			a.before = func(_ http.ResponseWriter, r *http.Request) bool {
				a.mu.Lock()
				defer a.mu.Unlock()
				if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
					seen[i][token] = true
				}
				return false
			}
		}
		got := run(t, "", c.args...)
		if got.status != c.status || !strings.Contains(got.out, c.out) || !strings.Contains(got.err, c.err) {
			t.Errorf("%s: %d\n%s%s", name, got.status, got.out, got.err)
		}
		for i, want := range [][]string{c.here, c.far} {
			if sees := slices.Sorted(maps.Keys(seen[i])); !slices.Equal(sees, want) {
				t.Errorf("%s: server %d sees %q", name, i, sees)
			}
		}
		holdErrors(t, got.err)
	}
}

// --user-context selects a context of a kubeconfig that is passed with -f.
func TestUserContext(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane", "joes-token": "joe"})
	a.as(t, object{"token": "admin-token"})
	config := asJSON(object{"apiVersion": "v1", "kind": "Config", "current-context": "dev", "contexts": []object{
		{"name": "dev", "context": object{"user": "jane"}}, {"name": "prod", "context": object{"user": "joe"}}, {"name": "empty", "context": object{}},
	}, "users": []object{{"name": "jane", "user": object{"token": "janes-token"}}, {"name": "joe", "user": object{"token": "joes-token"}}}})
	name := file(t, "kubeconfig", config)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"explain", "-f", name}, 0, "Accepted as jane"},
		{[]string{"explain", "-f", name, "--user-context", "prod"}, 0, "Accepted as joe"},
		{[]string{"explain", "-", "--user-context=prod"}, 0, "Accepted as joe"},
		{[]string{"review", "-f", "-", "--user-context=prod"}, 0, "joe"},
		{[]string{"explain", "-f", name, "--user-context", "empty"}, 3, `the kubeconfig's context "empty" names no user`},
		{[]string{"explain", "-f", name, "--user-context="}, 3, "error: --user-context is empty\n"},
		{[]string{"verify", "--each-line", "-f", name, "--user-context=dev", "--jwks", file(t, "keys", `{"keys":[]}`)}, 3, "--user-context cannot be combined with one token a line"},
	} {
		got := run(t, config, c.args...)
		if got.status != c.status || !strings.Contains(got.out+got.err, c.want) {
			t.Errorf("%q: %d\n%s%s", c.args, got.status, got.out, got.err)
		}
	}
}

// --version prints the output of the command version.
func TestVersionFlag(t *testing.T) {
	nowhere(t)
	flag, command := run(t, "", "--version"), run(t, "", "version")
	if flag != command || flag.status != 0 || flag.out == "" {
		t.Errorf("%+v and not %+v", flag, command)
	}
	if got := run(t, "", "--version=false"); got.out != run(t, "").out {
		t.Errorf("--version=false: %s", got.out)
	}
}

// A caller whose token file is missing can still ask about another credential.
func TestCallerWithoutTokenFile(t *testing.T) {
	a := newAPI(t, map[string]string{"janes-token": "jane"})
	a.as(t, object{"tokenFile": "/nowhere/token"})
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"explain", "-"}, 0, "Accepted as jane"},
		{[]string{"review", "-"}, 2, "error: the API server did not review the token: the kubeconfig cannot be used: open /nowhere/token: "},
		{[]string{"explain", "secret/robot"}, 3, "error: the kubeconfig cannot be used: open /nowhere/token: "},
		{[]string{"mint", "robot"}, 3, "error: the kubeconfig cannot be used: open /nowhere/token: "},
	} {
		got := run(t, "janes-token", c.args...)
		if got.status != c.status || !strings.Contains(got.out+got.err, c.want) {
			t.Errorf("%q: %d\n%s%s", c.args, got.status, got.out, got.err)
		}
	}
}
