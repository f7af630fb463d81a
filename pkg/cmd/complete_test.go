package cmd

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// offered is the answer to a shell about the last word of a command line.
type offered struct {
	words     []string
	directive cobra.ShellCompDirective
}

// texts returns the words without their descriptions.
func (o offered) texts() []string {
	var out []string
	for _, w := range o.words {
		text, _, _ := strings.Cut(w, "\t")
		out = append(out, text)
	}
	return out
}

// completed asks for completions as a shell does, and checks what holds for every answer. The time limit is long
// enough for a busy machine.
func completed(t *testing.T, change func(*Env), line ...string) offered {
	t.Helper()
	return completedWithin(t, time.Minute, time.Minute, change, line...)
}

func completedWithin(t *testing.T, within, grace time.Duration, change func(*Env), line ...string) offered {
	t.Helper()
	env, out, errs := world(t, strings.NewReader("not to be read"))
	if change != nil {
		change(&env)
	}
	in := env.In
	status := complete(t.Context(), append([]string{"kubectl-authn", "__complete"}, line...), env, within, grace)
	if status != 0 || errs.Len() > 0 {
		t.Errorf("%q: status %d, standard error %q", line, status, errs)
	}
	if data, _ := io.ReadAll(in); string(data) != "not to be read" {
		t.Errorf("%q: standard input was read", line)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	last := lines[len(lines)-1]
	n, err := strconv.Atoi(strings.TrimPrefix(last, ":"))
	if !strings.HasPrefix(last, ":") || err != nil {
		t.Fatalf("%q: it ends with %q", line, last)
	}
	for _, w := range lines[:len(lines)-1] {
		text, about, _ := strings.Cut(w, "\t")
		if text == "" || strings.ContainsFunc(text+about, func(r rune) bool { return r < ' ' || r > 0x7e && r != 'é' }) || strings.ContainsAny(text, " '\"`$\\;&|<>(){}*?!#~") || strings.ContainsAny(about, "`$") {
			t.Errorf("%q: a shell is handed %q", line, w)
		}
	}
	return offered{lines[:len(lines)-1], cobra.ShellCompDirective(n)}
}

// shown is a list as the server returns it to a client that requests a table.
func shown(more string, columns []string, rows ...[]any) object {
	definitions := []object{{"name": "Name", "format": "name", "type": "string"}}
	for _, c := range columns {
		definitions = append(definitions, object{"name": c, "type": "string"})
	}
	cells := []object{}
	for _, r := range rows {
		cells = append(cells, object{"cells": r})
	}
	return object{"kind": "Table", "metadata": object{"continue": more}, "columnDefinitions": definitions, "rows": cells}
}

// aCluster answers lists as an API server does, and fails the test if a request asks for more than names.
func aCluster(t *testing.T) *api {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	status, kept := []string{"Ready", "Status", "Age"}, []string{"Type", "Data", "Age"}
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") != "Bearer admin-token" {
			return false
		}
		query := r.URL.Query()
		answer, list := map[string]object{
			"/api/v1/namespaces":                        shown("", []string{"Status", "Age"}, []any{"kube-system", "Active", "9d"}, []any{"shop", "Active", "3d"}),
			"/api/v1/namespaces/shop/serviceaccounts":   shown("", []string{"Secrets", "Age"}, []any{"default", 0, "3d"}, []any{"robot", 0, "2d"}),
			"/api/v1/namespaces/shop/pods":              shown("", status, []any{"web-1", "1/1", "Running", "3d"}, []any{"worker", "0/1", "CrashLoopBackOff", "<invalid>"}),
			"/api/v1/namespaces/other/serviceaccounts":  shown("", []string{"Secrets", "Age"}, []any{"of-another", 0, "3d"}),
			"/apis/apps/v1/namespaces/shop/deployments": shown("", []string{"Ready", "Age"}, []any{"web", "1/1", "3d"}),
			"/apis/batch/v1/namespaces/shop/cronjobs":   shown("", []string{"Schedule", "Age"}, []any{"nightly", "0 3 * * *", "3d"}),
			"/api/v1/nodes":                             shown("", status, []any{"node-a", "", "Ready", "9d"}),
		}[r.URL.Path]
		switch {
		case strings.HasSuffix(r.URL.Path, "/secrets"):
			list = true
			answer = map[string]object{
				"type=kubernetes.io/service-account-token": shown("", kept, []any{"robot-token", "kubernetes.io/service-account-token", 3, "2d"}),
				"type=bootstrap.kubernetes.io/token":       shown("", kept, []any{"bootstrap-token-abcdef", "bootstrap.kubernetes.io/token", 3, "1h"}),
				"":                                         shown("", kept, []any{"password", "Opaque", 1, "2d"}),
			}[query.Get("fieldSelector")]
		case r.URL.Path == "/api/v1/namespaces/shop/pods/web-1":
			answer = object{"kind": "Pod", "metadata": object{"name": "web-1", "namespace": "shop", "uid": "uid-of-web-1"}, "spec": object{
				"containers": []object{
					{"name": "app", "volumeMounts": []object{{"name": "api", "mountPath": "/var/run/api"}, {"name": "vault", "mountPath": "/vault"}}},
					{"name": "side"},
				},
				"volumes": []object{
					{"name": "api", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "token"}}}}},
					{"name": "vault", "projected": object{"sources": []object{{"serviceAccountToken": object{"path": "t", "audience": "https://vault.example"}}}}},
				},
			}}
		case r.URL.Path == "/apis/apps/v1/namespaces/shop/deployments/web":
			answer, list = object{"kind": "Deployment", "metadata": object{"name": "web", "namespace": "shop", "uid": "d"}, "spec": object{"selector": object{"matchLabels": object{"app": "web"}}}}, false
		case query.Get("labelSelector") == "app=web":
			answer, list = object{"kind": "Table", "rows": []object{{"object": object{"metadata": object{"name": "web-1", "creationTimestamp": "2026-05-24T19:10:28Z"}}}}}, false
		case r.URL.Path == "/.well-known/openid-configuration":
			answer = object{"issuer": "https://issuer.example"}
		case r.URL.Path == "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices":
			answer = object{"items": []object{{"ports": []object{{"name": "https", "port": 6443}}, "endpoints": []object{{"addresses": []string{"192.0.2.1"}}}}}}
		}
		if answer == nil {
			return false
		}
		if list && (!strings.Contains(r.Header.Get("Accept"), "as=Table") || query.Get("includeObject") != "None" || query.Get("limit") == "") {
			t.Errorf("%s is asked for whole, as %s", r.URL, r.Header.Get("Accept"))
		}
		_, _ = io.WriteString(w, asJSON(answer))
		return true
	}
	return a
}

