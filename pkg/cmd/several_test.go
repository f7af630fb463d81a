package cmd

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
)

// secretsOf is a list of Secrets with these tokens.
func secretsOf(tokens ...string) string {
	var items []object
	for i, token := range tokens {
		items = append(items, object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": string(rune('a' + i)), "namespace": "ci"},
			"data": object{"token": base64.StdEncoding.EncodeToString([]byte(token))}})
	}
	items = append(items, object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": "settings"}})
	return asJSON(object{"apiVersion": "v1", "kind": "List", "items": items})
}

// Each of several credentials is judged. The report has the worst in full and a line for each of the others, and
// the worst decides the exit status.
func TestSeveralCredentials(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane", "joes-token": "joe"})
	a.as(t, object{"token": "admin-token"})
	users := file(t, "users.csv", "janes-token,jane,1\njoes-token,joe,2\n")
	mixed := file(t, "mixed.json", secretsOf("janes-token", "stranger", "joes-token"))
	good := file(t, "good.json", secretsOf("janes-token", "joes-token"))
	one := file(t, "one.json", secretsOf("janes-token"))
	kubeconfig := file(t, "config", asJSON(object{"apiVersion": "v1", "kind": "Config", "contexts": []object{
		{"name": "dev", "context": object{"user": "u"}}, {"name": "prod", "context": object{"user": "v"}}, {"name": "twice", "context": object{"user": "u"}},
	}, "users": []object{{"name": "u", "user": object{"token": "janes-token"}}, {"name": "v", "user": object{"token": "stranger"}}}}))
	keys := file(t, "keys.json", `{"keys":[]}`)
	jwts := file(t, "jwts.json", secretsOf(jwt(object{"iss": "a"}), jwt(object{"iss": "b"})))
	for _, c := range []struct {
		args   []string
		status int
		// first is the beginning of the text, and lines are in it below.
		first string
		lines []string
		// kind is the kind of the object.
		kind string
	}{
		{[]string{"explain", "-f", mixed}, 1, "✗ Rejected", []string{" secret ci/a: Accepted as jane", " secret ci/c: Accepted as joe"}, "Explanation"},
		{[]string{"explain", "-f", good}, 0, "✓ Accepted as jane", []string{" secret ci/b: Accepted as joe"}, "Explanation"},
		{[]string{"explain", "-f", one}, 0, "✓ Accepted as jane", nil, "Explanation"},
		{[]string{"explain", "-f", kubeconfig}, 1, "✗ Rejected", []string{" context dev: Accepted as jane"}, "Explanation"},
		{[]string{"explain", "-f", kubeconfig, "--user-context", "dev"}, 0, "✓ Accepted as jane", nil, "Explanation"},
		{[]string{"review", "-f", mixed}, 1, "✗ Rejected", []string{" secret ci/a: Accepted as jane", " secret ci/c: Accepted as joe"}, "List"},
		{[]string{"review", "-f", good}, 0, "✓ Accepted as jane", []string{" secret ci/b: Accepted as joe"}, "List"},
		{[]string{"review", "-f", one}, 0, "✓ Accepted as jane", nil, "TokenReview"},
		{[]string{"simulate", "-f", mixed, "--token-auth-file", users}, 1, "✗ Rejected", []string{" secret ci/a: Accepted as jane", " secret ci/c: Accepted as joe"}, "SimulationList"},
		{[]string{"simulate", "-f", one, "--token-auth-file", users}, 0, "✓ Accepted as jane", nil, "Simulation"},
		{[]string{"verify", "-f", jwts, "--jwks", keys}, 1, "✗ Invalid", []string{" secret ci/b: Invalid: "}, "VerificationList"},
		{[]string{"inspect", "-f", mixed}, 0, "1 of 3", nil, "InspectionList"},
		{[]string{"inspect", "-f", one}, 0, "i Nothing to decode", nil, "Inspection"},
	} {
		got := run(t, "", c.args...)
		words := strings.Join(strings.Fields(got.out), " ")
		if got.status != c.status || !strings.HasPrefix(got.out, c.first) {
			t.Errorf("%q: %d, want %d and %q\n%s%s", c.args, got.status, c.status, c.first, got.out, got.err)
		}
		for _, line := range c.lines {
			if strings.Count(words, line) != 1 {
				t.Errorf("%q: no line %q\n%s", c.args, line, got.out)
			}
		}
		if n := strings.Count(words, ": Accepted as"); c.args[0] != "inspect" && n > len(c.lines) {
			t.Errorf("%q: %d lines of others\n%s", c.args, n, got.out)
		}
		printed := run(t, "", append(c.args, "-o", "json")...)
		if printed.status != c.status || !strings.Contains(printed.out, `"kind": "`+c.kind+`"`) {
			t.Errorf("%q: %d, and no %s\n%s%s", c.args, printed.status, c.kind, printed.out, printed.err)
		}
		for _, secret := range []string{"janes-token", "joes-token", "stranger"} {
			if strings.Contains(got.out+got.err+printed.out+printed.err, secret) {
				t.Errorf("%q prints a token", c.args)
			}
		}
		anonymous := run(t, "", append(c.args, "--anonymize", "-o", "yaml")...)
		if anonymous.status != c.status || strings.Contains(anonymous.out, "jane") || strings.Contains(anonymous.out, "ci/") {
			t.Errorf("%q: %d, with a name\n%s%s", c.args, anonymous.status, anonymous.out, anonymous.err)
		}
		details := run(t, "", append(c.args, "--details")...)
		if strings.HasPrefix(c.kind, "Simulation") && c.lines != nil && !strings.Contains(details.out, "3 of 3") {
			t.Errorf("%q: --details does not show each\n%s", c.args, details.out)
		}
	}
}

