package errortext

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// clientSources are the packages of client-go and cli-runtime whose errors stop a client before its request, or instead of it.
var clientSources = map[string][]string{
	"k8s.io/client-go": {"tools/clientcmd", "rest/config.go", "rest/transport.go", "rest/url_utils.go", "rest/plugin.go", "rest/exec.go", "transport/ca_rotation.go", "transport/round_trippers.go",
		"transport/token_source.go", "transport/transport.go", "plugin/pkg/client/auth", "tools/auth/exec", "util/cert/io.go", "util/cert/pem.go", "discovery/discovery_client.go"},
	"k8s.io/cli-runtime": {"pkg/genericclioptions/client_config.go", "pkg/genericclioptions/config_flags.go"},
}

// deliberatelyUnknown are the messages of these packages that name no cause, by the reason.
var deliberatelyUnknown = map[string][]string{
	"an inner error, whose outer message is known": {
		"decoding stdout: %v", "encode ExecCredentials: %v", "exec: %v", "standard input is not a terminal", "standard input is unavailable%s", "empty file path: %q", "non-normalized file path: %q vs %q", "cannot parse proxy URL: %w",
		"could not parse: %v", "resolving credential plugin allowlist", "failed to parse certificate: %w", "error reading %s: %s", "parsing claims: %v", "invalid plugin policy: %w",
	},
	"an outer message, whose inner error is known":                               {"invalid configuration: %v", "failed to refresh token: %v", "unable to retrieve the complete list of server APIs: %s", "error creating inClusterConfig, falling back to default config: "},
	"known with the names of its settings":                                       {"Must provide %s"},
	"the client goes on":                                                         {"Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.", "could not persist new tokens: %v"},
	"an error in the source of a program, which its users cannot repair":         {"GroupVersion is required when initializing a RESTClient", "NegotiatedSerializer is required when initializing a RESTClient", "Failed to register oidc auth plugin: %v", "Failed to register gcp auth plugin: %v", "Failed to register azure auth plugin: %v", "auth Provider Plugin %q was registered twice", "can't add TLS certificate callback: transport.Config.TLS.GetCert already set", "invalid transport.Config.DialHolder: wrapped Dial function is nil", "misconfigured holder for dialer or cert callback", "using a custom transport with TLS certificate options or the insecure flag is not allowed", "ReloadCAFiles=true requires ClientsAllowCARotation to be enabled", "not yet implemented", "groupVersion shouldn't be empty", "cannot merge into nil pointer", "cannot merge mismatched types (%s, %s) at %s"},
	"an error of `kubectl config`, or of a path, that is no fault of the client": {"no config found to write context", "no config found to write preferences", "%v requires backsteps and is not absolute", "cannot migrate %v to %v because it is a directory", "could not determine the absolute path of config file %s: %v", "no location of origin for %s", "no location of origin for %v", "inCluster environment config doesn't support multiple clusters", "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)", "error reading input for %s", "cannot have values for both path and contents"},
	"an error of an exec plugin that reads its input with client-go":             {"KUBERNETES_EXEC_INFO env var is unset or empty", "ExecCredential does not contain cluster information", "cannot create rest.Config: %w", "decode: %w", "invalid group/kind: wanted %s, got %s", "error reading %s, certificate and key must be supplied as a pair"},
	"no error: a part of another text":                                           {"%s/%s (%s/%s) kubernetes/%s", "Bearer %s", ": %s", "%s: %s", "%s: %v", " -H %q", "curl -v -X%s %s '%s'\n", "api.AuthProviderConfig{Name: %q, Config: map[string]string{%s}}", "api.ExecConfig{Command: %q, Args: %#v, Env: %s, APIVersion: %q, ProvideClusterInfo: %t, Config: %s, StdinUnavailable: %t}"},
}

// Each error of client-go before a request is known, or is unknown for a reason.
func TestErrorsOfClientGoAreKnown(t *testing.T) {
	reasons := map[string]string{}
	for reason, messages := range deliberatelyUnknown {
		for _, message := range messages {
			reasons[message] = reason
		}
	}
	n := 0
	for module, paths := range clientSources {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil || len(dir) < 2 {
			t.Fatalf("%s: %v", module, err)
		}
		for _, path := range paths {
			for _, message := range messagesIn(t, filepath.Join(strings.TrimSpace(string(dir)), path)) {
				n++
				found := Find("$ kubectl get pods\nerror: " + filled(message))
				reason, unknown := reasons[message]
				switch {
				case len(found) == 0 && !unknown:
					t.Errorf("%s: %q is not known", path, message)
				case len(found) > 0 && unknown && slices.ContainsFunc(found, func(r Reason) bool { return !r.Wraps }):
					t.Errorf("%s: %q is known, and need not be unknown (%s)", path, message, reason)
				}
			}
		}
	}
	if n < 130 {
		t.Errorf("only %d messages were found", n)
	}
}

// filled returns a message with values.
func filled(format string) string {
	return strings.NewReplacer("%#v", "shop", "%+v", "shop", "%v", "shop", "%s", "shop", "%q", `"shop"`, "%w", "something else", "%d", "7", "%t", "true").Replace(format)
}

// messagesIn returns the texts with which the functions of a file or folder make errors and log messages.
func messagesIn(t *testing.T, root string) []string {
	var out []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "fake") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			of, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"New", "Errorf", "Error", "Warning", "Warningf", "Fatalf", "Fatal", "ErrorS", "Sprintf"}, of.Sel.Name) {
				return true
			}
			for _, argument := range call.Args {
				if text := textOf(argument); strings.Contains(text, " ") {
					out = append(out, text)
					break
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// textOf returns the text of a string, also one that is joined of several.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, _ := strconv.Unquote(e.Value)
			return text
		}
	case *ast.BinaryExpr:
		return textOf(e.X) + textOf(e.Y)
	}
	return ""
}