func TestCompletion(t *testing.T) {
	a := aCluster(t)
	a.as(t, object{"token": "admin-token"})
	// The verbosity is global to the process.
	t.Cleanup(func() { run(t, "", "version", "-v=0") })
	handedOver := file(t, "kubeconfig", asJSON(object{"apiVersion": "v1", "kind": "Config", "current-context": "dev", "contexts": []object{
		{"name": "dev", "context": object{"cluster": "k", "user": "u"}}, {"name": "prod", "context": object{"cluster": "k", "user": "v"}},
	}}))
	const files, noFiles = cobra.ShellCompDirectiveDefault, cobra.ShellCompDirectiveNoFileComp
	for _, c := range []struct {
		line string // the last word is the typed one; _ is an empty word
		want string
		as   cobra.ShellCompDirective
	}{
		{"-n shop inspect _", "context/: what a context of the kubeconfig sends|secret/: the token in a Secret|serviceaccount/: a new ten-minute token of a ServiceAccount|" +
			"pod/: the tokens of a Pod; with --exec, as its containers have them|deployment/: the tokens of the newest running Pod of a Deployment|" +
			"statefulset/: the tokens of the newest running Pod of a StatefulSet|daemonset/: the tokens of the newest running Pod of a DaemonSet|" +
			"replicaset/: the tokens of the newest running Pod of a ReplicaSet|job/: the tokens of the newest running Pod of a Job|" +
			"cronjob/: the tokens of the newest running Pod of a CronJob|-: standard input", noSpace | ordered},
		{"inspect s", "secret/: the token in a Secret|serviceaccount/: a new ten-minute token of a ServiceAccount|sa/: a new ten-minute token of a ServiceAccount|" +
			"statefulset/: the tokens of the newest running Pod of a StatefulSet|sts/: the tokens of the newest running Pod of a StatefulSet", noSpace | ordered},
		{"inspect dep", "deployment/: the tokens of the newest running Pod of a Deployment", noSpace | ordered},
		{"-n shop explain deploy/", "deploy/web: 1/1 ready, age 3d", noFiles},
		{"-n shop explain deployments.apps/", "deployments.apps/web: 1/1 ready, age 3d", noFiles},
		{"-n shop explain cj/", "cj/nightly: age 3d", noFiles},
		{"-n shop explain deploy _", "web: 1/1 ready, age 3d", noFiles},
		{"-n shop explain pod w", "web-1: Running, age 3d|worker: CrashLoopBackOff", noFiles},
		{"-n shop explain sa _", "default: age 3d|robot: age 2d", noFiles},
		{"-n shop explain secret _", "robot-token: ServiceAccount token, age 2d", noFiles},
		{"explain context/", "context/c: current: cluster k, user u", noFiles},
		{"explain context _", "c: current: cluster k, user u", noFiles},
		{"explain eyJ _", "", noFiles},
		{"explain pod web-1 _", "", noFiles},
		{"-n shop explain pod web-1 -c a", "app: token at /var/run/api/token", ordered},
		{"-n shop explain deploy/web -c a", "app: token at /var/run/api/token", ordered},
		{"-n shop explain deploy web --path /v", "/var/run/api/token: for the API server|/vault/t: for https://vault.example", ordered},
		{"explain -f " + handedOver + " --user-context _", "dev: current: cluster k, user u|prod: cluster k, user v", noFiles},
		{"explain -f /nowhere --user-context _", "", noFiles},
		{"explain -f - --user-context _", "", noFiles},
		{"-n shop mint sa _", "default: age 3d|robot: age 2d", noFiles},
		{"-n shop mint pod _", "", noFiles},
		{"explain --user-context _", "", noFiles},
		{"inspect po", "pod/: the tokens of a Pod; with --exec, as its containers have them", noSpace | ordered},
		{"inspect eyJ", "", noSpace | ordered},
		{"inspect configmap/", "", noFiles},
		{"-n shop inspect secret/", "secret/robot-token: ServiceAccount token, age 2d", noFiles},
		{"inspect -n shop secrets/r", "secrets/robot-token: ServiceAccount token, age 2d", noFiles},
		{"inspect -n kube-system secret/", "secret/robot-token: ServiceAccount token, age 2d|secret/bootstrap-token-abcdef: bootstrap token, age 1h", noFiles},
		{"-n shop explain sa/", "sa/default: age 3d|sa/robot: age 2d", noFiles},
		{"-n shop review serviceaccount/ro", "serviceaccount/robot: age 2d", noFiles},
		{"-n other review sa/", "sa/of-another: age 3d", noFiles},
		{"-n shop verify pod/", "pod/web-1: Running, age 3d|pod/worker: CrashLoopBackOff", noFiles},
		{"-n shop inspect pod/web-1 _", "", noFiles},
		{"inspect -f a _", "", noFiles},
		{"explain --error a _", "", noFiles},
		{"-n shop inspect pod/web-1 -c _", "app: token at /var/run/api/token|side: no token in its spec", ordered},
		{"-n shop inspect pod/web-1 --container=a", "app: token at /var/run/api/token", ordered},
		{"-n shop inspect pod/web-1 --path _", "/var/run/api/token: for the API server|/vault/t: for https://vault.example", ordered},
		{"-n shop inspect pod/web-1 -c side --path _", "", ordered},
		{"inspect sa/robot -c _", "", ordered},
		{"-n shop review pod/web-1 --audience https", "https://vault.example: audience of the token at /vault/t|https://issuer.example: the issuer of this cluster, by default its audience", ordered},
		{"review a --audience sts", "sts.amazonaws.com: AWS STS, for IAM roles", ordered},
		{"verify --issuer _", "https://issuer.example: the issuer of this cluster", noFiles},
		{"discover --issuer-url h", "https://issuer.example: the issuer of this cluster", noFiles},
		{"explain --endpoint _", "https://192.0.2.1:6443: an API server of the cluster", noFiles},
		{"-n shop mint _", "default: age 3d|robot: age 2d", noFiles},
		{"-n shop mint sa/r", "sa/robot: age 2d", noFiles},
		{"-n shop mint robot _", "", noFiles},
		{"mint robot --bound-object-kind _", "Pod: valid as long as the Pod exists|Secret: valid as long as the Secret exists|Node: valid as long as the Node exists (v1.31 and later)", ordered},
		{"-n shop mint robot --bound-object-kind Pod --bound-object-name web", "web-1: Running, age 3d", noFiles},
		{"-n shop mint robot --bound-object-kind Secret --bound-object-name _", "password: Opaque, age 2d", noFiles},
		{"-n shop mint robot --bound-object-kind Node --bound-object-name _", "node-a: Ready, age 9d", noFiles},
		{"-n shop mint robot --bound-object-name _", "", noFiles},
		{"-n shop mint robot --bound-object-kind Pod --bound-object-name web-1 --bound-object-uid _", "uid-of-web-1: of Pod web-1", noFiles},
		{"-n _", "kube-system: Active, age 9d|shop: Active, age 3d", noFiles},
		{"inspect --namespace=s", "shop: Active, age 3d", noFiles},
		{"--context _", "c: current: cluster k, user u", noFiles},
		{"--cluster _", "k: " + a.URL, noFiles},
		{"--server _", a.URL + ": cluster k", noFiles},
		{"--user _", "u: token", noFiles},
		{"-n shop --as system:s", "system:serviceaccount:shop:default: age 3d|system:serviceaccount:shop:robot: age 2d", noFiles},
		{"-n shop --as system:serviceaccount:shop:r", "system:serviceaccount:shop:robot: age 2d", noFiles},
		{"--as system:a", "system:anonymous: requests without a credential", noFiles},
		{"-n shop --as-group system:serv", "system:serviceaccounts: all ServiceAccounts|system:serviceaccounts:shop: ServiceAccounts of the namespace", noFiles},
		{"inspect --exec=_", "true|false", ordered},
		{"inspect a --color a", "auto: on a terminal, unless NO_COLOR is set|always", ordered},
		{"explain -o m", "markdown: a report for a ticket", ordered},
		{"mint -o m", "", ordered | cobra.ShellCompDirectiveNoSpace},
		{"discover -o jw", "jwks: the key set alone", ordered},
		{"inspect -o jsonp", "jsonpath=: a JSONPath expression|jsonpath-file=: a JSONPath expression in a file|jsonpath-as-json=: a JSONPath expression, the result as JSON", ordered | cobra.ShellCompDirectiveNoSpace},
		{"inspect -o jsonpath={", "", noFiles},
		{"inspect -o jsonpath-file=_", "", files},
		{"inspect -f _", "", files},
		{"explain --log _", "", files},
		{"explain --report _", "json", cobra.ShellCompDirectiveFilterFileExt},
		{"verify --jwks _", "json|jwks", cobra.ShellCompDirectiveFilterFileExt},
		{"simulate --manifest _", "yaml|yml|json", cobra.ShellCompDirectiveFilterFileExt},
		{"simulate --root _", "", cobra.ShellCompDirectiveFilterDirs},
		{"simulate --kubernetes-version v1.35", "v1.35", ordered},
		{"simulate --authorization-mode Node,R", "Node,RBAC", ordered},
		{"completion p", "powershell: kubectl-authn in PowerShell", noFiles},
		{"findings audience-mi", "audience-mismatch|audience-missing", noFiles},
		{"version _", "", noFiles},
		{"mint --duration 1", "10m: the minimum|1h: the default", ordered},
		// A word without completions has no file names either.
		{"no-such-command _", "", noFiles},
		{"inspect --no-such-flag=_", "", files},
		{"--context gone -n _", "", noFiles},
		{"--kubeconfig /nowhere -n _", "", noFiles},
		{"--request-timeout soon -n _", "", noFiles},
		{"--token other -n _", "", noFiles},
		{"--server http://127.0.0.1:1 -n _", "", noFiles},
		{"--server https://127.0.0.1:1 -n _", "", noFiles},
		{"-v=9 -n s", "shop: Active, age 3d", noFiles},
	} {
		words := strings.Fields(c.line)
		last := len(words) - 1
		words[last] = strings.TrimSuffix(words[last], "_")
		got := completed(t, nil, words...)
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "|")
		}
		if strings.HasPrefix(c.line, "findings") {
			got.words = got.texts()
			got.words = slices.DeleteFunc(got.words, func(w string) bool { return !strings.HasPrefix(w, "audience-mi") })
		}
		for i, w := range got.words {
			got.words[i] = strings.Replace(w, "\t", ": ", 1)
		}
		if !slices.Equal(got.words, want) || got.directive != c.as {
			t.Errorf("%s:\n %q, %d\nand not\n %q, %d", c.line, got.words, got.directive, want, c.as)
		}
	}
	for _, asked := range a.requests() {
		if !strings.HasPrefix(asked, "GET ") || strings.Contains(asked, "/secrets/") {
			t.Errorf("the server was asked %s", asked)
		}
	}
}