// A credential that a command cannot judge is a note next to the others, and undecided.
func TestSeveralOfDifferentTypes(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane"})
	a.as(t, object{"token": "admin-token"})
	kubeconfig := file(t, "config", asJSON(object{"apiVersion": "v1", "kind": "Config", "contexts": []object{
		{"name": "dev", "context": object{"user": "u"}}, {"name": "basic", "context": object{"user": "v"}}, {"name": "plugin", "context": object{"user": "w"}},
	}, "users": []object{{"name": "u", "user": object{"token": "janes-token"}}, {"name": "v", "user": object{"username": "x", "password": "y"}}, {"name": "w", "user": object{"exec": object{"command": "aws"}}}}}))
	got := run(t, "", "review", "-f", kubeconfig)
	if got.status != exitUndecided || !strings.HasPrefix(got.out, "✓ Accepted as jane") || !strings.Contains(got.err, "context basic contains no token to review") ||
		!strings.Contains(got.err, "without a usable credential: 1 of 3 parts") {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
	got = run(t, secretsOf(), "explain", "-")
	if got.status != exitUsage || !strings.Contains(got.err, `error: standard input item 1: the document has the kind "ConfigMap"`) {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
}

// The tokens of a Pod are several credentials; --container and --path select one.
func TestSeveralTokensOfAPod(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	projected := func(name, audience string) object {
		return object{"name": name, "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token", "audience": audience, "expirationSeconds": 3600}}}}}
	}
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/namespaces/default/pods/web" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, asJSON(object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "web", "namespace": "default", "uid": "u"}, "spec": object{
			"serviceAccountName": "robot", "volumes": []object{projected("own", ""), projected("vault", "vault")},
			"containers": []object{{"name": "app", "volumeMounts": []object{{"name": "own", "mountPath": "/own"}, {"name": "vault", "mountPath": "/vault"}}}},
		}}))
		return true
	}
	for _, c := range []struct {
		args []string
		line bool
	}{
		{[]string{"explain", "pod/web"}, true},
		{[]string{"explain", "pod/web", "--path", "/vault/token"}, false},
		{[]string{"simulate", "pod/web", "--token-auth-file", file(t, "users.csv", "a,jane,1\n")}, true},
	} {
		got := run(t, "", c.args...)
		words := strings.Join(strings.Fields(got.out), " ")
		line := strings.Contains(words, "/vault/token: Undecided: the token was described but not read")
		if got.status != exitUndecided || !strings.HasPrefix(got.out, "? Undecided") || line != c.line {
			t.Errorf("%q: %d\n%s%s", c.args, got.status, got.out, got.err)
		}
	}
	// There is nothing to review.
	if got := run(t, "", "review", "pod/web"); got.status != exitUndecided || got.out != "" || !strings.Contains(got.err, "hint: to read the token in the container, add --exec\n") {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
}

