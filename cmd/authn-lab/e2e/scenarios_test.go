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
	if err := os.WriteFile(config, strictConfig(t), 0o600); err != nil {
		t.Fatal(err)
	}
	lab, err := scenario.Start(t.Context(), runner.Lab.Program, filepath.Join(dir, "lab"), progress{},
		"--apiserver-flag", "authentication-config="+config, "--apiserver-flag", "enable-bootstrap-token-auth=false")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lab.Stop)
	strict := &scenario.Runner{Lab: lab, Plugin: runner.Plugin, Issuer: runner.Lab.Path("oidc")}
	testscript.Run(t, strict.Params(files...))
}

func strictConfig(t *testing.T) []byte {
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
	return []byte(strings.ReplaceAll(config, "      CA\n", "      "+strings.ReplaceAll(ca, "\n", "\n      ")+"\n"))
}