// Each flag with a value completes it, or is known to take any value.
func TestEachFlagCompletes(t *testing.T) {
	free := []string{
		"as-uid", "as-user-extra", "tls-server-name", "proxy-url", "token", "request-timeout", "repeat", "error", "at", "leeway", "header", "count",
		"oidc-client-id", "oidc-issuer-url", "oidc-required-claim", "requestheader-allowed-names",
		"username-prefix", "user-prefix", "user-rewrite", "allow", "skip-path", "listen", "listen-grpc", "health-listen", "cache-ttl", "negative-ttl",
		"cache-size", "review-timeout", "max-reviews",
		"service-account-jwks-uri", "authentication-token-webhook-cache-ttl",
	}
	env, _, _ := world(t, strings.NewReader(""))
	s := newSession(env)
	root := newRoot(s)
	addCompletions(root, s.connector)
	seen := map[string]bool{}
	for _, c := range append(root.Commands(), root) {
		c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			_, known := c.GetFlagCompletionFunc(f.Name)
			seen[f.Name] = true
			if is := slices.Contains(free, f.Name); known == is {
				t.Errorf("%s --%s: it stands in completer.flags: %v; among those that may be anything, in this test: %v; it belongs in one of both", c.Name(), f.Name, known, is)
			}
		})
	}
	for name := range (&completer{connector: s.connector}).flags() {
		if !seen[name] {
			t.Errorf("no command has --%s", name)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d flags were seen", len(seen))
	}
}

