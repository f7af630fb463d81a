package cmd

import (
	"strings"
	"testing"
)

// An argument that is clearly no credential is not sent to a server; one that may be a credential is.
func TestArgumentsThatAreNoCredential(t *testing.T) {
	const loggedIn = "error: You must be logged in to the server (Unauthorized)"
	folder := t.TempDir()
	a := newAPI(t, map[string]string{"admin-token": "admin", "robot": "jane", "/9j4AAQSkZJRg/x": "jane", "robot of mine": "jane"})
	a.as(t, object{"token": "admin-token"})
	saved := file(t, "error.txt", "E0101 x\n"+loggedIn+"\n")
	kubeconfigs := file(t, "kubeconfig", asJSON(object{"apiVersion": "v1", "kind": "Config", "contexts": []object{
		{"name": "dev", "context": object{"user": "u"}}, {"name": "prod", "context": object{"user": "v"}},
	}, "users": []object{{"name": "u", "user": object{"token": "robot"}}, {"name": "v", "user": object{"token": "stranger"}}}}))
	plugins := file(t, "plugins", asJSON(object{"apiVersion": "v1", "kind": "Config", "contexts": []object{
		{"name": "dev", "context": object{"user": "u"}}, {"name": "prod", "context": object{"user": "v"}},
	}, "users": []object{{"name": "u", "user": object{"exec": object{"command": "aws"}}}, {"name": "v", "user": object{"tokenFile": "t"}}}}))
	for _, c := range []struct {
		stdin  string
		args   []string
		status int
		want   string
	}{
		{"", []string{"explain", "Unauthorized"}, 3, "error: argument is the text of an error, not a credential\nhint: to explain an error, run: kubectl authn explain --error 'TEXT'\n"},
		{"", []string{"explain", loggedIn}, 3, "hint: to explain an error, run: kubectl authn explain --error 'TEXT'\n"},
		{loggedIn + "\n", []string{"explain", "-"}, 3, "error: standard input is the text of an error, not a credential\nhint: to explain an error, run: kubectl authn explain --error -\n"},
		{"", []string{"inspect", "-f", saved}, 3, "hint: to explain an error, run: kubectl authn explain --error - < " + saved + "\n"},
		{"", []string{"review", "[invalid bearer token, service account token has expired]"}, 3, "is the text of an error"},
		{"", []string{"explain", folder}, 3, "is the name of a directory, not a credential\nhint: a credential in a file is read with -f FILE"},
		{"", []string{"explain", folder + "/gone"}, 3, "error: the argument is the path of a file that is not there, not a credential\nhint: a credential in a file is read with -f FILE"},
		{"", []string{"explain", "token.txt"}, 3, "the path of a file that is not there"},
		{"", []string{"explain", "tmp/token.txt"}, 3, "the path of a file that is not there"},
		{"", []string{"explain", "./token"}, 3, "the path of a file that is not there"},
		{"", []string{"explain", "~/token"}, 3, "the path of a file that is not there"},
		{"", []string{"explain", "configmap/web"}, 3, "error: configmap is not a type that has a credential\nhint: valid types: context, secret, "},
		{"", []string{"explain", "pod"}, 3, "error: pod is a type, and the name after it is missing\nhint: write pod/NAME or pod NAME\n"},
		{"", []string{"inspect", "sts"}, 3, "hint: write statefulset/NAME or statefulset NAME\n"},
		{"", []string{"verify", "pod", "web", "api", "--jwks", "keys"}, 3, "error: 2 names given, and the command takes one Pod\nhint: write pod/NAME"},
		{"", []string{"review", "pod", "web/api"}, 3, "error: the name after pod contains a slash\n"},
		{"", []string{"explain", "robot", "web"}, 3, "error: 2 arguments given, and the command takes at most one CREDENTIAL\nhint: for usage, run: kubectl authn explain --help"},
		{"", []string{"explain", "context", "a", "b"}, 3, "error: 2 names given, and the command takes one context\n"},
		{"", []string{"explain", "context/gone"}, 3, "error: the kubeconfig has no context \"gone\"\nhint: choose one of c\n"},
		{"", []string{"inspect", "context", "gone"}, 3, "error: the kubeconfig has no context \"gone\"\nhint: choose one of c\n"},
		{"", []string{"mint", "pod/web"}, 3, "error: mint requests tokens for ServiceAccounts, not for a Pod\nhint: write NAME, sa/NAME or sa NAME\n"},
		{"", []string{"mint", "deploy", "web"}, 3, "error: mint requests tokens for ServiceAccounts, not for a Deployment\n"},
		{"", []string{"mint", "sa", "web", "api"}, 3, "error: 2 names given, and the command takes one ServiceAccount\n"},
		{"", []string{"mint", "web", "api"}, 3, "error: 2 arguments given, and the command takes one ServiceAccount\n"},
		{"", []string{"mint"}, 3, "error: SERVICEACCOUNT is missing\n"},
		{"", []string{"explain", "--user-context", "dev"}, 3, "error: --user-context needs a kubeconfig from -f or -\nhint: for a context of your own kubeconfig, write context/NAME\n"},
		{"", []string{"explain", "-f", kubeconfigs, "--user-context", "gone"}, 3, "the kubeconfig has no context \"gone\"\nhint: choose one of dev, prod\n"},
		{"", []string{"explain", "-f", plugins}, 3, "has no current-context and several users: it does not say whose credential is meant\nhint: choose one of dev, prod\nhint: to choose a context: --user-context NAME\n"},
		{"robot", []string{"explain", "-", "--user-context", "dev"}, 3, "error: standard input: this is not a kubeconfig, and --user-context needs one\n"},
		{"kind: Secret\n", []string{"explain", "-", "--user-context", "dev"}, 3, "this is not a kubeconfig, and --user-context needs one\n"},
		{"kind: Pod\nmetadata: {name: web}\n", []string{"explain", "-"}, 3, "hint: for the tokens of the Pod: kubectl authn explain pod/web\n"},
		{"kind: ServiceAccount\nmetadata: {name: '--all'}\n", []string{"explain", "-"}, 3, "kubectl authn explain serviceaccount/NAME\n"},
		{"kind: Explanation\n", []string{"explain", "-"}, 3, "hint: to print a saved report, run: kubectl authn explain --report FILE\n"},
		{"kind: AuthenticationConfiguration\n", []string{"explain", "-f", "-"}, 3, "hint: to try the configuration: kubectl authn simulate --authentication-config FILE -f TOKEN-FILE\n"},
		{"kind: Deployment\n", []string{"inspect", "-"}, 3, "hint: for the tokens of its newest Pod, run: kubectl authn explain deployment/NAME\n"},
		// Any word may be a static token, and base64 may begin with a slash.
		{"", []string{"explain", "robot"}, 0, ""},
		{"", []string{"review", "web-7"}, 1, "hint: the argument was sent as a token; for an object, write serviceaccount/NAME, pod/NAME, deployment/NAME or secret/NAME; for a context, context/NAME; for a file, -f FILE"},
		{"", []string{"explain", "/9j4AAQSkZJRg/x"}, 0, ""},
		{"", []string{"explain", "one two"}, 1, ""},
		// A token in a text that also has an error is a token.
		{"", []string{"inspect", loggedIn + " " + jwt(object{"iss": "a"})}, 0, ""},
		{"", []string{"inspect", "-f", file(t, "token", "robot")}, 0, ""},
	} {
		before := len(a.requests())
		got := run(t, c.stdin, c.args...)
		if got.status != c.status || !strings.Contains(got.err, c.want) || c.want == "" && got.err != "" {
			t.Errorf("%q: %d, want %d\n%s%s", c.args, got.status, c.status, got.out, got.err)
		}
		if got.status == 3 && len(a.requests()) > before {
			t.Errorf("%q: the server is asked", c.args)
		}
		holdErrors(t, got.err)
	}
}
