package e2e

import (
	"path/filepath"
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
