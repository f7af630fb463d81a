package simulate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/input"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/manifest"
)

// FuzzManifest checks that any manifest is read or rejected without a panic and without quoting it, and that it
// names no file outside its root.
func FuzzManifest(f *testing.F) {
	for _, seed := range []string{
		strings.Replace(someManifest, "%s", "--anonymous-auth=false", 1), strings.Replace(someManifest, "%s", "--client-ca-file=../../etc/passwd", 1),
		strings.Replace(someManifest, "%s", "$(A), \"--oidc-issuer-url=$(B)\"", 1), "kind: Pod\nspec: {containers: [null]}", "a: &a [*a]", "kind: List\nitems: [{kind: Pod}]",
		"kind: Secret\ndata: {token: " + hidden + "}", "---\n---\n{", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		launch, err := manifest.Parse(data, manifest.Reader{})
		if err != nil {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%q is quoted: %v", data, err)
			}
			return
		}
		var flags Flags
		parsed := flags.Parse(launch.Args, nil, Version{})
		_ = flags.Mounts(launch)
		if parsed.Err() != nil {
			return
		}
		host := &Host{Root: t.TempDir(), Files: input.OS(), Launch: launch}
		if err := host.Open(); err != nil {
			t.Fatal(err)
		}
		_, _ = flags.Config(Source{Server: host})
	})
}

// FuzzAuthenticationConfiguration checks that any configuration is rejected or gives a server that can be asked.
func FuzzAuthenticationConfiguration(f *testing.F) {
	for _, seed := range []string{
		celConfig, strings.ReplaceAll(celConfig, "claims.roles", "claims.roles.map(r, r + r)"), "apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: [{path: /}]}",
		"apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\njwt: [null]", "a: &a [*a]", "[]", "",
	} {
		f.Add([]byte(seed))
	}
	file := filepath.Join(f.TempDir(), "config.yaml")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = ParseAuthenticationConfiguration(data)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var flags Flags
		if err := flags.Parse(arguments("--authentication-config="+file), nil, Version{}).Err(); err != nil {
			t.Fatal(err)
		}
		config, err := flags.Config(Source{})
		if err != nil {
			return
		}
		s, err := New(*config, World{Now: func() time.Time { return testTime }, Keys: func(string) ([]byte, bool) { return []byte(`{"keys":[]}`), true }})
		if err != nil {
			return
		}
		defer s.Close()
		if a := s.Authenticate(t.Context(), Request{Token: "e30.e30.e30", HasToken: true}); a == nil {
			t.Errorf("%q: no answer", data)
		}
	})
}
