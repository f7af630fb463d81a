package e2e

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kubectl-authn/kubectl-authn/cmd/authn-lab/scenario"
)

// TestScripts runs the sessions of testdata/e2e, which use several commands.
func TestScripts(t *testing.T) {
	files, err := scenario.Files(filepath.Join(root, "testdata", "e2e"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, runner.Params(files...))
}