// Of several credentials, only the first is sent several times, and the command says so.
func TestSeveralAttemptsAtSeveralCredentials(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin", "janes-token": "jane", "joes-token": "joe"})
	a.as(t, object{"token": "admin-token"})
	good := file(t, "good.json", secretsOf("janes-token", "joes-token"))
	of := " applies only to the first of 2 credentials: file " + good + " secret ci/a. The others are sent once, to one API server; to ask more about another one, give only that one\n"
	for _, c := range []struct {
		flags []string
		named string
	}{{[]string{"--repeat", "2"}, "--repeat"}, {[]string{"--endpoint", a.URL}, "--endpoint"}, {[]string{"--repeat", "2", "--endpoint", a.URL}, "--repeat with --endpoint"}} {
		got := run(t, "", append([]string{"explain", "-f", good}, c.flags...)...)
		if got.status != exitYes || strings.Count(got.err, "note: "+c.named+of) != 1 {
			t.Errorf("%q: %d\n%s%s", c.flags, got.status, got.out, got.err)
		}
	}
}

// A command is about one file: it ignores none of two.
func TestOneFile(t *testing.T) {
	nowhere(t)
	name, other := file(t, "token.txt", jwt(object{"iss": "a"})), file(t, "other.txt", jwt(object{"iss": "b"}))
	for _, command := range []string{"explain", "inspect", "review", "verify", "simulate"} {
		got := run(t, "", command, "-f", name, "--filename", other)
		if got.status != exitUsage || !strings.HasPrefix(got.err, "error: --filename was given more than once, and the command is about one file\n") {
			t.Errorf("%s: %d\n%s%s", command, got.status, got.out, got.err)
		}
	}
	if got := run(t, "", "inspect", "-f", name); got.status != exitYes {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
}

// Of a Pod that does not run, --exec reads no token either.
func TestTokensOfAPodThatHasEnded(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	status := object{"phase": "Running"}
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/namespaces/default/pods/web" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, asJSON(object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": "web", "namespace": "default", "uid": "u"}, "status": status, "spec": object{
			"serviceAccountName": "robot", "nodeName": "n7", "volumes": []object{{"name": "own", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token", "expirationSeconds": 3600}}}}}},
			"containers": []object{{"name": "app", "volumeMounts": []object{{"name": "own", "mountPath": "/own"}}}},
		}}))
		return true
	}
	for phase, words := range map[string]string{"Running": "--exec runs cat", "Succeeded": "the phase of the Pod is Succeeded", "Failed": "the phase of the Pod is Failed"} {
		status = object{"phase": phase}
		got := run(t, "", "explain", "pod/web", "--details")
		out := strings.Join(strings.Fields(got.out), " ")
		if got.status != exitUndecided || !strings.Contains(out, words) || strings.Contains(out, "--exec runs") != (phase == "Running") {
			t.Errorf("%s: %d\n%s%s", phase, got.status, got.out, got.err)
		}
	}
}

// One token per line is for --each-line, and the command says so.
func TestSeveralLines(t *testing.T) {
	nowhere(t)
	lines := file(t, "tokens.txt", jwt(object{"iss": "a"})+"\n"+jwt(object{"iss": "b"})+"\n")
	keys := file(t, "keys.json", `{"keys":[]}`)
	got := run(t, "", "verify", "-f", lines, "--jwks", keys)
	if got.status != exitNo || !strings.Contains(got.err, "note: the input has 2 tokens; to judge one token per line, add --each-line\n") {
		t.Errorf("%d\n%s%s", got.status, got.out, got.err)
	}
}