// A shell gets an answer even after a crash of this program.
func TestCompletionAfterAPanic(t *testing.T) {
	a := aCluster(t)
	a.as(t, object{"exec": object{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "aws"}})
	got := completed(t, func(e *Env) { e.Detach = func() (func(), bool) { panic("hunter2") } }, "-n", "")
	if len(got.words) > 0 || got.directive != noFiles {
		t.Errorf("%q, %d", got.words, got.directive)
	}
}

// No file gets the error of a line, which may contain a token.
func TestCompletionWritesNoFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "debug")
	t.Setenv("BASH_COMP_DEBUG_FILE", file)
	completed(t, nil, "inspect", "--v=hunter2", "")
	if data, err := os.ReadFile(file); err == nil {
		t.Errorf("%q", data)
	}
}

// A command's own flags precede those of kubectl, and the shell keeps this order.
func TestCompletionNamesOwnFlagsFirst(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"explain --a", []string{"--audience", "--authentication-config", "--allow-missing-template-keys", "--anonymize", "--as", "--as-group", "--as-uid", "--as-user-extra"}},
		{"mint --as-g", []string{"--as-group"}},
		{"--as", []string{"--as", "--as-group", "--as-uid", "--as-user-extra"}},
	} {
		got := completed(t, nil, strings.Fields(c.line)...)
		if !slices.Equal(got.texts(), c.want) || got.directive != ordered {
			t.Errorf("%s: %q, directive %d, want %q, directive %d", c.line, got.texts(), got.directive, c.want, ordered)
		}
	}
	all := completed(t, nil, "explain", "-").texts()
	if first := slices.Index(all, "--as"); first < slices.Index(all, "-o") || first < slices.Index(all, "--output") || slices.Index(all, "-n") < slices.Index(all, "--log") {
		t.Errorf("kubectl's flags stand among the command's own: %q", all)
	}
}

