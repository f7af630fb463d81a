package resolve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
)

func TestPluginBesideTheKubeconfig(t *testing.T) {
	dir := t.TempDir()
	file, kubeconfig := filepath.Join(dir, "my-login"), filepath.Join(dir, "config")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]string{"my-login": file, "./my-login": "", "other": "", "": "", "..": ""} {
		if got := besideKubeconfig(command, kubeconfig); got != want {
			t.Errorf("%q: %q, want %q", command, got, want)
		}
	}
}

// A name that no container can have is not in a command, where NAME would replace it.
func TestContainerThatCannotBe(t *testing.T) {
	for container, want := range map[string]bool{"app": true, "a\u202eb": false, "--all": false} {
		words := againOf(&credential.Projected{Namespace: "shop", Pod: "web", Container: container, Path: "/token"}, true).String()
		if strings.Contains(words, "--container") != want {
			t.Errorf("%q: %s", container, words)
		}
	}
}
