package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A namespace is part of a request's path, where `..` would be another path. No request is sent for such a name,
// from any source.
func TestNamespacesAreNames(t *testing.T) {
	a := newAPI(t, map[string]string{"admin-token": "admin"})
	a.as(t, object{"token": "admin-token"})
	kubeconfig := os.Getenv("KUBECONFIG")
	good, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	inPath := func(status int, of string, got ran) {
		t.Helper()
		if got.status != status || status == exitUsage && (!strings.Contains(got.err, " is not a valid namespace name\nhint: ") || got.out != "") {
			t.Errorf("%s: %d\n%s%s", of, got.status, got.out, got.err)
		}
		for _, seen := range a.seen {
			_, path, _ := strings.Cut(seen, " ")
			if slices.ContainsFunc(strings.Split(path, "/")[1:], func(part string) bool { return part == "" || part == "." || part == ".." }) || strings.Contains(path, "%") {
				t.Errorf("%s: %s", of, seen)
			}
		}
		a.seen = nil
	}
	for _, name := range []string{"..", ".", "a/b", "a.b", "Shop", "-x", "a%2fb", strings.Repeat("a", 64), "a b", "ä"} {
		for _, command := range [][]string{{"inspect", "secret/x"}, {"inspect", "sa/x"}, {"explain", "pod/x"}, {"mint", "x"}, {"explain", "janes-token"}} {
			inPath(exitUsage, fmt.Sprint(name, command), run(t, "", append(command, "--namespace="+name)...))
		}
		written := strings.Replace(string(good), `"cluster":"k","user":"u"`, `"cluster":"k","user":"u","namespace":"`+name+`"`, 1)
		if written == string(good) {
			t.Fatal("the kubeconfig has no context")
		}
		if err := os.WriteFile(kubeconfig, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
		inPath(exitUsage, "of the kubeconfig "+name, run(t, "", "inspect", "secret/x"))
		for _, words := range [][]string{{"inspect", "secret/"}, {"inspect", "pod/x", "--container", ""}, {"explain", "--as", "system:serviceaccount:"}} {
			inPath(exitYes, "completion "+name, run(t, "", append([]string{"__complete"}, words...)...))
		}
		if err := os.WriteFile(kubeconfig, good, 0o600); err != nil {
			t.Fatal(err)
		}
		claims := object{"iss": "kubernetes", "sub": "system:serviceaccount:x:robot", "kubernetes.io": object{
			"namespace": name, "serviceaccount": object{"name": "robot", "uid": "u"}, "pod": object{"name": "web", "uid": "u"}, "secret": object{"name": "s", "uid": "u"},
		}}
		inPath(exitNo, "of claims "+name, run(t, "", "explain", jwt(claims)))
		// Without a caller, every request panics.
		for _, err := range []error{second(live{}.GetServiceAccount(t.Context(), name, "x")), second(live{}.GetPod(t.Context(), name, "x")), second(live{}.GetSecret(t.Context(), name, "x"))} {
			if err == nil {
				t.Errorf("%q is asked for in the cluster", name)
			}
		}
	}
	if got := run(t, "", "inspect", "secret/x", "--namespace", strings.Repeat("a", 63)); got.status != exitUsage || len(a.seen) == 0 {
		t.Errorf("a namespace that can be: %d, %s%q", got.status, got.err, a.seen)
	}
}

func second[T any](_ T, err error) error { return err }