// completion prints the script of each shell, and kubectl's completion programs.
func TestCompletionScripts(t *testing.T) {
	nowhere(t)
	for shell, has := range map[string]string{
		"bash": "complete -o default -F __start_kubectl-authn kubectl-authn", "zsh": "#compdef kubectl-authn", "fish": "complete -c kubectl-authn",
		"powershell": "Register-ArgumentCompleter -CommandName 'kubectl-authn'", "kubectl": forKubectl(runtime.GOOS),
	} {
		if got := run(t, "", "completion", shell); got.status != 0 || got.err != "" || !strings.Contains(got.out, has) {
			t.Errorf("%s: %d %s\n%s", shell, got.status, got.err, got.out)
		}
		plain := run(t, "", "completion", shell, "--no-descriptions")
		if plain.status != 0 || strings.Contains(plain.out, "__completeNoDesc") != (shell != "kubectl") {
			t.Errorf("%s without descriptions: %d", shell, plain.status)
		}
	}
	if got := forKubectl("linux"); !strings.HasPrefix(got, "#!/bin/sh\n") || !strings.HasSuffix(got, "\nexec kubectl-authn __complete \"$@\"\n") {
		t.Errorf("elsewhere: %q", got)
	}
	// The variable makes cmd search the PATH instead of the current folder.
	if got := forKubectl("windows"); !strings.HasSuffix(got, "\r\n@set NoDefaultCurrentDirectoryInExePath=1\r\n@kubectl-authn.exe __complete %*\r\n") {
		t.Errorf("on Windows: %q", got)
	}
	for _, line := range [][]string{{"completion"}, {"completion", "csh"}, {"completion", "bash", "zsh"}} {
		if got := run(t, "", line...); got.status != 3 || got.out != "" {
			t.Errorf("%q: %d\n%s", line, got.status, got.out)
		}
	}
}
