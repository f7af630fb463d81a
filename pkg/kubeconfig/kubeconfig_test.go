package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kubectl-authn/kubectl-authn/pkg/aliases"
	"github.com/kubectl-authn/kubectl-authn/pkg/input"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// entry is a kubeconfig with one context, cluster and user of that name.
func entry(name, current, more string) string {
	return fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": %q,
		"contexts": [{"name": %[2]q, "context": {"cluster": %[2]q, "user": %[2]q, "namespace": %[3]q}}],
		"clusters": [{"name": %[2]q, "cluster": {"server": "https://%[2]s", "certificate-authority": "ca.crt"}}],
		"users": [{"name": %[2]q, "user": {"token": "%[2]s%[3]s"}}]}`, current, name, more)
}

// Several files are merged as in client-go.
func TestLoadIsClientGos(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	a, b, other := write("a", entry("a", "a", "")), write("b", entry("b", "b", "")), write("other", entry("a", "b", "-other"))
	empty, broken := write("empty", ""), write("broken", "{")
	bare, none := write("bare", "contexts: [{name: c}]\nclusters: [{name: c}]\nusers: [{name: c}]\n"), filepath.Join(dir, "none")
	lists := [][]string{{}, {none}, {""}, {bare, a}, {none, empty, b}, {broken, a}, {a, broken, dir + "/none"}}
	for _, x := range []string{a, b, other, empty} {
		for _, y := range []string{a, b, other, empty} {
			lists = append(lists, []string{x}, []string{x, y}, []string{x, none, y, a})
		}
	}
	for _, list := range lists {
		for _, explicit := range []string{"", a, empty, broken, none} {
			rules := &clientcmd.ClientConfigLoadingRules{Precedence: list, ExplicitPath: explicit}
			ours, err := (&Loader{ClientConfigLoadingRules: rules, Files: input.OS()}).Load()
			theirs, wantErr := rules.Load()
			if fmt.Sprint(err) != fmt.Sprint(wantErr) && (err == nil || wantErr == nil || !os.IsNotExist(wantErr) || !errors.Is(err, os.ErrNotExist)) {
				t.Errorf("%q, %q: error %v, client-go has %v", list, explicit, err, wantErr)
			}
			if err == nil && !reflect.DeepEqual(configured(ours), configured(theirs)) {
				t.Errorf("%q, %q: %+v, client-go has %+v", list, explicit, configured(ours), configured(theirs))
			}
		}
	}
}

// configured returns the configuration of a client.
func configured(c *clientcmdapi.Config) []any {
	return []any{c.CurrentContext, c.Contexts, c.Clusters, c.AuthInfos}
}

// A kubeconfig in the old place is read as client-go would copy it, and nothing is written.
func TestEarlierPlaceIsRead(t *testing.T) {
	dir := t.TempDir()
	now, before := filepath.Join(dir, "config"), filepath.Join(dir, ".kubeconfig")
	if err := os.WriteFile(before, []byte(entry("a", "a", "")), 0o600); err != nil {
		t.Fatal(err)
	}
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: []string{now}, MigrationRules: map[string]string{now: before}}
	ours, err := (&Loader{ClientConfigLoadingRules: rules, Files: input.OS()}).Load()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(now); !os.IsNotExist(err) {
		t.Error("a file was written")
	}
	if theirs := must(rules.Load()); !reflect.DeepEqual(configured(ours), configured(theirs)) {
		t.Errorf("%+v, client-go has %+v", configured(ours), configured(theirs))
	}
}

func TestBounds(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, []byte(strings.Repeat("#", input.MaxGiven+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	laughs := filepath.Join(dir, "laughs")
	text := "a0: &a0 x\n"
	for i := 1; i < 9; i++ {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	if err := os.WriteFile(laughs, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{large: "is larger than 1 MiB", dir: "is a directory", laughs: "aliases"} {
		for _, rules := range []*clientcmd.ClientConfigLoadingRules{{ExplicitPath: name}, {Precedence: []string{"", name}}} {
			_, err := (&Loader{ClientConfigLoadingRules: rules, Files: input.OS()}).Load()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if err := ReadTLS(input.OS(), &rest.Config{TLSClientConfig: rest.TLSClientConfig{CAFile: dir}}); err == nil {
		t.Error("a CA without a bound")
	}
}

// FuzzLoad checks that a kubeconfig is read or rejected as in client-go.
func FuzzLoad(f *testing.F) {
	const secret = "hunter2hunter2"
	for _, seed := range []string{"", entry("a", "a", ""), "a: &a b\nc: *a", "users: [{name: u, user: {token: " + secret + "}}]", "{", "users: {}", "clusters: [null]",
		"users: [{name: u, user: {client-key-data: " + base64.StdEncoding.EncodeToString([]byte(secret)) + "}}]", "contexts: [{name: c, context: null}]"} {
		f.Add([]byte(seed))
	}
	name := filepath.Join(f.TempDir(), "config")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: name}
		ours, err := (&Loader{ClientConfigLoadingRules: rules, Files: input.OS()}).Load()
		if errors.Is(err, aliases.ErrTooMany) {
			return
		}
		theirs, wantErr := rules.Load()
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%q: %v, client-go has %v", data, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(configured(ours), configured(theirs)) {
			t.Errorf("%q: %+v, client-go has %+v", data, configured(ours), configured(theirs))
		}
	})
}
