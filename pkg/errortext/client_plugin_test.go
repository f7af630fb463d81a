package errortext

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

const pluginFailed = `Unable to connect to the server: getting credentials: exec: executable tool-x failed with exit code 1`

// Each message of a plugin is found: alone if only it writes such words, and otherwise beside a failed
// exec plugin. A message that holds another one does not hide it.
func TestFindEveryPluginMessage(t *testing.T) {
	for _, table := range [][]pattern{pluginAWS(), pluginGoogle(), pluginAzure(), pluginOIDC(), oauthCodes(), pluginOther(), clientPlugin(), cloudMesh(), noTokenSecret()} {
		for _, p := range table {
			c := compiled{pattern: p, pieces: pieces(p.text)}
			text := example(&c)
			for _, id := range p.ids {
				if _, ok := finding.Lookup(id); !ok {
					t.Errorf("%s stands for %q, which is not in the catalogue", p.text, id)
				}
			}
			has := func(reasons []Reason) bool {
				return slices.ContainsFunc(reasons, func(r Reason) bool { return r.Stage == p.stage && r.Key == p.key && slices.Equal(r.IDs, p.ids) })
			}
			alone, beside := Find(text), Find(text+"\n"+pluginFailed)
			switch {
			case p.beside && len(alone) > 0 && slices.ContainsFunc(alone, func(r Reason) bool { return r.beside }):
				t.Errorf("%s counts without an exec plugin: %+v", p.text, alone)
			case !p.beside && !has(alone):
				t.Errorf("%s: not found in %q: %+v", p.text, text, alone)
			case !has(beside):
				t.Errorf("%s: not found beside an exec plugin: %+v", p.text, beside)
			}
		}
	}
}

// Other programs write such words about something else.
func TestPluginMessagesOfOthers(t *testing.T) {
	for _, text := range []string{
		"error: unknown flag: --colour\nSee 'kubectl get --help' for usage.",
		"sh: 1: jq: not found", "bash: kubectx: command not found", "mkdir: /srv/x: Permission denied",
		"Traceback (most recent call last):\n  File \"a.py\", line 3, in <module>\nModuleNotFoundError: No module named 'yaml'",
		"listen tcp :8080: bind: address already in use", "panic: runtime error: index out of range [3] with length 2",
		"2024/05/01 10:00:00 worker: context deadline exceeded", "Your session expired, please reload the page", "env: null",
		"ERROR: relation \"users\" does not exist", "An error occurred (NoSuchBucket) when calling the GetObject operation: The specified bucket does not exist",
		"An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
		"npm: failed to open browser: exit status 3", "cannot open display: :0", "could not listen: listen udp :53: bind: permission denied", "could not get token: queue is empty",
		"clientid is required", "failed to store record: disk full", "Error: Unable to parse config file: ~/.toolrc", "ERROR: gcloud crashed (OSError): disk full", "state does not match (wants open but got closed)",
		"could not acquire a lock: timeout", "the form has expired", "role \"x\" could not be found", "not configured for cluster \"x\"", "error validating claims: insurance 7", "request authentication failure",
		"Error: the build failed", "error: pathspec 'x' did not match any files", "fatal: not a git repository", "FATA[0000] no such container", "open abcdef: file name too long", "KeyError: 'name'", "'credentialScope'", "rpc error: code = Unauthenticated desc = no token",
		`invalid role name "chair"`, "secret key cannot be empty", "API key is required", "You have insufficient permissions", "the plugin was not found or is not executable", `no kind "Thing" is registered for version "v1" in scheme "x"`,
		"The Resource 'Microsoft.Storage/storageAccounts/x' under resource group 'y' was not found.", "Your sign-in was successful", "GET https://api.example/v2/things: 401 unauthorised", "InvalidAccessKeyId.NotFound",
		"ERROR: (gcloud.compute.instances.describe) ResponseError: code=404, message=Not found: x", "timed out waiting for token callback", `"code": "NotAuthenticated"`,
		"username cannot be empty", "keyring error: locked", "Could not create directory [/data]: Permission denied", "does not have authorization to perform action 'Microsoft.Storage/storageAccounts/read' over scope '/x'", "timed out waiting for callback",
		"users must authenticate before they vote", "HTTP 503: cluster not found in the index", `an error on the server ("queue not found") has prevented the request from succeeding`, "search cluster \"a\" not found",
		"failed to authenticate caller: no session", "unauthenticated, or invalid token", "Permission 'storage.objects.get' denied on resource (or it may not exist).", "Login failed (402 Payment Required)",
		"The token provided is invalid or expired. Please reload the page.", "Please select a user to impersonate", "Verify your account",
		"ERROR: (gcloud.compute.instances.list) Some requests did not succeed: Quota exceeded",
	} {
		if got := Find(text); len(got) > 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestOnlyBesideIsInTheTables(t *testing.T) {
	var texts []string
	for _, table := range [][]pattern{pluginAWS(), pluginGoogle(), pluginAzure(), pluginOIDC(), oauthCodes(), pluginOther(), clientPlugin()} {
		for _, p := range table {
			texts = append(texts, p.text)
		}
	}
	for _, text := range onlyBeside {
		if !slices.Contains(texts, text) {
			t.Errorf("no pattern is %q", text)
		}
	}
}

// Lines of klog that were pasted into one line are several lines.
func TestLogLinesInOneLine(t *testing.T) {
	const first, second = "E0203 04:05:06.000001       1 a.go:7] first thing", "W0203 04:05:06.123456   88421 b_c.go:1234] second thing"
	for text, want := range map[string]string{
		first + " " + second:             first + "\n" + second,
		first + second:                   first + "\n" + second,
		"error: --abc" + first:           "error: --abc\n" + first,
		"node7 kubelet[9]: " + first:     "node7 kubelet[9]: " + first,
		`{"log":"` + first + `\n"}`:      `{"log":"` + first + `\n"}`,
		first + "\n" + second + "\n":     first + "\n" + second + "\n",
		"the file a.go:7] and E0203":     "the file a.go:7] and E0203",
		strings.Repeat("x", 40) + ".go:": strings.Repeat("x", 40) + ".go:",
	} {
		if got := apart(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
