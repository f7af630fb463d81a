package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

func TestScenarios(t *testing.T) {
	files, err := scenario.Files(filepath.Join(root, "testdata", "scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, runner.Params(files...))
}

// TestStrictScenarios runs the scenarios of a server that is configured otherwise: it serves nobody without a credential, takes
// no bootstrap tokens, and has rules for the tokens of its identity provider, which is the other lab's.
func TestStrictScenarios(t *testing.T) {
	files, err := scenario.Files(filepath.Join(root, "testdata", "scenarios-strict"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "authentication-config.yaml")
	content, flags := strictConfig(t)
	if err := os.WriteFile(config, content, 0o600); err != nil {
		t.Fatal(err)
	}
	flags = append(flags, "--apiserver-flag", "authentication-config="+config, "--apiserver-flag", "enable-bootstrap-token-auth=false")
	lab, err := start(t.Context(), runner.Lab.Program, filepath.Join(dir, "lab"), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Stop)
	strict := &scenario.Runner{Lab: lab, Plugin: runner.Plugin, Issuer: runner.Lab.Path("oidc")}
	testscript.Run(t, strict.Params(files...))
}

// strictConfig is the AuthenticationConfiguration of the folder, and the flags for what an older API server does not read in one.
func strictConfig(t *testing.T) (content []byte, flags []string) {
	template, err := os.ReadFile(filepath.Join(root, "testdata", "scenarios-strict", "authentication-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	url, err := runner.Lab.Read("oidc", "issuer-url")
	if err != nil {
		t.Fatal(err)
	}
	ca, err := runner.Lab.Read("oidc", "ca.crt")
	if err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(string(template), "url: ISSUER", "url: "+url)
	config = strings.ReplaceAll(config, "      CA\n", "      "+strings.ReplaceAll(ca, "\n", "\n      ")+"\n")
	release, err := runner.Lab.Release()
	if err != nil {
		t.Fatal(err)
	}
	if release < 34 {
		config = strings.Replace(config, "apiserver.config.k8s.io/v1\n", "apiserver.config.k8s.io/v1beta1\n", 1)
	}
	if release < 32 {
		config = strings.Replace(config, "anonymous:\n  enabled: false\n", "", 1)
		flags = []string{"--apiserver-flag", "anonymous-auth=false"}
	}
	return []byte(config), flags
}
